// Preflights reach an application whose location has the example preflights-protect.conf, and nothing else does.
#include <gtest/gtest.h>

#include "integration/applications.h"

namespace sessiond::test {
namespace {

const std::string kOrigin = "Origin: https://other.example";
const std::string kMethod = "Access-Control-Request-Method: DELETE";
const std::vector<std::string> kPlaces = {"/app/cors/", "/app/cors/nested/", "/app/cors/php/", "/app/cors/two/", "/app/cors/admins/"};

class Preflights : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { site_ = std::make_unique<Applications>("tests/integration/through.conf"); }
  static void TearDownTestSuite() { site_.reset(); }

  // Over HTTP/1.1 and over HTTP/2.
  static std::vector<Response> answers(const std::string& method, const std::string& path, const std::vector<std::string>& headers) {
    HttpClient newer(site_->http2_socket(), HttpClient::Answers::kFromAStandIn);
    return {site_->web.send({method, path, headers, {}}), newer.send({method, path, headers, {}, false, true})};
  }
  static void expect_nobody(const Response& response, const std::string& trace) {
    EXPECT_EQ(response.status, 200) << trace << response.body;
    for (const char* name : {"X-Session-User", "X-Session-Id", "X-Session-Kind", "HTTP_X_SESSION_USER", "HTTP_X_SESSION_ID",
                             "Cookie", "HTTP_COOKIE", "Authorization", "HTTP_AUTHORIZATION"}) {
      EXPECT_EQ(told(response, name), std::nullopt) << trace;
    }
    EXPECT_EQ(told(response, "REMOTE_USER").value_or(""), "") << trace;
  }

  static inline std::unique_ptr<Applications> site_;
  const Signed session = site_->mint("alice");
};

TEST_F(Preflights, ReachTheApplicationWithoutAUserAndWithoutWhatSignsIn) {
  for (const std::string& place : kPlaces) {
    for (const std::vector<std::string>& own : std::vector<std::vector<std::string>>{{}, {session.cookie()}, {session.bearer()}}) {
      for (const char* method : {"GET", "patch", "M-SEARCH"}) {
        std::vector<std::string> headers = own;
        headers.insert(headers.end(), {"Origin: null", std::string("Access-Control-Request-Method: ") + method});
        for (const Response& response : answers("OPTIONS", place, headers)) expect_nobody(response, place);
      }
    }
    const Response shown = answers("OPTIONS", place, {kOrigin, kMethod}).front();
    EXPECT_NE(shown.body.find("https://other.example"), std::string::npos) << shown.body;
  }
}

TEST_F(Preflights, BringNoNameOfTheWorkers) {
  for (const Response& response : answers("OPTIONS", "/app/cors/", {kOrigin, kMethod, "X-Session-User: root"})) {
    expect_problem(response, 400, "bad_request");
  }
}

TEST_F(Preflights, AreNoWayInForAnythingElse) {
  for (const std::string& place : kPlaces) {
    for (const char* method : {"GET", "POST", "PUT", "PATCH", "DELETE", "PROPFIND", "OPTIONSX", "XOPTIONS", "OPTION"}) {
      for (const Response& response : answers(method, place, {kOrigin, kMethod, "X-HTTP-Method-Override: OPTIONS"})) {
        expect_problem(response, 401, "unauthorized");
      }
    }
    for (const Response& response : answers("HEAD", place, {kOrigin, kMethod})) EXPECT_EQ(response.status, 401);
    for (const Response& response : answers("options", place, {kOrigin, kMethod})) EXPECT_EQ(response.status, 400);
  }
}

TEST_F(Preflights, AreNoneWithoutBothHeaders) {
  const std::vector<std::vector<std::string>> lacking = {
      {}, {kOrigin}, {kMethod},
      {kOrigin, "Access-Control-Request-Method;"}, {"Origin;", kMethod},  // empty
      {kOrigin, "Access-Control-Request-Method:  \t"}, {"Origin;", "Access-Control-Request-Method: https://a:GET"},
      {"Origin: https://a:GET", "Access-Control-Request-Method;"}, {kOrigin, "Access-Control-Request-Method: GET DELETE"},
      {kOrigin, "Access-Control-Request-Method;", kMethod}, {kOrigin, "Access_Control_Request_Method: GET"},
      {kOrigin, "Access-Control-Request-Headers: x"}, {kOrigin, "X-Access-Control-Request-Method: GET"}};
  for (const std::string& place : kPlaces) {
    for (const std::vector<std::string>& headers : lacking) {
      for (const Response& response : answers("OPTIONS", place, headers)) expect_problem(response, 401, "unauthorized");
    }
  }
}

TEST_F(Preflights, LeaveEverythingElseToTheCheck) {
  for (const char* method : {"OPTIONS", "GET", "DELETE"}) {
    for (const Response& response : answers(method, "/app/cors/", {session.cookie(), "Cookie: a=1"})) {
      EXPECT_EQ(told(response, "X-Session-User"), "alice");
      EXPECT_EQ(told(response, "Cookie"), "a=1");
    }
  }
  expect_problem(answers("OPTIONS", "/app/cors/admins/", {session.cookie()}).front(), 403, "forbidden");
  const Signed gone = site_->mint("bob");
  ASSERT_EQ(site_->web.send({"POST", "/api/v1/auth/logout", {gone.bearer()}, {}}).status, 204);
  for (const char* method : {"OPTIONS", "GET"}) {
    for (const Response& response : answers(method, "/app/cors/", {gone.cookie()})) expect_problem(response, 401, "unauthorized");
  }
}

TEST_F(Preflights, AreCheckedAsEverythingElseWhereNobodyAskedForThem) {
  for (const Response& response : answers("OPTIONS", "/app/", {kOrigin, kMethod})) expect_problem(response, 401, "unauthorized");
}

TEST_F(Preflights, GoToTheApplicationOnly) {
  for (const char* path : {"/sessiond/check-but-preflights", "/sessiond/check"}) {
    for (const Response& response : answers("OPTIONS", path, {kOrigin, kMethod})) EXPECT_EQ(response.status, 404) << path;
  }
}

}  // namespace
}  // namespace sessiond::test
