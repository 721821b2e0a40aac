#include "http/cookie.h"

#include "base/text.h"

namespace sessiond::http {
namespace {

constexpr std::string_view kBlank = " \t";

}  // namespace

CookieValue find_session_cookie(std::span<const std::string_view> headers) {
  CookieValue found;
  for (std::string_view header : headers) {
    while (!header.empty()) {
      const std::size_t semicolon = header.find(';');
      const std::string_view pair = trim(header.substr(0, semicolon), kBlank);
      header = semicolon == std::string_view::npos ? std::string_view{} : header.substr(semicolon + 1);

      const std::size_t equals = pair.find('=');
      if (equals == std::string_view::npos || pair.substr(0, equals) != kSessionCookie) continue;
      const std::string_view value = pair.substr(equals + 1);
      if (found.value && *found.value != value) found.ambiguous = true;
      found.value = value;
    }
  }
  return found;
}

std::string set_session_cookie(std::string_view token, std::int64_t max_age_seconds) {
  std::string cookie{kSessionCookie};
  cookie += '=';
  cookie += token;
  cookie += "; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=";
  cookie += std::to_string(max_age_seconds);
  return cookie;
}

std::string clear_session_cookie() { return set_session_cookie({}, 0); }

}  // namespace sessiond::http
