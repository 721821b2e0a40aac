// What is in Redis: names, types, lifetimes, and nothing that signs in.
#include <gtest/gtest.h>

#include "base/clock.h"
#include "integration/site.h"
#include "session/base64url.h"
#include "session/crypto.h"
#include "session/token.h"

namespace sessiond::test {
namespace {

class Keys : public SiteTest {
 protected:
  std::string type(const std::string& key) { return redis({"TYPE", key}).text; }
  Millis ends_at(const std::string& key) { return redis({"PEXPIRETIME", key}).integer; }

  // Everything that Redis holds, names and values, in one text.
  std::string everything() {
    std::string all;
    for (const std::string& key : redis.keys()) {
      all += key + "\n";
      const std::string kind = type(key);
      const RedisAnswer content = kind == "hash"   ? redis({"HGETALL", key})
                                  : kind == "zset" ? redis({"ZRANGE", key, "0", "-1"})
                                                   : redis({"GET", key});
      all += content.text + "\n";
      for (const RedisAnswer& element : content.elements) all += element.text + "\n";
    }
    return all;
  }

  RedisClient redis = site.redis.client();
};

TEST_F(Keys, ASessionIsOneHashThatEndsAtItsVeryMillisecond) {
  const Signed mine = site.mint(user, {.user_agent = "Firefox"});
  const std::string key = key_of(mine);
  EXPECT_EQ(type(key), "hash");
  const auto fields = redis.hash(key);
  EXPECT_EQ(fields.size(), 5U);
  EXPECT_EQ(fields.at("user_id"), user);
  EXPECT_EQ(fields.at("kind"), "web");
  EXPECT_EQ(fields.at("user_agent"), "Firefox");
  const Millis expires_at = std::stoll(fields.at("expires_at"));
  EXPECT_EQ(ends_at(key), expires_at);
  EXPECT_EQ(rfc3339(expires_at), mine.expires_at);
  EXPECT_EQ(expires_at - minted_at(mine), 30 * kDay);
}

TEST_F(Keys, WithoutAUserAgentThereIsNoSuchField) {
  const auto fields = redis.hash(key_of(site.mint(user)));
  EXPECT_EQ(fields.size(), 4U);
  EXPECT_FALSE(fields.contains("user_agent"));
}

TEST_F(Keys, LifetimesAreTheKindsOrTheMintings) {
  const auto lifetime = [&](const Wanted& wanted) {
    const Signed session = site.mint(user, wanted);
    const auto fields = redis.hash(key_of(session));
    EXPECT_EQ(ends_at(key_of(session)), std::stoll(fields.at("expires_at")));
    return std::stoll(fields.at("expires_at")) - minted_at(session);
  };
  EXPECT_EQ(lifetime({.kind = "web"}), 30 * kDay);
  EXPECT_EQ(lifetime({.kind = "cli"}), 90 * kDay);
  EXPECT_EQ(lifetime({.ttl_seconds = 61}), 61'000);
  EXPECT_EQ(lifetime({.kind = "cli", .ttl_seconds = 316'224'000}), 316'224'000'000) << "ten years";
}

TEST_F(Keys, TheIndexHoldsEachIdByItsEndAndLivesAsLongAsTheLast) {
  const Signed brief = site.mint(user, {.ttl_seconds = 1000});
  const Signed lasting = site.mint(user, {.ttl_seconds = 3000});
  const Signed middling = site.mint(user, {.ttl_seconds = 2000});
  const std::string index = keys_of(brief) + "sessions";
  EXPECT_EQ(type(index), "zset");
  EXPECT_EQ(redis({"ZCARD", index}).integer, 3);
  for (const Signed& session : {brief, lasting, middling}) {
    EXPECT_EQ(redis({"ZSCORE", index, session.id}).text, std::to_string(ends_at(key_of(session))));
  }
  EXPECT_EQ(ends_at(index), ends_at(key_of(lasting)));
  EXPECT_EQ(ends_at(keys_of(brief) + "user"), ends_at(key_of(lasting)));

  ASSERT_EQ(site.revoke(brief, lasting.id).status, 204);
  EXPECT_EQ(ends_at(index), ends_at(key_of(middling)));
  EXPECT_EQ(ends_at(keys_of(brief) + "user"), ends_at(key_of(middling)));
}

TEST_F(Keys, TheUserIsAHashOfIdAndJson) {
  const Signed mine = site.mint(user);
  const std::string key = keys_of(mine) + "user";
  EXPECT_EQ(type(key), "hash");
  EXPECT_EQ(redis.hash(key), (std::map<std::string, std::string>{{"id", user}, {"json", user_json(user)}}));
}

TEST_F(Keys, AllOfAUserShareOneHashTag) {
  const Signed mine = site.mint(user);
  const auto keys = redis.keys(keys_of(mine) + "*");
  ASSERT_EQ(keys.size(), 3U);
  const long long slot = redis({"CLUSTER", "KEYSLOT", keys[0]}).integer;
  for (const std::string& key : keys) EXPECT_EQ(redis({"CLUSTER", "KEYSLOT", key}).integer, slot);
}

TEST_F(Keys, NoneIsLeftAfterTheUsersLastSession) {
  const Signed first = site.mint(user);
  const Signed second = site.mint(user);
  EXPECT_EQ(redis.keys(keys_of(first) + "*").size(), 4U);
  EXPECT_EQ(site.revoke(first, second.id).status, 204);
  EXPECT_EQ(site.revoke(first, first.id).status, 204);
  EXPECT_EQ(redis.keys(keys_of(first) + "*"), std::vector<std::string>{});
}

TEST_F(Keys, NoneHoldsTheIdOfARevokedSession) {
  const Signed mine = site.mint(user);
  const Signed lost = site.mint(user);
  ASSERT_NE(everything().find(lost.id), std::string::npos);
  ASSERT_EQ(site.revoke(mine, lost.id).status, 204);
  EXPECT_EQ(everything().find(lost.id), std::string::npos);
  EXPECT_NE(everything().find(mine.id), std::string::npos);
}

TEST_F(Keys, OfTheSecretOnlyAHashIsStored) {
  const Signed mine = site.mint(user);
  const Secret secret = parse_token(mine.token)->secret;
  const SecretHash hash = blake2b<32>(secret.bytes);
  EXPECT_EQ(redis.hash(key_of(mine)).at("secret_hash"), text_of(hash));

  const std::string all = everything();
  EXPECT_EQ(all.find(mine.token), std::string::npos);
  EXPECT_EQ(all.find(text_of(secret.bytes)), std::string::npos);
  EXPECT_EQ(all.find(base64url(secret.bytes)), std::string::npos);
  // The token's last characters, whatever the alignment of its base64.
  EXPECT_EQ(all.find(mine.token.substr(mine.token.size() - 40)), std::string::npos);
}

TEST_F(Keys, ASessionRemovedBehindOurBackIsNeitherListedNorAccepted) {
  const Signed mine = site.mint(user);
  const Signed removed = site.mint(user);
  ASSERT_EQ(redis({"DEL", key_of(removed)}).integer, 1);
  EXPECT_EQ(ids_in(site.list(mine)), std::vector{mine.id});
  EXPECT_EQ(site.list(removed).status, 401);
  EXPECT_TRUE(redis({"ZSCORE", keys_of(mine) + "sessions", removed.id}).nil) << "the list drops it from the index";
  expect_problem(site.revoke(mine, removed.id), 404, "not_found");
}

TEST_F(Keys, ASessionThatTheIndexLacksSeesItselfInItsList) {
  const Signed mine = site.mint(user);
  const Signed other = site.mint(user);
  redis({"ZREM", keys_of(mine) + "sessions", mine.id});
  EXPECT_EQ(ids_in(site.list(mine)), (std::vector{other.id, mine.id}));
}

TEST_F(Keys, AListIsWholeAlsoWhereRedisRefusesToTidyTheIndex) {
  const Signed mine = site.mint(user);
  const Signed removed = site.mint(user);
  ASSERT_EQ(redis({"DEL", key_of(removed)}).integer, 1);
  redis({"CONFIG", "SET", "min-replicas-to-write", "1"});
  const Response listed = site.list(mine);
  redis({"CONFIG", "SET", "min-replicas-to-write", "0"});
  ASSERT_EQ(listed.status, 200) << listed.body;
  EXPECT_EQ(ids_in(listed), std::vector{mine.id});
}

TEST_F(Keys, AnythingElseInTheIndexIsSkipped) {
  const Signed mine = site.mint(user);
  for (const std::string member : {"", "x", "*", "../../etc/passwd", "01900000-0000-7000-8000-000000000000"}) {
    redis({"ZADD", keys_of(mine) + "sessions", "9e15", member});
  }
  EXPECT_EQ(ids_in(site.list(mine)), std::vector{mine.id});
}

TEST_F(Keys, AForeignValueInPlaceOfOneSessionHidesOnlyThatOne) {
  const Signed mine = site.mint(user);
  const Signed spoiled = site.mint(user);
  redis({"SET", key_of(spoiled), "no hash"});
  expect_problem(site.list(spoiled), 503, "internal_error");
  EXPECT_EQ(ids_in(site.list(mine)), std::vector{mine.id});
  EXPECT_EQ(site.get("/api/v1/u/me", mine).status, 200);
}

TEST_F(Keys, ADamagedSessionStaysInTheIndexAndEndsWithTheOthers) {
  const Signed mine = site.mint(user);
  const Signed damaged = site.mint(user);
  redis({"HDEL", key_of(damaged), "expires_at"});
  EXPECT_EQ(ids_in(site.list(mine)), std::vector{mine.id});
  EXPECT_FALSE(redis({"ZSCORE", keys_of(mine) + "sessions", damaged.id}).nil);
  EXPECT_EQ(site.web.send({"DELETE", "/api/v1/auth/sessions", {mine.bearer()}, {}}).body, R"({"revoked":1})");
  EXPECT_EQ(redis({"EXISTS", key_of(damaged)}).integer, 0);
}

TEST_F(Keys, AForeignValueKeepsNoOtherSessionAlive) {
  const Signed mine = site.mint(user);
  const Signed spoiled = site.mint(user);
  const Signed other = site.mint(user);
  redis({"SET", key_of(spoiled), "no hash"});
  EXPECT_EQ(site.web.send({"DELETE", "/api/v1/auth/sessions", {mine.bearer()}, {}}).body, R"({"revoked":2})");
  EXPECT_EQ(site.get("/api/v1/u/me", other).status, 401);
  EXPECT_EQ(redis({"EXISTS", key_of(spoiled)}).integer, 0);

  redis({"SET", keys_of(mine) + "sessions", "no sorted set"});
  EXPECT_EQ(site.revoke(mine, mine.id).status, 204);
  EXPECT_EQ(site.get("/api/v1/u/me", mine).status, 401);
  redis({"DEL", keys_of(mine) + "sessions"});
}

TEST_F(Keys, AForeignValueInPlaceOfTheOldestSessionGivesWayToANewOne) {
  Site small({"--max-sessions", "2"});
  RedisClient its_redis = small.redis.client();
  const Signed spoiled = small.mint(user);
  const Signed kept = small.mint(user);
  its_redis({"SET", key_of(spoiled), "no hash"});
  const Signed newest = small.mint(user);
  EXPECT_EQ(ids_in(small.list(newest)), (std::vector{newest.id, kept.id}));
}

TEST_F(Keys, AForeignValueInPlaceOfTheIndexIsAFaultOfTheStore) {
  const Signed mine = site.mint(user);
  const std::string me = site.get("/api/v1/u/me", mine).body;
  redis({"SET", keys_of(mine) + "sessions", "no sorted set"});
  expect_problem(site.list(mine), 503, "internal_error");
  const std::string renamed = minting_json(user_json(user, "renamed"));
  expect_problem(site.post_internal("/internal/v1/sessions", renamed), 503, "internal_error");
  EXPECT_EQ(site.get("/api/v1/u/me", mine).body, me) << "a minting that fails changes nothing";
}

TEST_F(Keys, GarbageInASessionsFieldsIsNeverTrusted) {
  const Signed mine = site.mint(user);
  for (const auto& [field, value] : std::vector<std::pair<std::string, std::string>>{
           {"kind", "root"}, {"expires_at", "yesterday"}, {"expires_at", "-1"}, {"expires_at", "9e99"}}) {
    const Signed spoiled = site.mint(user);
    redis({"HSET", key_of(spoiled), field, value});
    EXPECT_EQ(ids_in(site.list(mine)), std::vector{mine.id}) << field;
    redis({"DEL", key_of(spoiled)});
  }
  const Signed without_hash = site.mint(user);
  redis({"HDEL", key_of(without_hash), "secret_hash"});
  EXPECT_EQ(site.list(without_hash).status, 503);
  const Signed shortened = site.mint(user);
  redis({"HSET", key_of(shortened), "secret_hash", ""});
  EXPECT_EQ(site.list(shortened).status, 401);
}

}  // namespace
}  // namespace sessiond::test
