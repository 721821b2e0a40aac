#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/short_text.h"

namespace sessiond {

/// A session's id: 16 bytes, written as RFC 9562 has it. New ones are version 7, so ids sort by
/// the time of minting. All zeros, the nil UUID, is never the id of a session.
struct Uuid {
  std::array<std::uint8_t, 16> bytes{};

  friend bool operator==(const Uuid&, const Uuid&) = default;
};

/// Reads the 36-character form. Hexadecimal digits may be of either case, as RFC 9562 asks;
/// anything else (braces, other lengths) is no UUID.
[[nodiscard]] std::optional<Uuid> parse_uuid(std::string_view text);

/// The 36-character form, in lower case.
[[nodiscard]] ShortText<36> format_uuid(const Uuid& uuid);

/// When the session of this id, a UUIDv7, was minted: milliseconds. store/lua/common.lua says the same.
[[nodiscard]] Millis minted_at(const Uuid& id);

/// The end of a new UUIDv7, `yxxx-xxxxxxxxxxxx`: its variant and 62 random bits. The store puts
/// the time before it, for the store's clock is the one that counts.
[[nodiscard]] std::string new_uuid_tail();

}  // namespace sessiond
