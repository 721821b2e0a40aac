// The public routes behind front ends other than nginx: each is the real program, which passes FastCGI on.
#include <gtest/gtest.h>

#include "integration/contract.h"
#include "integration/document.h"
#include "integration/front_end.h"
#include "integration/site.h"

namespace sessiond::test {
namespace {

struct FrontEndKind {
  const char* name;
  FrontEnd (*start)(const TempDir& folder);
};

class Behind : public SiteTest, public ::testing::WithParamInterface<FrontEndKind> {
 protected:
  Response send(const std::string& method, const std::string& path, const std::vector<std::string>& headers,
                const std::optional<std::string>& body = {}) {
    const Response response = web.send({method, path, headers, body});
    expect_contract(response, From::kWorker, method + " " + path);
    return response;
  }
  // What a browser calls this site.
  [[nodiscard]] std::string host() const { return front.address.starts_with("/") ? "localhost" : front.address; }
  Response list(const Signed& caller) { return send("GET", "/api/v1/auth/sessions", {caller.bearer()}); }

  const FrontEnd front = GetParam().start(site.folder);
  HttpClient web{front.address, HttpClient::Answers::kFromAStandIn};
  const Signed session = site.mint(user);
};

TEST_P(Behind, ACallerIsKnownByTokenAndByCookie) {
  const Signed other = site.mint(user, {.user_agent = "a \"quoted\" agent/1.0 (ü)"});
  EXPECT_EQ(list(session).body, site.list(session).body);
  EXPECT_EQ(ids_in(send("GET", "/api/v1/auth/sessions", {session.cookie()})), (std::vector<std::string>{other.id, session.id}));
  EXPECT_EQ(send("GET", "/api/v1/u/me", {"Cookie: a=1; __Host-session=" + session.token + "; b=2"}).body, site.get("/api/v1/u/me", session).body);
  const Response head = web.send({"HEAD", "/api/v1/auth/sessions", {session.bearer()}, {}});
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.body, "");
}

TEST_P(Behind, NobodyElseIs) {
  for (const std::vector<std::string>& headers : std::vector<std::vector<std::string>>{{}, {session.bearer() + "x"}, {session.cookie() + "x"}, {"Remote-User: " + user}}) {
    const Response response = send("GET", "/api/v1/auth/sessions", headers);
    EXPECT_EQ(response.status, 401);
    EXPECT_TRUE(response.header("www-authenticate").value_or("").starts_with("Bearer"));
  }
}

TEST_P(Behind, OfTwoCredentialsNoneCounts) {
  const Signed other = site.mint(user + " too");
  for (const auto& headers : {std::vector{session.bearer(), other.bearer()}, std::vector{session.cookie(), other.cookie()},
                              std::vector{session.cookie() + "; __Host-session=" + other.token}}) {
    EXPECT_GE(web.send({"GET", "/api/v1/u/me", headers, {}}).status, 400) << headers.front();
  }
}

TEST_P(Behind, ASessionIsRevokedAndOutAtOnce) {
  const Signed other = site.mint(user);
  ASSERT_EQ(list(other).status, 200);
  EXPECT_EQ(send("DELETE", "/api/v1/auth/sessions/" + other.id + "?a=b", {session.bearer()}).status, 400);
  ASSERT_EQ(list(other).status, 200);
  EXPECT_EQ(send("DELETE", "/api/v1/auth/sessions/" + other.id, {session.bearer()}).status, 204);
  EXPECT_EQ(list(other).status, 401);
}

TEST_P(Behind, AnEncodedOrCrookedPathLeadsNowhereElse) {
  const Signed other = site.mint(user);
  for (const std::string& path : {"sessions/%30" + other.id.substr(1), "sessions/" + other.id + "%2F", "sessions%2f" + other.id, "sessions/" + other.id + "%00",
                                  std::string("sessions%3Fa=b"), std::string("sessions%2F"), std::string("%73essions")}) {
    EXPECT_GE(web.send({"DELETE", "/api/v1/auth/" + path, {session.bearer()}, {}}).status, 400) << path;
  }
  EXPECT_EQ(list(other).status, 200);
}

TEST_P(Behind, SigningOutClearsTheCookie) {
  const Response response = send("POST", "/api/v1/auth/logout", {session.cookie()}, "");
  EXPECT_EQ(response.status, 204);
  EXPECT_EQ(response.header("set-cookie"), "__Host-session=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0");
  EXPECT_EQ(list(session).status, 401);
}

TEST_P(Behind, AClientIsPaired) {
  const Document grant(send("POST", "/api/v1/auth/cli/request-grant", {session.bearer()}, "").body);
  const std::string code = grant["code"].GetString();
  const Response redeemed = send("POST", "/api/v1/auth/cli/redeem", {"Content-Type: application/json", "User-Agent: a cli/1.0"}, "{\"code\":\"" + code + "\"}");
  ASSERT_EQ(redeemed.status, 200) << redeemed.body;
  const Signed cli{"", Document(redeemed.body)["token"].GetString(), ""};
  const Document sessions(list(cli).body);
  EXPECT_STREQ(sessions.root()[0]["user_agent"].GetString(), "a cli/1.0");
}

TEST_P(Behind, AnotherSiteCannotUseTheCookie) {
  for (const char* sender : {"Origin: https://evil.example", "Sec-Fetch-Site: cross-site"}) {
    EXPECT_EQ(send("POST", "/api/v1/auth/logout", {session.cookie(), sender}, "").status, 403) << sender;
  }
  EXPECT_EQ(list(session).status, 200);
  EXPECT_EQ(send("POST", "/api/v1/auth/logout", {session.cookie(), "Origin: http://" + host()}, "").status, 204);
}

TEST_P(Behind, ABodyIsBounded) {
  const std::vector<std::string> json = {"Content-Type: application/json"};
  EXPECT_EQ(send("POST", "/api/v1/auth/cli/redeem", json, "{\"code\":\"" + std::string(15'000, 'x') + "\"}").status, 400);
  EXPECT_EQ(send("POST", "/api/v1/auth/cli/redeem", json, "{\"code\":\"" + std::string(17'000, 'x') + "\"}").status, 413);
}

TEST_P(Behind, NoInternalRouteIsReached) {
  for (const char* path : {"/internal/v1/check", "/api/v1/../../internal/v1/check", "/api/v1/auth/..%2f..%2f..%2finternal/v1/check"}) {
    const Response response = web.send({"GET", path, {session.bearer()}, {}});
    EXPECT_GE(response.status, 400) << path;
    EXPECT_EQ(response.header("x-session-user"), std::nullopt) << path;
  }
}

INSTANTIATE_TEST_SUITE_P(FrontEnds, Behind,
                         ::testing::Values(FrontEndKind{"Apache", start_apache}, FrontEndKind{"Caddy", start_caddy}, FrontEndKind{"HAProxy", start_haproxy},
                                           FrontEndKind{"lighttpd", start_lighttpd}),
                         [](const auto& kind) { return kind.param.name; });

}  // namespace
}  // namespace sessiond::test
