// What a device that was signed out learns of it: GET /api/v1/auth/ended.
#include <gtest/gtest.h>

#include "integration/document.h"
#include "integration/site.h"
#include "session/token.h"

namespace sessiond::test {
namespace {

class HowEnded : public ::testing::Test {
 protected:
  Response ask(const Signed& session) { return site.get("/api/v1/auth/ended", session); }

  // Why, and by which device: its name, else its User-Agent.
  std::string why(const Signed& session) {
    const Response answer = ask(session);
    EXPECT_EQ(answer.status, 200) << answer.body;
    const Document document(answer.body);
    const auto& root = document.root();
    std::string said = root["reason"].GetString();
    if (root.HasMember("by")) {
      const auto& by = root["by"];
      said += std::string(" by ") + by["kind"].GetString() + " " + by[by.HasMember("name") ? "name" : "user_agent"].GetString();
    }
    return said;
  }

  Site site{{"--events-kept", "1h", "--max-web-sessions", "3", "--bar-users"}};
  RedisClient redis = site.redis.client();
  const Signed mine = site.mint("alice", {.user_agent = "Firefox"});
  const Signed other = site.mint("alice", {.user_agent = "Chrome"});
};

TEST_F(HowEnded, SaysWhyWhenAndFromWhichOfThePersonsDevices) {
  ASSERT_EQ(site.revoke(mine, other.id).status, 204);
  EXPECT_EQ(why(other), "revoked by web Firefox");
  const long long at = std::stoll(redis.hash(keys_of(other) + "ended:" + other.id).at("at"));
  EXPECT_NEAR(static_cast<double>(at), static_cast<double>(redis.now()), 5'000);
  EXPECT_EQ(Document(ask(other).body)["ended_at"].GetString(), rfc3339(at).string());

  const Signed third = site.mint("alice", {.user_agent = "Safari"});
  ASSERT_EQ(site.web.send({"PATCH", "/api/v1/auth/sessions/" + mine.id, {mine.bearer(), "Content-Type: application/json"}, R"({"name":"work laptop"})"}).status, 204);
  ASSERT_EQ(site.web.send({"DELETE", "/api/v1/auth/sessions", {mine.bearer()}, {}}).status, 200);
  EXPECT_EQ(why(third), "others by web work laptop");
}

TEST_F(HowEnded, SaysWhyWhereNoOtherDeviceDidIt) {
  ASSERT_EQ(site.web.send({"POST", "/api/v1/auth/logout", {mine.bearer()}, {}}).status, 204);
  EXPECT_EQ(why(mine), "logout");
  const Signed replacing = site.mint("alice", {.replaces = other.id});
  EXPECT_EQ(why(other), "replaced");
  site.mint("alice");
  site.mint("alice");
  const Signed last = site.mint("alice");
  EXPECT_EQ(why(replacing), "cap");
  ASSERT_EQ(site.operators.send({"DELETE", "/internal/v1/users/alice/sessions", {}, {}}).status, 200);
  EXPECT_EQ(why(last), "operator");
  const Signed bobs = site.mint("bob");
  ASSERT_EQ(site.operators.send({"POST", "/internal/v1/users/bob/disable", {}, {}}).status, 200);
  EXPECT_EQ(why(bobs), "disabled");
}

TEST_F(HowEnded, IsToldToTheTokenOfThatSessionAlone) {
  ASSERT_EQ(site.revoke(mine, other.id).status, 204);
  expect_problem(ask(mine), 404, "not_found");
  Token forged = parse_token(other.token).value();
  forged.secret.bytes[31] ^= 1;
  expect_problem(ask({other.id, format_token(forged), {}}), 401, "unauthorized");
  expect_problem(site.web.send({"GET", "/api/v1/auth/ended", {}, {}}), 401, "unauthorized");
  Token cli = parse_token(other.token).value();
  cli.kind = Kind::kCli;
  expect_problem(ask({other.id, format_token(cli), {}}), 401, "unauthorized");
  Token unknown = parse_token(other.token).value();
  unknown.id.bytes[15] ^= 1;
  expect_problem(ask({other.id, format_token(unknown), {}}), 401, "unauthorized");
}

TEST_F(HowEnded, IsKeptAsLongAsEventsAreAndLetsNobodyIn) {
  ASSERT_EQ(site.revoke(mine, other.id).status, 204);
  const std::string key = keys_of(other) + "ended:" + other.id;
  EXPECT_NEAR(static_cast<double>(redis({"PTTL", key}).integer), 3'600'000, 60'000);
  EXPECT_EQ(site.list(other).status, 401);
  EXPECT_EQ(site.operators.send({"GET", "/internal/v1/check", {other.bearer()}, {}}).status, 401);
  EXPECT_EQ(ids_in(site.list(mine)), std::vector<std::string>{mine.id});
  redis({"DEL", key});
  expect_problem(ask(other), 401, "unauthorized");
}

TEST_F(HowEnded, IsNotKnownWhereItsKeyHoldsSomethingElse) {
  ASSERT_EQ(site.revoke(mine, other.id).status, 204);
  const std::string key = keys_of(other) + "ended:" + other.id;
  for (const auto& [field, value] : {std::pair{"by_kind", "root"}, {"kind", "root"}, {"at", "soon"}, {"secret_hash", ""}}) {
    redis({"HSET", key, field, value});
    if (std::string(field) == "by_kind") EXPECT_EQ(why(other), "revoked");
    else expect_problem(ask(other), 401, "unauthorized");
  }
  redis({"DEL", key});
  redis({"SET", key, "something else"});
  expect_problem(ask(other), 503, "internal_error");
  const Signed again = site.mint("alice");
  redis({"SET", keys_of(again) + "ended:" + again.id, "something else"});
  EXPECT_EQ(site.revoke(mine, again.id).status, 204) << "what is in its way hinders no change";
  EXPECT_EQ(site.list(again).status, 401);
}

TEST(HowEndedOff, IsNotThereAndNothingIsLeftInRedis) {
  Site site;
  RedisClient redis = site.redis.client();
  const Signed mine = site.mint("alice");
  const Signed other = site.mint("alice");
  ASSERT_EQ(site.revoke(mine, other.id).status, 204);
  expect_problem(site.get("/api/v1/auth/ended", other), 404, "not_found");
  EXPECT_TRUE(redis.keys("*ended*").empty());
}

}  // namespace
}  // namespace sessiond::test
