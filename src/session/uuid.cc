#include "session/uuid.h"

#include "base/hex.h"
#include "session/crypto.h"

namespace sessiond {
namespace {

constexpr std::size_t kTextLength = 36;
constexpr std::size_t kTailStart = 19;  // after `tttttttt-tttt-7sss-`

constexpr bool is_dash(std::size_t i) { return i == 8 || i == 13 || i == 18 || i == 23; }

}  // namespace

std::optional<Uuid> parse_uuid(std::string_view text) {
  if (text.size() != kTextLength) return std::nullopt;
  Uuid uuid;
  std::size_t digits = 0;
  for (std::size_t i = 0; i < kTextLength; ++i) {
    if (is_dash(i)) {
      if (text[i] != '-') return std::nullopt;
      continue;
    }
    const int value = hex_value(text[i]);
    if (value < 0) return std::nullopt;
    std::uint8_t& byte = uuid.bytes[digits++ / 2];
    byte = static_cast<std::uint8_t>(byte << 4 | value);
  }
  return uuid;
}

std::string format_uuid(const Uuid& uuid) {
  std::string text(kTextLength, '-');
  char* next = text.data();
  for (const std::uint8_t byte : uuid.bytes) {
    if (is_dash(static_cast<std::size_t>(next - text.data()))) ++next;
    *next++ = kHexDigits[byte >> 4U];
    *next++ = kHexDigits[byte & 0xFU];
  }
  return text;
}

std::string new_uuid_tail() {
  Uuid uuid;
  fill_random(uuid.bytes);
  uuid.bytes[8] = static_cast<std::uint8_t>(0x80 | (uuid.bytes[8] & 0x3F));  // variant of RFC 9562
  return format_uuid(uuid).substr(kTailStart);
}

}  // namespace sessiond
