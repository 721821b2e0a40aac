// What a client sends to prove itself: Authorization and Cookie headers, and the headers by which
// a browser says where a request comes from.
//
// The input is lines: Authorization, Sec-Fetch-Site, Origin, Host, then one Cookie header each. An
// empty line is an absent header. The bytes 1 and 2 stand for two valid tokens.

#include <strings.h>

#include <algorithm>
#include <string>
#include <vector>

#include "fuzz/fuzz.h"
#include "http/cookie.h"
#include "http/credential.h"

using namespace sessiond;

namespace {

std::string token_of(std::uint8_t filling) {
  Token token;
  token.id.bytes.fill(filling);
  token.secret.bytes.fill(filling);
  return format_token(token);
}

std::string with_tokens(std::string_view text) {
  static const std::string kFirst = token_of(1);
  static const std::string kSecond = token_of(2);
  std::string result;
  for (const char c : text) {
    if (c == 1) result += kFirst;
    else if (c == 2) result += kSecond;
    else result += c;
  }
  return result;
}

http::Header header(std::string_view value) {
  http::Header result;
  if (!value.empty()) result.value = value;
  return result;
}

// Whether an Authorization header's scheme is Bearer.
bool is_bearer(std::string_view value) {
  const std::string_view scheme = value.substr(0, value.find(' '));
  return scheme.size() == 6 && strncasecmp(scheme.data(), "bearer", 6) == 0;
}

void check_cookie(const http::Request& request, const Token& token) {
  const std::string pair = "__Host-session=" + format_token(token);
  PROMISE(std::ranges::any_of(request.cookies, [&](std::string_view c) { return c.find(pair) != std::string_view::npos; }));

  // A cookie whose name only looks like ours changes nothing.
  http::Request more = request;
  for (const std::string_view name : {"x__Host-session", "__host-session", "__Host-session2", "\"__Host-session\""}) {
    const std::string cookie = std::string(name) + "=ses_x";
    more.cookies.push_back(cookie);
    const auto found = http::find_credential(more, http::kSessionCookie);
    PROMISE(found && format_token(found->token) == format_token(token));
    more.cookies.pop_back();
  }
  // Another value under our name makes it a guess, which is refused.
  more.cookies.push_back("__Host-session=ses_x");
  PROMISE(!http::find_credential(more, http::kSessionCookie));
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text = with_tokens(fuzz::text_of_input(data, size));
  std::string_view rest = text;
  http::Request request;
  request.authorization = header(fuzz::take_until(rest, '\n'));
  request.fetch_site = header(fuzz::take_until(rest, '\n'));
  request.origin = header(fuzz::take_until(rest, '\n'));
  request.host = header(fuzz::take_until(rest, '\n'));
  while (!rest.empty()) request.cookies.push_back(fuzz::take_until(rest, '\n'));

  const auto found = http::find_credential(request, http::kSessionCookie);
  if (found && found->by_cookie) check_cookie(request, found->token);
  if (found && !found->by_cookie) {
    PROMISE(request.authorization.value->ends_with(" " + format_token(found->token)));
    http::Request repeated = request;
    repeated.authorization.repeated = true;
    PROMISE(!http::find_credential(repeated, http::kSessionCookie));
  }
  if (!found) {
    // "Sign in" is said only to those who sent nothing.
    const bool sent = is_bearer(request.authorization.value.value_or("")) || http::find_session_cookie(request.cookies, http::kSessionCookie).value;
    PROMISE(found.error().failure == (sent ? Failure::kInvalidToken : Failure::kUnauthorized));
  }

  const bool cross_site = http::is_cross_site(request);
  if (request.fetch_site.value == "cross-site" || request.fetch_site.value == "same-site") PROMISE(cross_site);
  if (!request.fetch_site.value && request.origin.value == "null") PROMISE(cross_site);
  if (!request.fetch_site.value && !request.origin.value) PROMISE(!cross_site);
  return 0;
}
