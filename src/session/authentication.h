#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace sessiond {

/// How the person of a session last proved who they are, in the words of OpenID Connect. The login service tells it;
/// what it does not tell is empty. The three belong together: a later proof replaces all of them.
struct Authentication {
  std::optional<Millis> at;  // auth_time
  std::string acr;           // the class that it meets: `2fa`, or a URI
  std::string amr;           // its methods, with commas between them: `pwd,otp` (RFC 8176)

  [[nodiscard]] bool is_known() const { return at || !acr.empty() || !amr.empty(); }

  friend bool operator==(const Authentication&, const Authentication&) = default;
};

/// The longest acr and the longest method, in bytes, and the most methods.
inline constexpr std::size_t kMaxAuthWord = 64;
inline constexpr std::size_t kMaxMethods = 10;

/// Whether a text can be an acr or a method: 1 to 64 printable ASCII characters, no space, `"`, `\` or comma among
/// them. So it is safe in a header, quoted there, and in a list with commas.
[[nodiscard]] bool is_auth_word(std::string_view text);

/// Whether a text is a list of up to ten methods with commas between them, or empty.
[[nodiscard]] bool is_method_list(std::string_view text);

/// The session's field `auth`: time, acr and methods with a space between them, each empty where it is not known.
/// `1795413989861 2fa pwd,otp`.
[[nodiscard]] std::string format_authentication(const Authentication& authentication);

/// The inverse. Nothing for any other text.
[[nodiscard]] std::optional<Authentication> parse_authentication(std::string_view field);

}  // namespace sessiond
