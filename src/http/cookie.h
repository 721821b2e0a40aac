#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sessiond::http {

/// The session cookie. The `__Host-` prefix (RFC 6265bis) makes browsers refuse one that was
/// set for a domain, for a path, or without Secure.
inline constexpr std::string_view kSessionCookie = "__Host-session";

/// What the Cookie headers of a request say of the session cookie.
struct CookieValue {
  std::optional<std::string_view> value;
  bool ambiguous = false;  // it came twice with different values
};

/// Finds the session cookie among the values of all Cookie headers. Names are compared byte for
/// byte, and nothing but space and tab is trimmed: looser readings let other cookies pose as it.
[[nodiscard]] CookieValue find_session_cookie(std::span<const std::string_view> headers);

/// The Set-Cookie value that keeps `token` for `max_age_seconds`.
[[nodiscard]] std::string set_session_cookie(std::string_view token, std::int64_t max_age_seconds);

/// The Set-Cookie value that makes a browser forget the cookie.
[[nodiscard]] std::string clear_session_cookie();

}  // namespace sessiond::http
