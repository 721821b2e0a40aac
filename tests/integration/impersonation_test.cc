// An operator acts as a person, for support: for how long, what it says of itself, and who can end it.
#include <gtest/gtest.h>

#include "integration/document.h"
#include "integration/site.h"

namespace sessiond::test {
namespace {

constexpr long long kHour = 3600;

class Impersonation : public SiteTest {
 protected:
  Response mint_body(const Wanted& wanted) { return site.post_internal("/internal/v1/sessions", minting_json(user_json(user), wanted)); }
  Response mint_raw(const std::string& more) {
    return site.post_internal("/internal/v1/sessions", R"({"user":)" + user_json(user) + R"(,"kind":"web",)" + more + "}");
  }
  Response check(const Signed& caller) { return site.operators.send({"GET", "/internal/v1/check", {caller.bearer()}, {}}); }
  Response users_list() { return site.operators.send({"GET", "/internal/v1/users/" + user + "/sessions", {}, {}}); }
  static bool is_alive(Site& site, const Signed& session) { return site.get("/api/v1/u/me", session).status == 200; }

  const Wanted by_operator = {.impersonator = "op-7"};
};

TEST_F(Impersonation, LivesForAnHourAndForNoLonger) {
  const Response shown = mint_body(by_operator);
  ASSERT_EQ(shown.status, 201) << shown.body;
  EXPECT_TRUE(shown.header("set-cookie").value_or("").ends_with("; Max-Age=3600"));
  const Signed session = signed_by(shown);
  RedisClient redis = site.redis.client();
  const std::string key = key_of(session);
  const long long ttl = redis({"PTTL", key}).integer;
  EXPECT_GT(ttl, (kHour - 60) * 1000);
  EXPECT_LE(ttl, kHour * 1000);

  EXPECT_EQ(mint_body({.ttl_seconds = kHour, .impersonator = "op-7"}).status, 201);
  EXPECT_EQ(mint_body({.ttl_seconds = 60, .impersonator = "op-7"}).header("set-cookie").value_or("none").find("Max-Age=3600"), std::string::npos);
  const Response longer = mint_body({.ttl_seconds = kHour + 1, .impersonator = "op-7"});
  expect_problem(longer, 400, "bad_request");
  EXPECT_NE(longer.body.find("3600"), std::string::npos) << longer.body;
}

TEST(ImpersonationOfShortSessions, LivesNoLongerThanTheSiteLetsSessionsLive) {
  Site site({"--web-lifetime", "10m"});
  const Response shown = site.post_internal("/internal/v1/sessions", minting_json(user_json("alice"), {.impersonator = "op-7"}));
  EXPECT_TRUE(shown.header("set-cookie").value_or("").ends_with("; Max-Age=600")) << shown.body;
}

TEST_F(Impersonation, SaysWhoActsInItAndTheOtherSessionsDoNot) {
  const Signed mine = site.mint(user);
  const Signed theirs = site.mint(user, {.impersonator = "\u00f6p \"7\""});
  for (const Response& list : {site.list(mine), site.list(theirs), users_list()}) {
    const Document document(list.body);
    ASSERT_EQ(document.root().Size(), 2U) << list.body;
    EXPECT_STREQ(document.root()[0]["impersonator"].GetString(), "\u00f6p \"7\"");
    EXPECT_STREQ(document.root()[0]["kind"].GetString(), "web");
    EXPECT_FALSE(document.root()[1].HasMember("impersonator"));
  }
  const Response asked = check(theirs);
  EXPECT_EQ(asked.status, 204);
  EXPECT_EQ(asked.header("x-session-user"), user);
  EXPECT_EQ(asked.header("x-session-kind"), "web");
  EXPECT_EQ(asked.header("x-session-impersonator"), "%C3%B6p \"7\"");
  EXPECT_EQ(check(mine).header("x-session-impersonator"), std::nullopt);
}

TEST_F(Impersonation, IsToldByIntrospectionInTheWordsOfRfc8693) {
  const auto introspect = [&](const Signed& session) {
    return site.operators.send({"POST", "/internal/v1/introspect", {"Content-Type: application/x-www-form-urlencoded"}, "token=" + session.token});
  };
  const Document theirs(introspect(site.mint(user, by_operator)).body);
  EXPECT_EQ(theirs["sub"].GetString(), user);
  EXPECT_STREQ(theirs["act"]["sub"].GetString(), "op-7");
  EXPECT_FALSE(Document(introspect(site.mint(user)).body).root().HasMember("act"));
}

TEST_F(Impersonation, IsInTheLog) {
  const Signed session = site.mint(user, {.impersonator = "op\n7"});
  const std::string text = "minted web session " + session.id + ", in which op\\x0a7 acts as " + user;
  site.worker.process().wait_until([&] { return site.worker.log().find(text) != std::string::npos; }, text);
}

TEST_F(Impersonation, WantsAnOperatorAndABrowser) {
  for (const char* more : {R"("impersonator":null)", R"("impersonator":"")", R"("impersonator":7)", R"("impersonator":["op"])", R"("impersonator":true)"}) {
    expect_problem(mint_raw(more), 400, "bad_request");
  }
  expect_problem(mint_body({.impersonator = std::string(256, 'x')}), 400, "bad_request");
  EXPECT_EQ(mint_body({.impersonator = std::string(255, 'x')}).status, 201);
  expect_problem(mint_body({.kind = "cli", .impersonator = "op-7"}), 400, "bad_request");
}

TEST_F(Impersonation, ReplacesNoSession) {
  const Signed mine = site.mint(user);
  expect_problem(mint_body({.replaces = mine.id, .impersonator = "op-7"}), 400, "bad_request");
  EXPECT_TRUE(is_alive(site, mine));
}

TEST_F(Impersonation, StaysWhereThePersonEndsAllOthersButNotWhereThePersonEndsIt) {
  const Signed mine = site.mint(user);
  const Signed other = site.mint(user);
  const Signed brief = site.mint(user, {.ttl_seconds = 600});
  const Signed theirs = site.mint(user, by_operator);
  const Response ended = site.web.send({"DELETE", "/api/v1/auth/sessions", {mine.bearer()}, {}});
  EXPECT_EQ(ended.body, R"({"revoked":2})");
  EXPECT_FALSE(is_alive(site, other));
  EXPECT_FALSE(is_alive(site, brief)) << "what ends soon is not therefore an operator's";
  EXPECT_TRUE(is_alive(site, theirs));
  EXPECT_EQ(ids_in(site.list(mine)), (std::vector{theirs.id, mine.id}));
  EXPECT_EQ(site.revoke(mine, theirs.id).status, 204);
  EXPECT_FALSE(is_alive(site, theirs));
}

TEST_F(Impersonation, EndsWithAllOfAUsersSessionsAndWithThoseOfItsKind) {
  const auto end = [&](const std::string& query) { return site.operators.send({"DELETE", "/internal/v1/users/" + user + "/sessions" + query, {}, {}}); };
  for (const char* query : {"", "?kind=web"}) {
    const Signed theirs = site.mint(user, by_operator);
    EXPECT_EQ(end(query).body, R"({"revoked":1})") << query;
    EXPECT_FALSE(is_alive(site, theirs));
  }
  const Signed theirs = site.mint(user, by_operator);
  EXPECT_EQ(end("?kind=cli").body, R"({"revoked":0})");
  EXPECT_EQ(end("?except=" + theirs.id).body, R"({"revoked":0})");
  EXPECT_TRUE(is_alive(site, theirs));
  EXPECT_EQ(site.operators.send({"DELETE", "/internal/v1/users/" + user + "/sessions/" + theirs.id, {}, {}}).status, 204);
  EXPECT_FALSE(is_alive(site, theirs));
}

TEST(ImpersonationAndCaps, NeitherCountsNorEndsNorIsEnded) {
  Site site({"--max-web-sessions", "2"});
  const Signed first = site.mint("alice");
  const Signed second = site.mint("alice");
  std::vector<std::string> theirs;
  for (int i = 0; i < 3; ++i) theirs.push_back(site.mint("alice", {.impersonator = "op-7"}).id);
  EXPECT_EQ(ids_in(site.list(first)), (std::vector{theirs[2], theirs[1], theirs[0], second.id, first.id})) << "it ends none";
  const Signed third = site.mint("alice");
  EXPECT_EQ(ids_in(site.list(third)), (std::vector{third.id, theirs[2], theirs[1], theirs[0], second.id})) << "it neither counts nor ends";
}

TEST(ImpersonationAndCaps, LeavesRoomForAsManySessionsAsThereMayBe) {
  Site site({"--max-web-sessions", "2"});
  for (int i = 0; i < 3; ++i) site.mint("alice", {.impersonator = "op-7"});
  const Signed first = site.mint("alice");
  const Signed second = site.mint("alice");
  EXPECT_EQ(site.list(first).status, 200);
  EXPECT_EQ(ids_in(site.list(second)).size(), 5U);
}

// As a worker of an earlier version does, whose kinds are two words.
TEST_F(Impersonation, OfAnOperatorThatCannotBeIsNoSession) {
  const Signed mine = site.mint(user);
  const Signed damaged = site.mint(user, by_operator);
  RedisClient redis = site.redis.client();
  for (const std::string kind : {"web ", "cli op-7", "webop-7", "op-7", "web \xFF"}) {
    redis({"HSET", key_of(damaged), "kind", kind});
    EXPECT_EQ(check(damaged).status, 503) << kind;
    EXPECT_EQ(ids_in(site.list(mine)), std::vector{mine.id}) << kind;
  }
}

}  // namespace
}  // namespace sessiond::test
