// nginx's auth_request: an application behind a login, protected by the snippets we ship.
#include <gtest/gtest.h>

#include "integration/document.h"
#include "integration/redis_client.h"
#include "integration/site.h"

namespace sessiond::test {
namespace {

class Check : public SiteTest {
 protected:
  Response check(const Signed& caller) { return site.operators.send({"GET", "/internal/v1/check", {caller.bearer()}, {}}); }
  Response app(const std::vector<std::string>& headers) { return site.web.send({"GET", "/app/", headers, {}}); }
};

TEST_F(Check, SaysWhoseSessionItIs) {
  const Signed session = site.mint(user, {.kind = "cli"});
  const Response response = check(session);
  EXPECT_EQ(response.status, 204);
  EXPECT_EQ(response.body, "");
  EXPECT_EQ(response.header("x-session-id"), session.id);
  EXPECT_EQ(response.header("x-session-kind"), "cli");
  EXPECT_EQ(response.header("x-session-user"), user);
  EXPECT_EQ(response.header("x-session-expires-at"), session.expires_at);
}

TEST_F(Check, RefusesWithoutALivingSession) {
  expect_problem(site.operators.send({"GET", "/internal/v1/check", {}, {}}), 401, "unauthorized");
  const Signed session = site.mint(user);
  ASSERT_EQ(site.revoke(session, session.id).status, 204);
  expect_problem(check(session), 401, "unauthorized");
}

TEST_F(Check, CostsOneCommand) {
  RedisClient redis(site.redis.socket());
  const Signed session = site.mint(user);
  redis({"CONFIG", "RESETSTAT"});
  for (int i = 0; i < 10; ++i) ASSERT_EQ(check(session).status, 204);
  const std::string stats = redis({"INFO", "commandstats"}).text;
  EXPECT_NE(stats.find("cmdstat_hmget:calls=10,"), std::string::npos) << stats;
  for (const char* other : {"cmdstat_eval", "cmdstat_zrange", "cmdstat_hget:", "cmdstat_exists"}) {
    EXPECT_EQ(stats.find(other), std::string::npos) << stats;
  }
}

TEST_F(Check, AUserIdThatNoHeaderCanHoldIsPercentEncoded) {
  const Signed session = site.mint(user + "\r\nX-Session-Kind: web é%");
  EXPECT_EQ(check(session).header("x-session-user"), user + "%0D%0AX-Session-Kind: web %C3%A9%25");
}

TEST_F(Check, AnApplicationLearnsTheUserFromNginx) {
  const Signed session = site.mint(user);
  const std::string expected = "user=" + user + " session=" + session.id + " kind=web remote=\n";
  for (const std::string& proof : {session.bearer(), session.cookie()}) {
    const Response response = app({proof});
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body, expected);
  }
}

TEST_F(Check, LeavesTheCookieItsSayBesideABearerThatIsTheApplications) {
  const Signed session = site.mint(user);
  const std::string jwt = "Authorization: Bearer eyJhbGciOiJIUzI1NiJ9.e30.c2Vz";
  EXPECT_EQ(site.operators.send({"GET", "/internal/v1/check", {session.cookie(), jwt}, {}}).header("x-session-user"), user);
  expect_problem(site.operators.send({"GET", "/internal/v1/check", {jwt}, {}}), 401, "unauthorized");
  // Everywhere else the header wins.
  expect_problem(site.web.send({"GET", "/api/v1/auth/sessions", {session.cookie(), jwt}, {}}), 401, "unauthorized");
}

TEST_F(Check, AnApplicationIsOutOfReachOnceTheSessionIsRevoked) {
  const Signed session = site.mint(user);
  ASSERT_EQ(app({session.cookie()}).status, 200);
  ASSERT_EQ(site.revoke(session, session.id).status, 204);
  const Response response = app({session.cookie()});
  expect_problem(response, 401, "unauthorized");
  EXPECT_EQ(response.header("www-authenticate"), "Bearer error=\"invalid_token\"");
  EXPECT_EQ(app({}).status, 401);
}

TEST_F(Check, AnOutageIsA503AndNotA401) {
  Site broken;
  const Signed session = broken.mint(user);
  broken.redis.crash();
  const Response response = broken.web.send({"GET", "/app/", {session.cookie()}, {}});
  expect_problem(response, 503, "internal_error");
  EXPECT_NE(response.header("retry-after"), std::nullopt);
}

}  // namespace
}  // namespace sessiond::test
