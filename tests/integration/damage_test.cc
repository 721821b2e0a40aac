// Redis away, or holding under our names what we did not write: every route says so, and none gives anything.
#include <gtest/gtest.h>

#include "integration/document.h"
#include "integration/redis_client.h"
#include "integration/site.h"

namespace sessiond::test {
namespace {

// A request for each route that needs Redis.
std::vector<std::pair<std::string, Response>> ask_all(Site& site, const Signed& caller, const std::string& user,
                                                      const std::string& code) {
  const std::vector<std::string> json = {"Content-Type: application/json"};
  const std::string own = "/api/v1/auth/sessions";
  const std::string users = "/internal/v1/users/" + user + "/sessions";
  std::vector<std::pair<std::string, Response>> answers;
  const auto ask = [&](HttpClient& client, const std::string& method, const std::string& path,
                       const std::vector<std::string>& headers, const std::string& body = "") {
    answers.emplace_back(method + " " + path, client.send({method, path, headers, body}));
  };
  ask(site.web, "GET", own, {caller.bearer()});
  ask(site.web, "GET", "/api/v1/u/me", {caller.bearer()});
  ask(site.web, "POST", "/api/v1/auth/cli/request-grant", {caller.bearer()});
  ask(site.web, "POST", "/api/v1/auth/cli/redeem", json, R"({"code":")" + code + "\"}");
  ask(site.web, "POST", "/api/v1/auth/dev-login", json, R"({"username":"damage"})");
  ask(site.web, "DELETE", own, {caller.bearer()});
  ask(site.web, "DELETE", own + "/" + caller.id, {caller.bearer()});
  ask(site.web, "POST", "/api/v1/auth/logout", {caller.bearer()});
  ask(site.operators, "GET", "/internal/v1/check", {caller.bearer()});
  ask(site.operators, "POST", "/internal/v1/sessions", json, minting_json(user_json(user)));
  ask(site.operators, "GET", users, {});
  ask(site.operators, "DELETE", users + "/" + caller.id, {});
  ask(site.operators, "DELETE", users, {});
  return answers;
}

void expect_unavailable(const std::string& what, const Response& response) {
  SCOPED_TRACE(what);
  expect_problem(response, 503, "internal_error");
  EXPECT_EQ(response.header("retry-after"), "1");
  EXPECT_EQ(response.header("set-cookie"), std::nullopt);
}

std::string request_code(Site& site, const Signed& caller) {
  const Response response = site.web.send({"POST", "/api/v1/auth/cli/request-grant", {caller.bearer()}, {}});
  return Document(response.body)["code"].GetString();
}

TEST(Damage, ARedisThatIsAwayIsA503OnEveryRoute) {
  Site site({"--dev-login", "--threads", "1"});
  const Signed mine = site.mint("alice");
  const std::string code = request_code(site, mine);
  site.redis.crash();
  for (const auto& [what, response] : ask_all(site, mine, "alice", code)) expect_unavailable(what, response);
}

TEST(Damage, KeysOfAnotherTypeAreA503OnEveryRouteButToTheOperatorWhoEndsOne) {
  Site site;
  const Signed mine = site.mint("alice");
  const std::string code = request_code(site, mine);
  ASSERT_EQ(site.web.send({"POST", "/api/v1/auth/dev-login", {"Content-Type: application/json"}, R"({"username":"damage"})"}).status, 200);
  RedisClient redis = site.redis.client();
  for (const std::string& key : redis.keys("sessiond:*")) redis({"SET", key, "something else"});
  for (const auto& [what, response] : ask_all(site, mine, "alice", code)) {
    if (what.ends_with("/users/alice/sessions/" + mine.id)) EXPECT_EQ(response.status, 204) << what;
    else expect_unavailable(what, response);
  }
  for (const std::string& key : redis.keys("sessiond:*")) {
    EXPECT_EQ(redis({"GET", key}).text, "something else") << key << " was changed";
  }
}

class DamagedSession : public SiteTest {
 protected:
  void expect_unavailable_everywhere(const Signed& caller) {
    for (const std::string path : {"/api/v1/auth/sessions", "/api/v1/u/me"}) {
      expect_unavailable(path, site.get(path, caller));
    }
    expect_unavailable("check", site.operators.send({"GET", "/internal/v1/check", {caller.bearer()}, {}}));
    expect_unavailable("revoke", site.revoke(caller, caller.id));
  }
  RedisClient redis = site.redis.client();
};

TEST_F(DamagedSession, WithoutAnyOfItsFieldsSignsNobodyIn) {
  for (const std::string field : {"secret_hash", "user_id", "kind", "expires_at"}) {
    SCOPED_TRACE(field);
    const Signed mine = site.mint(user);
    ASSERT_EQ(redis({"HDEL", keys_of(mine) + "session:" + mine.id, field}).integer, 1);
    expect_unavailable_everywhere(mine);
  }
}

TEST_F(DamagedSession, WhoseUserIsGoneOrAnotherShowsNoUser) {
  const Signed mine = site.mint(user);
  for (const std::string& json : {user_json("somebody-else"), std::string("[]"), std::string("{"), std::string("")}) {
    redis({"HSET", keys_of(mine) + "user", "json", json});
    expect_unavailable(json, site.get("/api/v1/u/me", mine));
  }
  redis({"DEL", keys_of(mine) + "user"});
  expect_unavailable("no user", site.get("/api/v1/u/me", mine));
}

}  // namespace
}  // namespace sessiond::test
