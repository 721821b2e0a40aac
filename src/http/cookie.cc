#include "http/cookie.h"

#include <algorithm>

#include "base/text.h"

namespace sessiond::http {
namespace {

constexpr std::string_view kBlank = " \t";
constexpr std::size_t kLongestName = 64;

bool is_token_char(char c) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  const bool alphanumeric = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  return alphanumeric || kMarks.find(c) != std::string_view::npos;
}

}  // namespace

bool is_cookie_name(std::string_view text) {
  return !text.empty() && text.size() <= kLongestName && std::ranges::all_of(text, is_token_char);
}

CookieValue find_session_cookie(std::span<const std::string_view> headers, std::string_view name) {
  CookieValue found;
  for (std::string_view header : headers) {
    while (!header.empty()) {
      const std::size_t semicolon = header.find(';');
      const std::string_view pair = trim(header.substr(0, semicolon), kBlank);
      header = semicolon == std::string_view::npos ? std::string_view{} : header.substr(semicolon + 1);

      const std::size_t equals = pair.find('=');
      if (equals == std::string_view::npos || pair.substr(0, equals) != name) continue;
      const std::string_view value = pair.substr(equals + 1);
      if (found.value && *found.value != value) found.ambiguous = true;
      found.value = value;
    }
  }
  return found;
}

std::string set_session_cookie(std::string_view name, std::string_view token,
                               std::optional<std::int64_t> max_age_seconds) {
  std::string cookie{name};
  cookie += '=';
  cookie += token;
  cookie += "; Path=/; Secure; HttpOnly; SameSite=Lax";
  if (max_age_seconds) cookie.append("; Max-Age=").append(std::to_string(*max_age_seconds));
  return cookie;
}

std::string clear_session_cookie(std::string_view name) { return set_session_cookie(name, {}, 0); }

}  // namespace sessiond::http
