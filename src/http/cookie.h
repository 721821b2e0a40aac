#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sessiond::http {

/// The session cookie's name, unless an operator gives it another. The `__Host-` prefix (RFC 6265bis)
/// makes browsers refuse one that was set for a domain, for a path, or without Secure.
inline constexpr const char* kSessionCookie = "__Host-session";

/// The session cookie as an operator has it.
struct SessionCookie {
  std::string name = kSessionCookie;
  std::string domain;             // whose subdomains get it, too; empty: only the host that sets it
  std::string same_site = "Lax";  // or Strict, or None
  bool secure = true;
};

/// Whether a text can be the session cookie's name: a token of RFC 6265 of 1 to 64 bytes.
[[nodiscard]] bool is_cookie_name(std::string_view text);

/// Whether a text can be its domain: a host name of two labels or more (RFC 1123), and no address.
[[nodiscard]] bool is_cookie_domain(std::string_view text);

/// Whether browsers refuse a cookie of this name that has a Domain: a `__Host-` one.
[[nodiscard]] bool forbids_domain(std::string_view name);

/// Whether browsers refuse a cookie of this name without Secure: a `__Host-`, `__Secure-` or `__Http-` one.
/// As to RFC 6265bis, section 4.1.3, the case of a prefix does not matter.
[[nodiscard]] bool demands_secure(std::string_view name);

/// What the Cookie headers of a request say of the session cookie.
struct CookieValue {
  std::optional<std::string_view> value;
  bool ambiguous = false;  // it came twice with different values
};

/// Finds the cookie of this name among the values of all Cookie headers. Names are compared byte for
/// byte, and nothing but space and tab is trimmed: looser readings let other cookies pose as it.
[[nodiscard]] CookieValue find_session_cookie(std::span<const std::string_view> headers, std::string_view name);

/// The Set-Cookie value that makes a browser keep `token` for `max_age_seconds` or, without them, until it closes.
[[nodiscard]] std::string set_session_cookie(const SessionCookie& cookie, std::string_view token,
                                             std::optional<std::int64_t> max_age_seconds);

/// The Set-Cookie value that makes a browser forget what set_session_cookie set.
[[nodiscard]] std::string clear_session_cookie(const SessionCookie& cookie);

}  // namespace sessiond::http
