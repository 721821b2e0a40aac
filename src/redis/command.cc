#include "redis/command.h"

#include <algorithm>
#include <charconv>
#include <cstddef>

namespace sessiond {
namespace {

constexpr std::size_t kMostDigits = 20;
constexpr std::size_t kMostFraming = kMostDigits + 5;  // what RESP puts around a word: its kind, two line ends

char* put_line_end(char* out) {
  *out++ = '\r';
  *out++ = '\n';
  return out;
}

char* put_length(char* out, char kind, std::size_t length) {
  constexpr std::size_t kTen = 10;
  *out++ = kind;
  if (length < kTen * kTen) {  // as nearly all are: a check writes a dozen
    if (length >= kTen) *out++ = static_cast<char>('0' + length / kTen);
    *out++ = static_cast<char>('0' + length % kTen);
    return put_line_end(out);
  }
  return put_line_end(std::to_chars(out, out + kMostDigits, length).ptr);
}

}  // namespace

void append_command(std::string& out, std::span<const std::string_view> words) {
  std::size_t room = kMostFraming;
  for (const std::string_view word : words) room += kMostFraming + word.size();
  const std::size_t start = out.size();
  out.resize(start + room);
  char* next = put_length(out.data() + start, '*', words.size());
  for (const std::string_view word : words) {
    next = put_length(next, '$', word.size());
    next = put_line_end(std::copy(word.begin(), word.end(), next));
  }
  out.resize(static_cast<std::size_t>(next - out.data()));
}

}  // namespace sessiond
