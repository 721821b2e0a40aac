#include "http/credential.h"

#include "base/text.h"
#include "http/cookie.h"

namespace sessiond::http {
namespace {

Error invalid_token() { return {Failure::kInvalidToken, "the token is not valid", Doubt::kMalformed}; }

// What follows the scheme in `Bearer <token>`; nothing for another scheme.
std::optional<std::string_view> bearer_token(std::string_view authorization) {
  constexpr std::string_view kScheme = "Bearer";
  const std::size_t space = authorization.find(' ');
  if (!equal_ignoring_case(authorization.substr(0, space), kScheme)) return std::nullopt;
  const std::size_t token = authorization.find_first_not_of(' ', space);
  return token == std::string_view::npos ? std::string_view{} : authorization.substr(token);
}

Result<Credential> credential(std::string_view text, bool by_cookie) {
  const std::optional<Token> token = parse_token(text);
  if (!token) return invalid_token();
  return Credential{*token, by_cookie};
}

struct HostAndPort {
  std::string_view host;
  std::string_view port;
};

// Takes `host`, `host:port` or `host:` apart; a host that is an IPv6 address has its colons in brackets.
HostAndPort host_and_port(std::string_view text, std::string_view default_port) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || text.find(']', colon) != std::string_view::npos) return {text, default_port};
  const std::string_view port = text.substr(colon + 1);
  return {text.substr(0, colon), port.empty() ? default_port : port};
}

std::string_view default_port_of(std::string_view scheme) {
  if (equal_ignoring_case(scheme, "https")) return "443";
  if (equal_ignoring_case(scheme, "http")) return "80";
  return {};
}

}  // namespace

Result<Credential> find_credential(const Request& request, std::string_view cookie_name, Addressee addressee) {
  if (request.authorization.repeated) return invalid_token();
  if (request.authorization.value) {
    const auto token = bearer_token(*request.authorization.value);
    if (token && (addressee == Addressee::kUs || begins_as_token(*token))) return credential(*token, false);
  }
  const CookieValue cookie = find_session_cookie(request.cookies, cookie_name);
  if (cookie.ambiguous) return invalid_token();
  if (cookie.value) return credential(*cookie.value, true);
  return Error{Failure::kUnauthorized, "sign in first", Doubt::kNoToken};
}

bool is_cross_site(const Request& request) {
  if (request.fetch_site.repeated || request.origin.repeated || request.host.repeated) return true;
  if (request.fetch_site.value)
    return *request.fetch_site.value != "same-origin" && *request.fetch_site.value != "none";
  if (!request.origin.value) return false;
  const std::string_view origin = *request.origin.value;
  const std::size_t scheme_end = origin.find("://");
  if (scheme_end == std::string_view::npos || !request.host.value) return true;  // "null", or malformed
  const std::string_view default_port = default_port_of(origin.substr(0, scheme_end));
  const HostAndPort theirs = host_and_port(origin.substr(scheme_end + 3), default_port);
  const HostAndPort ours = host_and_port(*request.host.value, default_port);
  return theirs.host.empty() || !equal_ignoring_case(theirs.host, ours.host) || theirs.port != ours.port;
}

}  // namespace sessiond::http
