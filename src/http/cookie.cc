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

// A part of a host name (RFC 1123, section 2.1).
bool is_label(std::string_view text) {
  constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";
  return !text.empty() && text.size() <= 63 && text.find_first_not_of(kAllowed) == std::string_view::npos &&
         text.front() != '-' && text.back() != '-';
}

bool begins_with(std::string_view name, std::string_view prefix) {
  return equal_ignoring_case(name.substr(0, prefix.size()), prefix);
}

}  // namespace

bool is_cookie_name(std::string_view text) {
  return !text.empty() && text.size() <= kLongestName && std::ranges::all_of(text, is_token_char);
}

bool is_cookie_domain(std::string_view text) {
  constexpr std::size_t kLongest = 253;
  const std::size_t dot = text.rfind('.');
  if (dot == std::string_view::npos || text.size() > kLongest) return false;
  if (text.find_first_not_of("0123456789", dot + 1) == std::string_view::npos) return false;  // of an address
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find('.', begin), text.size());
    if (!is_label(text.substr(begin, end - begin))) return false;
    begin = end + 1;
  }
  return true;
}

bool forbids_domain(std::string_view name) { return begins_with(name, "__Host-"); }

bool demands_secure(std::string_view name) {
  return begins_with(name, "__Host-") || begins_with(name, "__Secure-") || begins_with(name, "__Http-");
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

std::string set_session_cookie(const SessionCookie& cookie, std::string_view token,
                               std::optional<std::int64_t> max_age_seconds) {
  std::string text = cookie.name;
  text.append("=").append(token);
  if (!cookie.domain.empty()) text.append("; Domain=").append(cookie.domain);
  text += "; Path=/";
  if (cookie.secure) text += "; Secure";
  text.append("; HttpOnly; SameSite=").append(cookie.same_site);
  if (max_age_seconds) text.append("; Max-Age=").append(std::to_string(*max_age_seconds));
  return text;
}

std::string clear_session_cookie(const SessionCookie& cookie) { return set_session_cookie(cookie, {}, 0); }

}  // namespace sessiond::http
