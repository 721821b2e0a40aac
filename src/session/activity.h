#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "session/network.h"

namespace sessiond {

/// When a session was last used: its field `seen`, `AT` or `AT IDLE`, in milliseconds.
struct Seen {
  Millis at = 0;
  Millis idle = 0;  // its idle timeout, which ends it a little later; 0 for none

  friend bool operator==(const Seen&, const Seen&) = default;
};

/// The shortest idle time.
inline constexpr Millis kShortestIdle = 60'000;

/// How long after a noted use further uses are not noted, so that a busy session costs no more than one that is used
/// now and then. store/lua/common.lua says the same.
[[nodiscard]] Millis seen_for(Millis idle);

/// When a session ends if it is not used again: after `idle` and seen_for(idle), as later uses may not have been noted;
/// at its `expires_at` at the latest.
[[nodiscard]] Millis end_of(Millis expires_at, const Seen& seen);

/// Reads the field as the scripts write it. Nothing for any other text.
[[nodiscard]] std::optional<Seen> parse_seen(std::string_view field);

/// How much of an address is kept: nothing, the /24 of an IPv4 and the /48 of an IPv6 address, or all of it.
enum class RecordIp { kOff, kTruncated, kFull };

/// The longest text of a place that is kept, in bytes.
inline constexpr std::size_t kMaxPlace = 128;

/// The longest that kept_address makes.
inline constexpr std::size_t kMaxAddress = 48;

/// Whether a text is an IPv4 or IPv6 address.
[[nodiscard]] bool is_address(std::string_view text);

/// The size of the network that is kept of an address where it is truncated, in bits of 128.
[[nodiscard]] int kept_bits(const Address& address);

/// What is kept of an address, in one spelling: `203.0.113.7`, `203.0.113.0/24`, `2001:db8:1::/48`. An IPv4 address
/// that is written as an IPv6 one counts as IPv4. Empty for what is no address.
[[nodiscard]] std::string kept_address(std::string_view text, RecordIp how);

/// Whether a use at `now`, by Redis's clock, is to be noted.
[[nodiscard]] bool is_due(const Seen& seen, Millis now);

}  // namespace sessiond
