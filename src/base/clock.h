#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/short_text.h"

namespace sessiond {

/// A point in time, in milliseconds since 1970-01-01T00:00:00Z. Every one that is stored or
/// shown comes from Redis's clock, so the clock of the worker's host never decides an expiry.
using Millis = std::int64_t;

inline constexpr Millis kDay = 24LL * 60 * 60 * 1000;

/// `2026-11-23T06:06:29.861Z`: RFC 3339, UTC, always three decimals. Times before year 0 or
/// after 9999, which RFC 3339 cannot write, are shown as the nearest that it can.
[[nodiscard]] ShortText<24> rfc3339(Millis at);

/// Reads a time of RFC 3339: a date that exists, a time of day and `Z` or an offset. The seconds may be a leap second
/// and have a fraction of any length; what is beyond milliseconds is left out. Nothing for any other text.
[[nodiscard]] std::optional<Millis> parse_rfc3339(std::string_view text);

/// Whether a text is such a time.
[[nodiscard]] inline bool is_rfc3339(std::string_view text) { return parse_rfc3339(text).has_value(); }

/// Takes the milliseconds that `text` begins with, as the scripts write them, off it. They have at most 16 digits, so
/// that sums of some such fit. Nothing where it begins with no digit, or with more digits.
[[nodiscard]] std::optional<Millis> take_millis(std::string_view& text);

/// A duration as operators write it, a whole number from 1 on and one of `s`, `m`, `h` and `d`: `90s`, `30m`, `12h`,
/// `30d`. Nothing for any other text, and for more than `longest`.
[[nodiscard]] std::optional<Millis> parse_duration(std::string_view text, Millis longest);

/// The host's own clock. For what is only shown or logged, never to decide an expiry.
[[nodiscard]] Millis host_now();

}  // namespace sessiond
