#include "redis/command.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstring>

namespace sessiond {
namespace {

constexpr std::size_t kMostDigits = 20;
constexpr std::size_t kMostFraming = kMostDigits + 5;  // what RESP puts around a word: its kind, two line ends
constexpr std::size_t kUsualFraming = 2 + 5;           // around one of less than a hundred bytes

// The RESP header of a word of so many bytes, or of so many words, except its first byte. All eight bytes are written,
// of which the first `size` count.
struct Head {
  std::array<char, 8> text{};
  std::size_t size = 0;
};

consteval std::array<Head, 100> make_heads() {
  std::array<Head, 100> heads;
  for (std::size_t length = 0; length < heads.size(); ++length) {
    Head& head = heads[length];
    head.size = 1;  // the kind
    if (length >= 10) head.text[head.size++] = static_cast<char>('0' + length / 10);
    head.text[head.size++] = static_cast<char>('0' + length % 10);
    head.text[head.size++] = '\r';
    head.text[head.size++] = '\n';
  }
  return heads;
}

constexpr std::array<Head, 100> kHeads = make_heads();

char* put_line_end(char* out) {
  *out++ = '\r';
  *out++ = '\n';
  return out;
}

char* put_length(char* out, char kind, std::size_t length) {
  if (length < kHeads.size()) {  // as nearly all are: a check writes a dozen
    const Head& head = kHeads[length];
    std::memcpy(out, head.text.data(), head.text.size());
    *out = kind;
    return out + head.size;
  }
  *out++ = kind;
  return put_line_end(std::to_chars(out, out + kMostDigits, length).ptr);
}

}  // namespace

std::size_t room_for_command(std::span<const std::string_view> words) {
  std::size_t room = kMostFraming;
  for (const std::string_view word : words) {
    room += word.size() + (word.size() < kHeads.size() ? kUsualFraming : kMostFraming);
  }
  return room;
}

char* write_command(char* out, std::span<const std::string_view> words) {
  out = put_length(out, '*', words.size());
  for (const std::string_view word : words) {
    out = put_length(out, '$', word.size());
    out = put_line_end(std::copy(word.begin(), word.end(), out));
  }
  return out;
}

void append_command(std::string& out, std::span<const std::string_view> words) {
  const std::size_t start = out.size();
  out.resize(start + room_for_command(words));
  out.resize(static_cast<std::size_t>(write_command(out.data() + start, words) - out.data()));
}

}  // namespace sessiond
