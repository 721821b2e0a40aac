#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sessiond {

/// Whether `text` is well-formed UTF-8 as RFC 3629 has it: no overlong forms, no surrogates,
/// nothing above U+10FFFF.
[[nodiscard]] bool is_utf8(std::string_view text);

/// `text` made fit to store and to show: every byte that is not part of well-formed UTF-8 and
/// every control character becomes U+FFFD, and the result ends at the last whole character
/// within `limit` bytes.
[[nodiscard]] std::string presentable(std::string_view text, std::size_t limit);

}  // namespace sessiond
