// Two realms: whatever the internet sends, it never reaches an internal route.
#include <gtest/gtest.h>

#include "integration/document.h"
#include "integration/redis_client.h"
#include "integration/site.h"

namespace sessiond::test {
namespace {

class Realms : public SiteTest {};

// Ways to write, or to smuggle, /internal/v1/… through a server that must not let it pass.
const std::vector<std::string> kTricks = {
    "/internal/v1/check",
    "//internal/v1/check",
    "/./internal/v1/check",
    "/api/../internal/v1/check",
    "/api/v1/auth/../../../internal/v1/check",
    "/api/v1/auth/sessions/../../../../internal/v1/check",
    "/api/v1/auth/%2e%2e/%2e%2e/%2e%2e/internal/v1/check",
    "/api/v1/auth/..%2f..%2f..%2finternal%2fv1%2fcheck",
    "/api/v1/auth/..;/..;/..;/internal/v1/check",
    "/%69nternal/v1/check",
    "/internal%2fv1%2fcheck",
    "/INTERNAL/v1/check",
    "/Internal/V1/Check",
    "/internal/v1/check/",
    "/internal/v1/check?",
    "/internal/v1/check?x=/api/v1/auth/sessions",
    "/internal/v1/check#/api/v1/auth/",
    "/internal/v1/check;/api/v1/auth/sessions",
    "/internal/v1/check%00",
    "/internal/v1/check%20",
    "/internal\\v1\\check",
    "/api/v1/auth\\..\\..\\internal/v1/check",
    "/api/v1/auth/internal/v1/check",
    "/api/v1/auth//internal/v1/check",
    "/api/v1/auth/?REQUEST_URI=/internal/v1/check",
    "/api/v1/auth/%0d%0aREQUEST_URI:%20/internal/v1/check",
    "/internal/v1/users/x/sessions",
    "/internal/v1/introspect",
    "/oauth/../internal/v1/introspect",
    "/oauth/revoke/../../internal/v1/introspect",
    "/api/v1/auth/../../internal/v1/users/x/sessions",
    "/sessiond/check",
    "//sessiond/check",
    "/sessiond/./check",
    "/sessiond%2fcheck",
    "http://internal/internal/v1/check",
    "/healthz/../internal/v1/check",
    "/readyz/..%2finternal/v1/check",
    "/metrics",
    "/readyz/../metrics",
    "/api/v1/auth/../../../metrics",
};

TEST_F(Realms, NoPathReachesAnInternalRouteFromThePublicServer) {
  ASSERT_GE(kTricks.size(), 30U);
  const Signed session = site.mint(user);
  for (const std::string& path : kTricks) {
    for (const char* method : {"GET", "DELETE"}) {
      const Response response = site.web.send({method, path, {session.bearer()}, {}});
      EXPECT_GE(response.status, 400) << method << " " << path;
      EXPECT_LT(response.status, 500) << method << " " << path;
      EXPECT_EQ(response.header("x-session-user"), std::nullopt) << path;
    }
  }
  EXPECT_EQ(site.list(session).status, 200);
}

TEST_F(Realms, NoHeaderReachesAnInternalRouteFromThePublicServer) {
  const std::string body = minting_json(user_json(user));
  const std::vector<std::string> headers = {
      "X-Original-URI: /internal/v1/sessions",  "X-Original-URL: /internal/v1/sessions",
      "X-Rewrite-URL: /internal/v1/sessions",   "X-Forwarded-Prefix: /internal",
      "X-Accel-Redirect: /internal/v1/sessions", "X-HTTP-Method-Override: POST",
      "REQUEST_URI: /internal/v1/sessions",     "Request-Uri: /internal/v1/sessions",
      "SCRIPT_NAME: /internal/v1/sessions",     "Script-Name: /internal/v1/sessions",
      "X-Sessiond-Realm: internal",             "Host: internal",
  };
  for (const std::string& header : headers) {
    const Response response =
        site.web.send({"POST", "/api/v1/auth/sessions", {header, "Content-Type: application/json"}, body});
    EXPECT_EQ(response.status, 405) << header;
  }
}

TEST_F(Realms, ThePublicSocketItselfAnswersInternalRoutesWith404) {
  const Signed session = site.mint(user);
  FastCgiClient worker(site.worker.public_socket());
  for (const auto& [method, path] : std::vector<std::pair<std::string, std::string>>{
           {"GET", "/internal/v1/check"},
           {"GET", "/metrics"},
           {"POST", "/internal/v1/sessions"},
           {"GET", "/internal/v1/users/" + user + "/sessions"},
           {"DELETE", "/internal/v1/users/" + user + "/sessions"},
           {"DELETE", "/internal/v1/users/" + user + "/sessions/" + session.id}}) {
    EXPECT_EQ(worker.ask(fastcgi::request(method, path, session.token)).status, 404) << method << " " << path;
  }
  EXPECT_EQ(site.list(session).status, 200);
}

TEST_F(Realms, ARepeatedRequestUriIsNoWayIn) {
  const Signed session = site.mint(user);
  FastCgiClient worker(site.worker.public_socket());
  const Response response = worker.ask(fastcgi::request({{"REQUEST_METHOD", "GET"},
                                                         {"REQUEST_URI", "/healthz"},
                                                         {"REQUEST_URI", "/internal/v1/check"},
                                                         {"HTTP_AUTHORIZATION", "Bearer " + session.token}}));
  EXPECT_EQ(response.status, 404);
}

TEST_F(Realms, PublicRoutesDoNotAnswerInTheInternalRealm) {
  const Signed session = site.mint(user);
  expect_problem(site.operators.send({"GET", "/api/v1/auth/sessions", {session.bearer()}, {}}), 404, "not_found");
}

TEST_F(Realms, HealthAnswersInBoth) {
  for (HttpClient* client : {&site.web, &site.operators}) {
    for (const char* path : {"/healthz", "/readyz"}) {
      const Response response = client->send({"GET", path, {}, {}});
      EXPECT_EQ(response.status, 200);
      EXPECT_EQ(response.body, R"({"status":"ok"})");
    }
  }
}

}  // namespace
}  // namespace sessiond::test
