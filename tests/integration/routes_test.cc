// Every method on every route, and paths that lead nowhere.
#include <gtest/gtest.h>

#include <sstream>

#include "integration/document.h"
#include "integration/site.h"

namespace sessiond::test {
namespace {

struct Route {
  const char* path;
  const char* allow;  // as the Allow header has it; empty where there is no route
};

class PublicRoute : public SiteTest, public ::testing::WithParamInterface<Route> {};
class InternalRoute : public SiteTest, public ::testing::WithParamInterface<Route> {};

bool allows(const std::string& allow, const std::string& method) {
  return (", " + allow + ",").find(", " + method + ",") != std::string::npos;
}

void expect_method(const Response& response, const Route& route, const std::string& method) {
  SCOPED_TRACE(method + " " + route.path);
  if (*route.allow == '\0') {
    EXPECT_EQ(response.status, 404);
  } else if (allows(route.allow, method)) {
    EXPECT_TRUE(response.status < 500 && response.status != 405) << response.status;
    EXPECT_EQ(response.header("allow"), std::nullopt);
  } else {
    EXPECT_EQ(response.status, 405);
    EXPECT_EQ(response.header("allow"), route.allow);
  }
}

constexpr const char* kMethods[] = {"GET",     "HEAD",  "POST", "PUT", "PATCH",    "DELETE",
                                    "OPTIONS", "TRACE", "BREW", "get", "PROPFIND"};

TEST_P(PublicRoute, TakesItsMethodsAndNamesThemToOthers) {
  FastCgiClient worker(site.worker.public_socket());
  for (const char* method : kMethods) {
    expect_method(worker.ask(fastcgi::request(method, GetParam().path)), GetParam(), method);
  }
  expect_method(worker.ask(fastcgi::request("", GetParam().path)), GetParam(), "");
}

TEST_P(InternalRoute, TakesItsMethodsAndNamesThemToOthers) {
  HttpPeer worker(site.worker.internal_socket());
  for (const char* method : kMethods) {
    expect_method(worker.ask(http1::request(method, GetParam().path)), GetParam(), method);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Table, PublicRoute,
    ::testing::Values(Route{"/api/v1/auth/sessions", "GET, HEAD, DELETE"},
                      Route{"/api/v1/auth/sessions/01900000-0000-7000-8000-000000000000", "DELETE, PATCH"},
                      Route{"/api/v1/auth/sessions/x", "DELETE, PATCH"}, Route{"/api/v1/auth/logout", "POST"},
                      Route{"/api/v1/u/me", "GET, HEAD"}, Route{"/api/v1/auth/cli/request-grant", "POST"},
                      Route{"/api/v1/auth/cli/redeem", "POST"}, Route{"/api/v1/auth/dev-login", "POST"},
                      Route{"/oauth/revoke", "POST"}, Route{"/healthz", "GET, HEAD"}, Route{"/readyz", "GET, HEAD"},
                      // The internal realm's are not there, nor is anything else.
                      Route{"/internal/v1/sessions", ""}, Route{"/internal/v1/check", ""}, Route{"/internal/v1/introspect", ""},
                      Route{"/internal/v1/users/x/sessions", ""}, Route{"/internal/v1/users/x/sessions/y", ""},
                      Route{"/metrics", ""}, Route{"/", ""}, Route{"", ""}, Route{"*", ""}, Route{"/api/v1/auth/sessions/", ""},
                      Route{"/api/v1/auth/sessions/x/", ""}, Route{"/api/v1/auth/sessions/x/y", ""},
                      Route{"/api/v1/auth//sessions", ""}, Route{"/api/v1/auth/../auth/sessions", ""},
                      Route{"/API/V1/AUTH/SESSIONS", ""}, Route{"/api/v1/auth/sessions%2Fx", ""},
                      Route{"/api/v1/auth/%73essions", ""}, Route{"/healthz/", ""},
                      Route{"http://localhost/api/v1/auth/sessions", ""}));

INSTANTIATE_TEST_SUITE_P(Table, InternalRoute,
                         ::testing::Values(Route{"/internal/v1/sessions", "POST"}, Route{"/internal/v1/check", "GET, HEAD"},
                                           Route{"/internal/v1/introspect", "POST"}, Route{"/oauth/revoke", ""},
                                           Route{"/internal/v1/users/x/sessions", "GET, HEAD, DELETE"},
                                           Route{"/internal/v1/users/x/sessions/y", "DELETE"},
                                           Route{"/healthz", "GET, HEAD"}, Route{"/readyz", "GET, HEAD"}, Route{"/metrics", "GET, HEAD"},
                                           Route{"/api/v1/auth/sessions", ""}, Route{"/api/v1/auth/logout", ""},
                                           Route{"/api/v1/u/me", ""}, Route{"/api/v1/auth/dev-login", ""},
                                           Route{"/api/v1/auth/cli/redeem", ""}));

class Routes : public SiteTest {};

TEST_F(Routes, AWrongMethodGetsTheUsualShape) {
  const Response response = site.web.send({"PUT", "/api/v1/auth/sessions", {}, {}});
  expect_problem(response, 405, "bad_request");
  EXPECT_EQ(response.header("allow"), "GET, HEAD, DELETE");
  expect_problem(site.web.send({"BREW", "/api/v1/u/me", {}, {}}), 405, "bad_request");
}

TEST_F(Routes, AnUnknownPathGetsTheUsualShape) {
  expect_problem(site.web.send({"GET", "/api/v1/auth/nothing", {}, {}}), 404, "not_found");
  expect_problem(site.web.send({"GET", "/api/v1/auth/sessions/", {}, {}}), 404, "not_found");
  expect_problem(site.operators.send({"GET", "/nothing", {}, {}}), 404, "not_found");
}

TEST_F(Routes, AQueryChangesNothing) {
  const Signed mine = site.mint(user);
  for (const char* query : {"?", "?x=1", "?user_id=other", "?/../../internal/v1/sessions", "?%00", "??"}) {
    EXPECT_EQ(site.get(std::string("/api/v1/auth/sessions") + query, mine).status, 200) << query;
  }
}

TEST_F(Routes, HealthIsTold) {
  for (const char* path : {"/healthz", "/readyz"}) {
    for (HttpClient* client : {&site.web, &site.operators}) {
      const Response response = client->send({"GET", path, {}, {}});
      EXPECT_EQ(response.status, 200);
      EXPECT_EQ(response.body, R"({"status":"ok"})");
      EXPECT_EQ(response.header("content-type"), "application/json");
    }
  }
}

TEST_F(Routes, HealthIsToldToThisMachineOnly) {
  for (const char* path : {"/healthz", "/readyz"}) {
    HttpClient stranger(site.nginx.socket(), HttpClient::Answers::kFromAStandIn);  // nginx's own refusal
    EXPECT_EQ(stranger.send({"GET", path, {"X-Forwarded-For: 192.0.2.1"}, {}}).status, 403) << path;
    EXPECT_EQ(site.web.send({"GET", path, {"X-Forwarded-For: 127.0.0.1"}, {}}).status, 200) << path;
  }
}

TEST_F(Routes, HealthTouchesNothing) {
  RedisClient redis = site.redis.client();
  redis({"CONFIG", "RESETSTAT"});
  for (int i = 0; i < 10; ++i) EXPECT_EQ(site.web.send({"GET", "/healthz", {}, {}}).status, 200);
  std::istringstream commands(redis({"INFO", "commandstats"}).text);
  for (std::string line; std::getline(commands, line);) {
    const bool expected = line.starts_with("cmdstat_config|resetstat:") || line.starts_with("cmdstat_role:");  // asked each second
    EXPECT_TRUE(expected || !line.starts_with("cmdstat_")) << line;
  }
}

TEST_F(Routes, TooManyAndTooLargeHeadersAreNginxsToRefuse) {
  const Signed mine = site.mint(user);
  expect_problem(site.web.send({"GET", "/api/v1/u/me", {mine.bearer(), "X-Large: " + std::string(16'000, 'x')}, {}}), 400,
                 "bad_request");
  std::vector<std::string> large = {mine.bearer()};
  for (int i = 0; i < 16; ++i) large.push_back("X-Header-" + std::to_string(i) + ": " + std::string(4'000, 'x'));
  expect_problem(site.web.send({"GET", "/api/v1/auth/sessions", large, {}}), 400, "bad_request");
  const Response elsewhere = site.web.send({"GET", "/app/", large, {}});
  EXPECT_EQ(elsewhere.status, 400);
  EXPECT_NE(elsewhere.body.find("<html>"), std::string::npos) << "what is not ours keeps nginx's page";
  EXPECT_EQ(site.web.send({"GET", "/api/v1/u/me", {mine.bearer(), "X-Fits: " + std::string(7'000, 'x')}, {}}).status, 200);
  std::vector<std::string> many = {mine.bearer()};
  for (int i = 0; i < 200; ++i) many.push_back("X-Header-" + std::to_string(i) + ": value");
  EXPECT_EQ(site.web.send({"GET", "/api/v1/u/me", many, {}}).status, 200);
  expect_problem(site.revoke(mine, std::string(10'000, 'a')), 414, "bad_request");
  EXPECT_EQ(site.get("/api/v1/u/me", mine).status, 200) << "the worker lives";
}

TEST_F(Routes, LargeParametersAreNoTroubleToTheWorker) {
  const Signed mine = site.mint(user);
  FastCgiClient worker(site.worker.public_socket());
  const fastcgi::Parameters parameters = {{"REQUEST_METHOD", "GET"},
                                          {"REQUEST_URI", "/api/v1/u/me"},
                                          {"HTTP_USER_AGENT", std::string(16'384, 'x')},
                                          {"HTTP_X_UNKNOWN", std::string(40'000, 'y')},
                                          {"HTTP_AUTHORIZATION", "Bearer " + mine.token}};
  EXPECT_EQ(worker.ask(fastcgi::request(parameters)).status, 200);
}

TEST_F(Routes, TheRequestIdIsNginxsAndNotTheClients) {
  const Response response = site.web.send({"GET", "/healthz", {"X-Request-Id: mine", "Request-Id: mine"}, {}});
  EXPECT_EQ(response.header("x-request-id")->size(), 32U);
}

}  // namespace
}  // namespace sessiond::test
