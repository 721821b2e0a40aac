#include "integration/contract.h"

#include <gtest/gtest.h>
#include <regex.h>

#include <algorithm>
#include <initializer_list>
#include <map>
#include <optional>
#include <stdexcept>

#include "integration/document.h"

namespace sessiond::test {
namespace {

// The codes of the contract's closed set, by status. 414, 502 and 504 are nginx's own.
const std::map<int, std::string> kCodes = {
    {400, "bad_request"}, {401, "unauthorized"},   {403, "forbidden"},   {404, "not_found"},      {405, "bad_request"},
    {409, "conflict"},    {413, "bad_request"},    {414, "bad_request"}, {415, "bad_request"},    {429, "bad_request"}, {431, "bad_request"},
    {500, "internal_error"}, {502, "internal_error"}, {503, "internal_error"}, {504, "internal_error"}};

bool is_status(int status, From from) {
  if (status == 200 || status == 201 || status == 204) return true;
  const bool only_nginxs = status == 414 || status == 502 || status == 504;
  return kCodes.contains(status) && (from == From::kNginx || !only_nginxs);
}

// Our own requests may come without an id, or with an odd one; nginx always gives one.
bool is_request_id(const std::optional<std::string>& id, From from) {
  if (from == From::kWorker) return !id || id->find_first_of(" ,\t") == std::string::npos;
  return id && id->size() == 32 && id->find_first_not_of("0123456789abcdef") == std::string::npos;
}

// Long lists are not read again for each of a crowd.
bool is_json(const std::string& body) {
  return (body.starts_with('{') && body.ends_with('}')) || (body.starts_with('[') && body.ends_with(']'));
}

// Clients of OAuth are told a word and a sentence (RFC 6749, section 5.2).
bool has_members_of_problem(const Json& problem, const std::string& request) {
  if (problem.MemberCount() == 2) return true;
  return problem.MemberCount() == 3 && problem.HasMember("error_description") &&
         (request.empty() || request == "POST /oauth/token" || request == "POST /oauth/device_authorization");
}

bool is_problem(const Response& response, const std::string& request) try {
  const Document problem(response.body);
  return has_members_of_problem(problem.root(), request) && problem["code"].GetString() == kCodes.at(response.status) &&
         problem["error"].GetStringLength() > 0;
} catch (const std::exception&) {
  return false;
}

// The formats of Prometheus, which only GET /metrics speaks.
bool is_metrics_type(const std::string& type) {
  return type == "text/plain; version=0.0.4; charset=utf-8" || type == "application/openmetrics-text; version=1.0.0; charset=utf-8";
}

// What a revocation by a token answers has no body (RFC 7009), and no other 200 lacks one.
bool is_empty_success(const Response& response, const std::string& request) {
  return response.status == 200 && !response.header("content-type") &&
         (request.empty() || request == "POST /oauth/revoke");
}

void expect_body(const Response& response, const std::string& request) {
  const auto type = response.header("content-type");
  if (type == "text/event-stream") {  // it ends when somebody ends it
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.header("content-length"), std::nullopt);
    EXPECT_EQ(response.header("connection"), "close");
    EXPECT_TRUE(request.empty() || request.ends_with(" /internal/v1/events")) << request;
    return;
  }
  if (is_empty_success(response, request)) {
    EXPECT_EQ(response.body, "");
    EXPECT_EQ(response.header("content-length"), "0");
    return;
  }
  if (response.status == 204) {
    EXPECT_EQ(response.body, "");
    EXPECT_EQ(type, std::nullopt);
    return;
  }
  const bool is_page = type && is_metrics_type(*type) && (request.empty() || request == "GET /metrics" || request == "HEAD /metrics");
  EXPECT_TRUE(is_page || type == "application/json") << type.value_or("none");
  const auto length = response.header("content-length");
  if (response.body.empty()) {
    EXPECT_NE(length.value_or("0"), "0") << "only the answer to a HEAD has no body";
    return;
  }
  EXPECT_EQ(length.value_or(std::to_string(response.body.size())), std::to_string(response.body.size()));
  if (is_page) {
    EXPECT_EQ(response.status, 200);
    return;
  }
  EXPECT_TRUE(response.status < 400 ? is_json(response.body) : is_problem(response, request)) << response.body.substr(0, 300);
}

// A pattern of POSIX, which a text has to fit as a whole. Those of <regex> took as long as all else that is done here.
class Pattern {
 public:
  explicit Pattern(const std::string& text) {
    if (regcomp(&expression_, ("^(" + text + ")$").c_str(), REG_EXTENDED | REG_NOSUB) != 0) throw std::logic_error(text);
  }
  ~Pattern() { regfree(&expression_); }
  Pattern(const Pattern&) = delete;
  Pattern& operator=(const Pattern&) = delete;

  [[nodiscard]] bool fits(const std::string& text) const { return regexec(&expression_, text.c_str(), 0, nullptr, 0) == 0; }

 private:
  regex_t expression_{};
};

// A header that goes with some statuses and with no other.
void expect_header(const Response& response, const std::string& name, std::initializer_list<int> statuses, const Pattern& pattern) {
  const auto value = response.header(name);
  if (std::ranges::find(statuses, response.status) == statuses.end()) {
    EXPECT_EQ(value, std::nullopt) << name;
  } else {
    EXPECT_TRUE(value && pattern.fits(*value)) << name << ": " << value.value_or("none");
  }
}

}  // namespace

void expect_contract(const Response& response, From from, const std::string& request) {
  static const Pattern challenge("Bearer( error=\"invalid_token\"| error=\"insufficient_user_authentication\"(, max_age=\"[0-9]+\")?(, acr_values=\"[^\"]+\")?)?");
  static const Pattern methods("[A-Z]+(, [A-Z]+)*");
  static const Pattern seconds("[0-9]+");
  static const std::string always = "; HttpOnly; SameSite=(Strict|Lax|None)(; Max-Age=[0-9]+)?";
  static const Pattern cookie("[^=;]+=[^;]*(; Domain=[^;]+)?; Path=/(; Secure)?" + always);
  static const Pattern host_cookie("__Host-[^=;]+=[^;]*; Path=/; Secure" + always);
  SCOPED_TRACE("the contract, in an answer of " + std::to_string(response.status) + " " + request);
  EXPECT_TRUE(is_status(response.status, from));
  EXPECT_EQ(response.header("cache-control"), "no-store");
  EXPECT_EQ(response.header("x-content-type-options"), "nosniff");
  const auto id = response.header("x-request-id");
  EXPECT_TRUE(is_request_id(id, from)) << id.value_or("none");
  expect_body(response, request);
  expect_header(response, "www-authenticate", {401}, challenge);
  expect_header(response, "allow", {405}, methods);
  expect_header(response, "retry-after", {429, 503}, seconds);
  const auto set = response.header("set-cookie");
  if (set) expect_header(response, "set-cookie", {200, 201, 204}, set->starts_with("__Host-") ? host_cookie : cookie);
}

}  // namespace sessiond::test
