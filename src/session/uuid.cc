#include "session/uuid.h"

#include "base/hex.h"
#include "session/crypto.h"

namespace sessiond {
namespace {

constexpr std::size_t kTextLength = 36;
constexpr std::size_t kTailStart = 19;  // after `tttttttt-tttt-7sss-`

// Where each byte's two digits stand; a dash stands in each gap.
constexpr std::array<std::size_t, 16> kPlaces = {0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34};
constexpr std::array<std::size_t, 4> kDashes = {8, 13, 18, 23};

}  // namespace

std::optional<Uuid> parse_uuid(std::string_view text) {
  if (text.size() != kTextLength) return std::nullopt;
  for (const std::size_t dash : kDashes) {
    if (text[dash] != '-') return std::nullopt;
  }
  Uuid uuid;
  int digits = 0;  // negative once one of them is none
  for (std::size_t i = 0; i < kPlaces.size(); ++i) {
    const int value = hex_value(text[kPlaces[i]]) << 4 | hex_value(text[kPlaces[i] + 1]);
    digits |= value;
    uuid.bytes[i] = static_cast<std::uint8_t>(value);
  }
  if (digits < 0) return std::nullopt;
  return uuid;
}

ShortText<36> format_uuid(const Uuid& uuid) {
  std::array<char, kTextLength> text;
  for (std::size_t i = 0; i < kPlaces.size(); ++i) {
    text[kPlaces[i]] = kHexDigits[uuid.bytes[i] >> 4U];
    text[kPlaces[i] + 1] = kHexDigits[uuid.bytes[i] & 0xFU];
  }
  for (const std::size_t dash : kDashes) text[dash] = '-';
  return ShortText<36>({text.data(), text.size()});
}

Millis minted_at(const Uuid& id) {
  Millis at = 0;
  for (std::size_t i = 0; i < 6; ++i) at = at << 8 | id.bytes[i];
  return at;
}

std::string new_uuid_tail() {
  Uuid uuid;
  fill_random(uuid.bytes);
  uuid.bytes[8] = static_cast<std::uint8_t>(0x80 | (uuid.bytes[8] & 0x3F));  // variant of RFC 9562
  return std::string(std::string_view(format_uuid(uuid)).substr(kTailStart));
}

}  // namespace sessiond
