// Responses: the contract's error shape, and what is sent for a Response.
#include "http/response.h"

#include <gtest/gtest.h>

#include "json/parse.h"

namespace sessiond::http {
namespace {

struct Expected {
  Failure failure;
  int status;
  const char* code;
};

class Problem : public ::testing::TestWithParam<Expected> {};

TEST_P(Problem, HasTheContractsStatusAndCode) {
  const Response response = problem({GetParam().failure, "says \"why\""});
  EXPECT_EQ(response.status, GetParam().status);
  const auto body = json::parse_object(response.body);
  ASSERT_TRUE(body);
  EXPECT_EQ(body->members().size(), 2U);
  EXPECT_EQ(body->string("code"), GetParam().code);
  EXPECT_EQ(body->string("error"), "says \"why\"");
}

INSTANTIATE_TEST_SUITE_P(
    EveryFailure, Problem,
    ::testing::Values(Expected{Failure::kBadRequest, 400, "bad_request"},
                      Expected{Failure::kUnauthorized, 401, "unauthorized"},
                      Expected{Failure::kInvalidToken, 401, "unauthorized"},
                      Expected{Failure::kForbidden, 403, "forbidden"}, Expected{Failure::kNotFound, 404, "not_found"},
                      Expected{Failure::kMethodNotAllowed, 405, "bad_request"},
                      Expected{Failure::kConflict, 409, "conflict"}, Expected{Failure::kTooLarge, 413, "bad_request"},
                      Expected{Failure::kHeadTooLarge, 431, "bad_request"},
                      Expected{Failure::kUnsupportedMediaType, 415, "bad_request"},
                      Expected{Failure::kTooManyRequests, 429, "bad_request"},
                      Expected{Failure::kUnavailable, 503, "internal_error"},
                      Expected{Failure::kInternal, 500, "internal_error"}));

using Headers = std::vector<std::pair<std::string_view, std::string>>;

TEST(Problem, SaysHowToAuthenticateAndWhenToComeBack) {
  EXPECT_EQ(problem({Failure::kUnauthorized, ""}).headers, (Headers{{"WWW-Authenticate", "Bearer"}}));
  EXPECT_EQ(problem({Failure::kInvalidToken, ""}).headers,
            (Headers{{"WWW-Authenticate", "Bearer error=\"invalid_token\""}}));
  EXPECT_EQ(problem({Failure::kUnavailable, ""}).headers, (Headers{{"Retry-After", "1"}}));
  EXPECT_EQ(problem({Failure::kTooManyRequests, ""}).headers, (Headers{{"Retry-After", "1"}}));
  EXPECT_EQ(problem({Failure::kNotFound, ""}).headers, Headers{});
  const Response step_up = insufficient_authentication(", max_age=\"300\"");
  EXPECT_EQ(step_up.status, 401);
  EXPECT_TRUE(step_up.body.starts_with(R"({"code":"unauthorized","error":")"));
  EXPECT_EQ(step_up.headers, (Headers{{"WWW-Authenticate", R"(Bearer error="insufficient_user_authentication", max_age="300")"}}));
}

Request request(Method method, std::string_view id = "0123abcd") {
  Request request;
  request.method = method;
  request.request_id = id;
  return request;
}

TEST(Render, WritesACgiResponse) {
  Response response = ok(R"({"a":1})");
  response.headers.emplace_back("X-Extra", "yes");
  EXPECT_EQ(render_cgi(response, request(Method::kGet)),
            "Status: 200 OK\r\n"
            "Content-Type: application/json\r\n"
            "Content-Length: 7\r\n"
            "Cache-Control: no-store\r\n"
            "X-Content-Type-Options: nosniff\r\n"
            "X-Request-Id: 0123abcd\r\n"
            "X-Extra: yes\r\n"
            "\r\n"
            R"({"a":1})");
}

TEST(Render, SendsHeadNoBodyButItsLength) {
  const std::string get = render_cgi(ok("[]"), request(Method::kGet));
  const std::string head = render_cgi(ok("[]"), request(Method::kHead));
  EXPECT_EQ(head + "[]", get);
}

TEST(Render, SendsNoContentWithoutLengthAndType) {
  EXPECT_EQ(render_cgi(no_content(), request(Method::kDelete)),
            "Status: 204 No Content\r\n"
            "Cache-Control: no-store\r\n"
            "X-Content-Type-Options: nosniff\r\n"
            "X-Request-Id: 0123abcd\r\n"
            "\r\n");
}

TEST(Render, WritesTheSameInHttp) {
  const Response response = ok(R"({"a":1})");
  const std::string cgi = render_cgi(response, request(Method::kGet));
  const std::string rest = cgi.substr(cgi.find("\r\n"));
  EXPECT_EQ(render_http(response, request(Method::kGet), true), "HTTP/1.1 200 OK" + rest);
  EXPECT_EQ(render_http(response, request(Method::kGet), false), "HTTP/1.1 200 OK\r\nConnection: close" + rest);
  EXPECT_EQ(render_http(response, request(Method::kHead), true) + response.body, "HTTP/1.1 200 OK" + rest);
}

TEST(OAuthProblem, HasAWordForClientsAndASentenceOfWhatRfc6749Allows) {
  const Response response = oauth_problem({Failure::kBadRequest, "say \"a\\b\"\n\xC3\xA4\x7F~"}, "slow_down");
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(response.body, R"({"code":"bad_request","error":"slow_down","error_description":"say 'a'b'''''~"})");
  const Response away = oauth_problem({Failure::kUnavailable, "away"}, "temporarily_unavailable");
  EXPECT_EQ(away.status, 503);
  EXPECT_EQ(away.headers, problem({Failure::kUnavailable, "away"}).headers);
}

TEST(Render, NoRequestIdCanAddAHeader) {
  EXPECT_NE(render_cgi(no_content(), request(Method::kGet, "!az~")).find("\r\nX-Request-Id: !az~\r\n"), std::string::npos);
  for (const std::string_view id : {"a\r\nX-Evil: 1", "a b", "", "a\n", "\x7F", "\xC3\xA9"}) {
    const std::string text = render_cgi(no_content(), request(Method::kGet, id));
    EXPECT_EQ(text.find("X-Request-Id"), std::string::npos) << id;
    EXPECT_EQ(text.find("X-Evil"), std::string::npos) << id;
  }
}

}  // namespace
}  // namespace sessiond::http
