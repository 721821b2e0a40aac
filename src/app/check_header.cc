#include "app/check_header.h"

#include <algorithm>

#include "base/text.h"
#include "base/utf8.h"
#include "http/request.h"

namespace sessiond {
namespace {

constexpr std::size_t kMaxName = 64;
constexpr std::size_t kMaxMember = 255;

// Headers that have a meaning already: in the worker's own answers, in HTTP's framing and connections (RFC 9110,
// section 7.6.1), to nginx when an upstream answers with it, or to an application when a request has it.
constexpr std::string_view kTaken[] = {"Accept-Ranges",
                                       "Age",
                                       "Allow",
                                       "Authorization",
                                       "Cache-Control",
                                       "Connection",
                                       "Cookie",
                                       "Date",
                                       "ETag",
                                       "Expect",
                                       "Expires",
                                       "Forwarded",
                                       "Host",
                                       "Keep-Alive",
                                       "Last-Modified",
                                       "Link",
                                       "Location",
                                       "Origin",
                                       "Pragma",
                                       "Proxy",
                                       "Range",
                                       "Referer",
                                       "Refresh",
                                       "Remote-User",
                                       "Retry-After",
                                       "Server",
                                       "Set-Cookie",
                                       "Status",
                                       "TE",
                                       "Trailer",
                                       "Upgrade",
                                       "Transfer-Encoding",
                                       "User-Agent",
                                       "Vary",
                                       "Via",
                                       "WWW-Authenticate",
                                       "X-Real-IP",
                                       "X-Request-Id"};
constexpr std::string_view kTakenPrefixes[] = {"Access-Control-", "Content-",   "If-",          "Proxy-",    "Sec-",
                                               "X-Accel-",        "X-Content-", "X-Forwarded-", "X-Session-"};

bool is_name(std::string_view text) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const auto fits = [&](char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '-'; };
  return !text.empty() && text.size() <= kMaxName && is_letter(text[0]) && std::ranges::all_of(text, fits);
}

bool is_taken(std::string_view name) {
  const auto begins_name = [&](std::string_view prefix) {
    return equal_ignoring_case(name.substr(0, prefix.size()), prefix);
  };
  return std::ranges::any_of(kTaken, [&](std::string_view taken) { return equal_ignoring_case(name, taken); }) ||
         std::ranges::any_of(kTakenPrefixes, begins_name);
}

std::string text_of(const json::Member& scalar) {
  switch (scalar.type) {
    case json::Member::Type::kString: return scalar.string;
    case json::Member::Type::kBool: return scalar.boolean ? "true" : "false";
    case json::Member::Type::kInteger:
    case json::Member::Type::kNumber: return scalar.raw;
    default: return {};
  }
}

bool is_scalar(const json::Member& member) {
  using Type = json::Member::Type;
  return member.type != Type::kNull && member.type != Type::kArray && member.type != Type::kObject;
}

std::string value_of(const json::Member& member) {
  if (member.type != json::Member::Type::kArray) return http::percent_encode(text_of(member));
  std::string list;
  bool first = true;
  for (const json::Member& element : json::elements_of(member)) {
    if (!is_scalar(element)) continue;
    if (!std::exchange(first, false)) list += ',';
    list += http::percent_encode(text_of(element), ",");
  }
  return list;
}

}  // namespace

Result<CheckHeader> parse_check_header(std::string_view text) {
  constexpr std::string_view kBlank = " \t";
  const std::size_t colon = text.find(':');
  const std::string_view name = text.substr(0, colon);
  const std::string_view member = colon == std::string_view::npos ? "" : trim(text.substr(colon + 1), kBlank);
  if (!is_name(name) || member.empty() || member.size() > kMaxMember || !is_utf8(member)) {
    return Error{Failure::kBadRequest,
                 "`NAME: MEMBER`, a header's name of 1 to 64 letters, digits and dashes and a member of the User,"};
  }
  if (is_taken(name)) {
    return Error{Failure::kBadRequest, "a header's name that means nothing else to sessiond, nginx or HTTP"};
  }
  return CheckHeader{std::string(name), std::string(member)};
}

Result<Headers> make_check_headers(std::span<const CheckHeader> wanted, const json::Object& user) {
  Headers headers;
  std::size_t size = 0;
  for (const CheckHeader& header : wanted) {
    const json::Member* member = user.find(header.member);
    std::string value = member == nullptr ? "" : value_of(*member);
    if (value.empty()) continue;
    size += header.name.size() + value.size();
    headers.emplace_back(header.name, std::move(value));
  }
  if (size <= kMaxCheckHeaders) return headers;
  const auto longest = std::ranges::max_element(headers, {}, [](const auto& header) { return header.second.size(); });
  return Error{Failure::kTooLarge, "the check's headers for this User have " + std::to_string(size) +
                                       " bytes, but at most 3 kB are possible; the longest header is " +
                                       std::string(longest->first)};
}

}  // namespace sessiond
