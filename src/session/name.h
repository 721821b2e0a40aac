#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace sessiond {

/// The longest name, in characters: Unicode's code points.
inline constexpr std::size_t kMaxName = 64;

/// What a person calls a session, in Unicode's form NFC, as accents can be written in several ways, and without spaces
/// at its ends. Nothing when the text can be no name: when it is no UTF-8, too long, or shows nothing, or has a
/// character that breaks a line, is a control character, changes how others are shown (such as their direction), or
/// will never be assigned.
[[nodiscard]] std::optional<std::string> read_name(std::string_view text);

}  // namespace sessiond
