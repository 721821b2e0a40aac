// What operators' own services may do: any user's sessions, in the internal realm.
#include <gtest/gtest.h>

#include "integration/document.h"
#include "integration/redis_client.h"
#include "integration/site.h"

namespace sessiond::test {
namespace {

class Operators : public SiteTest {
 protected:
  Response send(const std::string& method, const std::string& path) { return site.operators.send({method, path, {}, {}}); }
  std::string sessions_of(const std::string& encoded) { return "/internal/v1/users/" + encoded + "/sessions"; }
};

TEST_F(Operators, SeeAnyUsersList) {
  const Signed first = site.mint(user);
  const Signed second = site.mint(user);
  const Response response = send("GET", sessions_of(user));
  ASSERT_EQ(response.status, 200);
  EXPECT_EQ(ids_in(response), (std::vector{second.id, first.id}));
  const Document list(response.body);
  EXPECT_FALSE(list.root()[0]["is_current"].GetBool());
  EXPECT_FALSE(list.root()[1]["is_current"].GetBool());
}

TEST_F(Operators, SeeNothingOfAUserWithoutSessions) {
  const Response response = send("GET", sessions_of(user));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "[]");
}

TEST_F(Operators, EndOneSession) {
  const Signed kept = site.mint(user);
  const Signed ended = site.mint(user);
  EXPECT_EQ(send("DELETE", sessions_of(user) + "/" + ended.id).status, 204);
  expect_problem(send("DELETE", sessions_of(user) + "/" + ended.id), 404, "not_found");
  expect_problem(send("DELETE", sessions_of(user) + "/nonsense"), 404, "not_found");
  EXPECT_EQ(site.list(ended).status, 401);
  EXPECT_EQ(site.list(kept).status, 200);
}

TEST_F(Operators, EndAllOfAUsersSessionsAndLeaveNoKey) {
  RedisClient redis(site.redis.socket());
  const Signed first = site.mint(user);
  const Signed second = site.mint(user, {.kind = "cli"});
  const Response response = send("DELETE", sessions_of(user));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, R"({"revoked":2})");
  EXPECT_EQ(site.list(first).status, 401);
  EXPECT_EQ(site.list(second).status, 401);
  EXPECT_TRUE(redis.keys(keys_of(first) + "*").empty());
  EXPECT_EQ(send("DELETE", sessions_of(user)).body, R"({"revoked":0})");
}

TEST_F(Operators, NameAUserOfAnyCharactersPercentEncoded) {
  const Signed odd = site.mint(user + "/https://idp.example/#a b}{*");
  const Response response = send("GET", sessions_of(user + "%2Fhttps%3A%2F%2Fidp.example%2F%23a%20b%7D%7B%2a"));
  EXPECT_EQ(ids_in(response), std::vector{odd.id});
}

TEST_F(Operators, AreToldWhatIsNoUserId) {
  HttpPeer worker(site.worker.internal_socket());
  for (const std::string& id : {std::string(256, 'a'), std::string("%FF"), std::string("%C0%80"), std::string("%zz")}) {
    for (const auto& [method, path] : {std::pair<std::string, std::string>("GET", sessions_of(id)), {"DELETE", sessions_of(id)},
                                       {"DELETE", sessions_of(id) + "/00000000-0000-7000-8000-000000000000"}}) {
      const Response response = worker.ask(http1::request(method, path));
      EXPECT_EQ(response.status, 400) << method << " " << path;
      EXPECT_NE(response.body.find("a user's id is 1 to 255 bytes"), std::string::npos) << response.body;
    }
  }
}

TEST_F(Operators, FindInTheLogWhichOfAUsersSessionsTheyEnded) {
  const Signed kept = site.mint(user);
  send("DELETE", sessions_of(user) + "?kind=cli&except=" + kept.id);
  EXPECT_TRUE(site.worker.says("revoked 0 sessions of a user, kind cli, all but " + kept.id)) << site.worker.log();
}

TEST_F(Operators, RevokingTheOthersKeepsOnlyTheCallers) {
  const Signed mine = site.mint(user);
  const Signed other = site.mint(user);
  const Signed stranger = site.mint(user + "-stranger");
  const Response response = site.web.send({"DELETE", "/api/v1/auth/sessions", {mine.bearer()}, {}});
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, R"({"revoked":1})");
  EXPECT_EQ(ids_in(site.list(mine)), std::vector{mine.id});
  EXPECT_EQ(site.list(other).status, 401);
  EXPECT_EQ(site.list(stranger).status, 200);
}

}  // namespace
}  // namespace sessiond::test
