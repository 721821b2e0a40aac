#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/clock.h"

namespace sessiond {

/// When a session was last used: its field `seen`, in milliseconds.
struct Seen {
  Millis at = 0;

  friend bool operator==(const Seen&, const Seen&) = default;
};

/// Uses so soon after the one that is noted are not noted, so that a busy session costs no more than one that is used
/// now and then. store/lua/common.lua says the same.
inline constexpr Millis kSeenFor = 5LL * 60 * 1000;

/// Reads the field as the scripts write it. Nothing for any other text.
[[nodiscard]] std::optional<Seen> parse_seen(std::string_view field);

/// Whether a use at `now`, by Redis's clock, is to be noted.
[[nodiscard]] constexpr bool is_due(const Seen& seen, Millis now) { return now - seen.at > kSeenFor; }

}  // namespace sessiond
