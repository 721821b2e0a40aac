// Minting: what a login service may hand over, and what becomes of it.
#include <gtest/gtest.h>

#include "base/utf8.h"
#include "integration/document.h"
#include "integration/site.h"

namespace sessiond::test {
namespace {

class Minting : public SiteTest {
 protected:
  Response mint_body(const std::string& body) { return site.post_internal("/internal/v1/sessions", body); }
};

TEST_F(Minting, AnswersWithTheTokenAndTheCookieToPassOn) {
  const Response response = mint_body(minting_json(user_json(user), {.ttl_seconds = 600}));
  EXPECT_EQ(response.status, 201);
  EXPECT_EQ(response.header("content-type"), "application/json");
  EXPECT_EQ(response.header("cache-control"), "no-store");
  const Document minted(response.body);
  EXPECT_EQ(minted.root().MemberCount(), 3U);
  EXPECT_EQ(std::string(minted["id"].GetString()).size(), 36U);
  EXPECT_EQ(std::string(minted["id"].GetString())[14], '7') << "a UUIDv7";
  const std::string token = minted["token"].GetString();
  EXPECT_TRUE(token.starts_with("ses_"));
  EXPECT_EQ(response.header("set-cookie"),
            "__Host-session=" + token + "; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=600");
}

TEST_F(Minting, AWebSessionLivesNoLongerThanABrowserKeepsItsCookie) {
  const Response longest = mint_body(minting_json(user_json(user), {.ttl_seconds = 34'560'000}));
  ASSERT_EQ(longest.status, 201) << longest.body;
  EXPECT_TRUE(longest.header("set-cookie").value_or("").ends_with("; Max-Age=34560000"));
  const Response longer = mint_body(minting_json(user_json(user), {.ttl_seconds = 34'560'001}));
  expect_problem(longer, 400, "bad_request");
  EXPECT_NE(longer.body.find("34560000"), std::string::npos) << longer.body;
  EXPECT_NE(longer.body.find("400 days"), std::string::npos) << longer.body;
  EXPECT_EQ(mint_body(minting_json(user_json(user), {.kind = "cli", .ttl_seconds = 34'560'001})).status, 201);
}

TEST_F(Minting, ACookieCanGoWithTheBrowserAndTheListSaysSo) {
  const Response response = mint_body(minting_json(user_json(user), {.ttl_seconds = 600, .persistent = false}));
  ASSERT_EQ(response.status, 201) << response.body;
  const Signed brief = signed_by(response);
  EXPECT_EQ(response.header("set-cookie"), "__Host-session=" + brief.token + "; Path=/; Secure; HttpOnly; SameSite=Lax");
  const Signed lasting = site.mint(user, {.persistent = true});
  EXPECT_EQ(site.web.send({"GET", "/api/v1/u/me", {brief.cookie()}, {}}).status, 200);

  const Document list(site.list(brief).body);
  EXPECT_FALSE(list.root()[0].HasMember("persistent"));
  EXPECT_FALSE(list.root()[1]["persistent"].GetBool());
  EXPECT_EQ(list.root()[1]["expires_at"].GetString(), brief.expires_at);
  RedisClient redis = site.redis.client();
  EXPECT_EQ(redis.hash(key_of(brief))["persistent"], "false");
  EXPECT_FALSE(redis.hash(key_of(lasting)).contains("persistent"));
}

TEST_F(Minting, OnlyAWebSessionHasACookieThatGoesWithTheBrowser) {
  for (const bool persistent : {true, false}) {
    expect_problem(mint_body(minting_json(user_json(user), {.kind = "cli", .persistent = persistent})), 400, "bad_request");
  }
  for (const char* value : {"null", "0", "\"false\"", "[]"}) {
    const std::string body = R"({"user":)" + user_json(user) + R"(,"kind":"web","persistent":)" + value + "}";
    expect_problem(mint_body(body), 400, "bad_request");
  }
}

TEST_F(Minting, ACliGetsATokenThatSaysSoAndNoCookie) {
  const Response response = mint_body(minting_json(user_json(user), {.kind = "cli"}));
  EXPECT_EQ(response.status, 201);
  EXPECT_TRUE(std::string(Document(response.body)["token"].GetString()).starts_with("pat_"));
  EXPECT_EQ(response.header("set-cookie"), std::nullopt);
}

TEST_F(Minting, TheLatestUserIsTheOneShown) {
  const Signed mine = site.mint(user);
  const std::string renamed = user_json(user, "alice the second");
  ASSERT_EQ(mint_body(minting_json(renamed)).status, 201);
  EXPECT_EQ(site.get("/api/v1/u/me", mine).body, renamed);
}

TEST_F(Minting, ReplacingEndsTheOldSessionOfTheSameUser) {
  const Signed old = site.mint(user);
  const Signed other = site.mint(user);
  const Signed fresh = site.mint(user, {.replaces = old.id});
  EXPECT_EQ(site.list(old).status, 401);
  EXPECT_EQ(ids_in(site.list(fresh)), (std::vector{fresh.id, other.id}));
}

TEST_F(Minting, ReplacingNeverEndsASessionOfSomebodyElse) {
  const Signed foreign = site.mint(user + " (another)");
  const Signed mine = site.mint(user, {.replaces = foreign.id});
  EXPECT_EQ(site.list(foreign).status, 200);
  EXPECT_EQ(site.list(mine).status, 200);
}

TEST_F(Minting, TheLastOfTooManySessionsEndsTheOldest) {
  Site capped({"--max-sessions", "3"});
  std::vector<Signed> sessions;
  for (int i = 0; i < 5; ++i) sessions.push_back(capped.mint(user, {.ttl_seconds = 10'000 - i}));
  EXPECT_EQ(ids_in(capped.list(sessions[4])), (std::vector{sessions[4].id, sessions[3].id, sessions[2].id}));
  EXPECT_EQ(capped.list(sessions[0]).status, 401);
  EXPECT_EQ(capped.list(sessions[1]).status, 401);
  EXPECT_EQ(capped.redis.client().keys(keys_of(sessions[0]) + "session:*").size(), 3U);

  const Signed another = capped.mint("somebody else");
  EXPECT_EQ(capped.list(another).status, 200);
  EXPECT_EQ(ids_in(capped.list(sessions[4])).size(), 3U) << "the cap is a user's own";
}

// User ids that a key or a script could stumble over.
class OddUser : public SiteTest, public ::testing::WithParamInterface<std::string> {};

TEST_P(OddUser, HasSessionsOfItsOwn) {
  const Signed mine = site.mint(GetParam());
  const Signed second = site.mint(GetParam());
  const Signed neighbour = site.mint(GetParam() == "x" ? "y" : "x");
  EXPECT_EQ(ids_in(site.list(mine)), (std::vector{second.id, mine.id}));
  EXPECT_STREQ(Document(site.get("/api/v1/u/me", mine).body)["id"].GetString(), GetParam().c_str());
  RedisClient redis = site.redis.client();
  const auto keys = redis.keys(keys_of(mine) + "*");
  EXPECT_EQ(keys.size(), 4U);
  for (const std::string& key : keys) {
    EXPECT_EQ(redis({"CLUSTER", "KEYSLOT", key}).integer, redis({"CLUSTER", "KEYSLOT", keys[0]}).integer);
  }
  EXPECT_EQ(site.revoke(neighbour, mine.id).status, 404);
  EXPECT_EQ(site.revoke(mine, second.id).status, 204);
  EXPECT_EQ(site.revoke(mine, mine.id).status, 204);
  EXPECT_EQ(redis.keys(keys_of(mine) + "*").size(), 0U);
}

INSTANTIATE_TEST_SUITE_P(Ids, OddUser,
                         ::testing::Values("}", "{", "{}", "a}:session:b", ":", "*", "?", "[a-z]", "a b", "line\nend\r\n",
                                           "\x01\x7F", "z\xC3\xAB", "\xF0\x9F\x98\x80", "..", "/", "%00", "\"", "\\",
                                           std::string(255, 'u')));

TEST_F(Minting, AUserIdMayHoldNul) {
  const Response minted = mint_body(minting_json(
      R"({"id":"a\u0000b","username":"u","created_at":"2026-01-01T00:00:00.000Z","updated_at":"2026-01-01T00:00:00.000Z"})"));
  ASSERT_EQ(minted.status, 201) << minted.body;
  const Signed mine{"", Document(minted.body)["token"].GetString(), ""};
  EXPECT_EQ(ids_in(site.list(mine)).size(), 1U);
  const Signed other = site.mint("a");
  EXPECT_NE(keys_of(mine), keys_of(other));
}

struct Agent {
  std::string sent;   // in the body of a minting, as JSON
  std::string shown;  // in the list
};

class UserAgent : public SiteTest, public ::testing::WithParamInterface<Agent> {};

TEST_P(UserAgent, IsStoredBoundedAndShownInert) {
  const Response minted = site.post_internal(
      "/internal/v1/sessions", R"({"user":)" + user_json(user) + R"(,"kind":"web","user_agent":)" + GetParam().sent + "}");
  ASSERT_EQ(minted.status, 201) << minted.body;
  const Signed mine{"", Document(minted.body)["token"].GetString(), ""};
  const Document list(site.list(mine).body);
  const Json& shown = list.root()[0]["user_agent"];
  EXPECT_EQ(std::string(shown.GetString(), shown.GetStringLength()), GetParam().shown);
  EXPECT_LE(shown.GetStringLength(), 512U);
  EXPECT_TRUE(is_utf8({shown.GetString(), shown.GetStringLength()}));
  RedisClient redis = site.redis.client();
  EXPECT_EQ(redis.hash(redis.keys(keys_of(mine) + "session:*").at(0)).at("user_agent"), GetParam().shown);
}

const std::string kMark = "\xEF\xBF\xBD";

INSTANTIATE_TEST_SUITE_P(
    Texts, UserAgent,
    ::testing::Values(Agent{R"("\"quoted\" \\ 'single'")", "\"quoted\" \\ 'single'"},
                      Agent{R"("</script><script>alert(1)</script>")", "</script><script>alert(1)</script>"},
                      Agent{R"("a\u0000b\u001b[31m\r\nX: 1")", "a" + kMark + "b" + kMark + "[31m" + kMark + kMark + "X: 1"},
                      Agent{"\"" + std::string(8000, 'a') + "\"", std::string(512, 'a')},
                      Agent{"\"" + std::string(511, 'a') + "\xC3\xAB\"", std::string(511, 'a')}));

TEST_F(Minting, ABrowsersOwnUserAgentIsKeptWhateverBytesItHas) {
  const Response login = site.web.send({"POST",
                                        "/api/v1/auth/dev-login",
                                        {"Content-Type: application/json", "User-Agent: a\xFF\"</script>\xC3\xAB\x01"},
                                        R"({"username":"odd-agent"})"});
  ASSERT_EQ(login.status, 200) << login.body;
  const std::string cookie = *login.header("set-cookie");
  const Response list = site.web.send({"GET", "/api/v1/auth/sessions", {"Cookie: " + cookie.substr(0, cookie.find(';'))}, {}});
  EXPECT_STREQ(Document(list.body).root()[0]["user_agent"].GetString(), ("a" + kMark + "\"</script>\xC3\xAB" + kMark).c_str());
}

TEST_F(Minting, ALoginNeverAdoptsACookieThatCameWithIt) {
  const Signed fixed = site.mint("attacker of " + user);
  const Response login = site.web.send(
      {"POST", "/api/v1/auth/dev-login", {"Content-Type: application/json", fixed.cookie()}, R"({"username":"fixated"})"});
  ASSERT_EQ(login.status, 200) << login.body;
  EXPECT_EQ(login.header("set-cookie")->find(fixed.token), std::string::npos);
  EXPECT_STREQ(Document(site.get("/api/v1/u/me", fixed).body)["id"].GetString(), ("attacker of " + user).c_str());
}

}  // namespace
}  // namespace sessiond::test
