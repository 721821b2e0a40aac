#include "session/base64url.h"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "session/crypto.h"

namespace sessiond {
namespace {

// There is no branch and no table, as a table's place in the cache would reveal characters of a secret. Nothing is
// wider than a byte, so that the compiler does 16 at a time.

// All ones when `value` lies between the two, else 0.
constexpr std::int8_t if_between(std::int8_t low, std::int8_t value, std::int8_t high) {
  return static_cast<std::int8_t>(-(static_cast<int>(value >= low) & static_cast<int>(value <= high)));
}

// The six bits that a character stands for, or -1.
constexpr std::int8_t bits_of(std::int8_t c) {
  return static_cast<std::int8_t>(
      (if_between('A', c, 'Z') & (c - 'A' + 1)) + (if_between('a', c, 'z') & (c - 'a' + 27)) +
      (if_between('0', c, '9') & (c - '0' + 53)) + (if_between('-', c, '-') & 63) + (if_between('_', c, '_') & 64) - 1);
}

constexpr char character_of(std::int8_t bits) {
  return static_cast<char>((if_between(0, bits, 25) & (bits + 'A')) + (if_between(26, bits, 51) & (bits - 26 + 'a')) +
                           (if_between(52, bits, 61) & (bits - 52 + '0')) + (if_between(62, bits, 62) & '-') +
                           (if_between(63, bits, 63) & '_'));
}

constexpr std::size_t kMostBytes = 100;
constexpr std::size_t kMostGroups = (kMostBytes + 2) / 3;  // of 4 characters, 3 bytes

constexpr std::size_t length_of(std::size_t bytes) { return (bytes * 4 + 2) / 3; }

}  // namespace

std::string base64url(std::span<const std::uint8_t> bytes) {
  std::string text(length_of(bytes.size()), '\0');
  auto next = text.begin();
  unsigned pending = 0;
  unsigned count = 0;  // of bits pending
  for (const std::uint8_t byte : bytes) {
    pending = pending << 8U | byte;
    for (count += 8; count >= 6; count -= 6) *next++ = static_cast<char>(pending >> (count - 6) & 0x3FU);
  }
  if (count != 0) *next = static_cast<char>(pending << (6 - count) & 0x3FU);
  for (char& c : text) c = character_of(static_cast<std::int8_t>(c));
  return text;
}

bool parse_base64url(std::string_view text, std::span<std::uint8_t> bytes) {
  if (bytes.size() > kMostBytes) throw std::length_error("base64url longer than was thought possible");
  if (text.size() != length_of(bytes.size())) return false;
  std::array<std::int8_t, 4 * kMostGroups> sextets{};
  std::int8_t all = 0;  // negative once a character is none of the alphabet
  for (std::size_t i = 0; i < text.size(); ++i) {
    sextets[i] = bits_of(static_cast<std::int8_t>(text[i]));
    all = static_cast<std::int8_t>(all | sextets[i]);
  }
  std::array<std::uint8_t, 3 * kMostGroups> octets;
  const std::size_t groups = (bytes.size() + 2) / 3;
  for (std::size_t i = 0; i < groups; ++i) {
    unsigned group = 0;
    for (std::size_t j = 0; j < 4; ++j) group = group << 6U | static_cast<std::uint8_t>(sextets[4 * i + j]);
    for (std::size_t j = 0; j < 3; ++j) octets[3 * i + j] = static_cast<std::uint8_t>(group >> (16 - 8 * j));
  }
  std::copy_n(octets.begin(), bytes.size(), bytes.begin());
  std::uint8_t stray = 0;  // bits behind the last byte
  for (std::size_t i = bytes.size(); i < 3 * groups; ++i) stray |= octets[i];
  wipe({reinterpret_cast<std::uint8_t*>(sextets.data()), sextets.size()});
  wipe(octets);
  return all >= 0 && stray == 0;
}

}  // namespace sessiond
