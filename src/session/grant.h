#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sessiond {

/// A grant lets one CLI be connected. Its code is short enough to type: 8 characters of an alphabet of 32 without
/// look-alikes (no I, O, 0, 1), so 40 bits. That is enough because it is valid for minutes, works once, and guesses are
/// limited.
inline constexpr std::size_t kGrantCodeLength = 8;

[[nodiscard]] std::string new_grant_code();

/// What a person typed, as a code: all but letters and digits of ASCII dropped, upper case.
/// Nothing unless exactly 8 characters remain.
[[nodiscard]] std::optional<std::string> normalise_grant_code(std::string_view typed);

/// The name under which the store knows the code: base64url of 16 bytes of BLAKE2b.
[[nodiscard]] std::string grant_name(std::string_view code);

}  // namespace sessiond
