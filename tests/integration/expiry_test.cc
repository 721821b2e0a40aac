// The end of a session's time.
#include <gtest/gtest.h>

#include "base/clock.h"
#include "integration/site.h"

namespace sessiond::test {
namespace {

class Expiry : public SiteTest {
 protected:
  RedisClient redis = site.redis.client();
};

TEST_F(Expiry, IsCountedFromTheMillisecondOfTheMinting) {
  for (int i = 0; i < 3; ++i) {  // one could have been minted at the turn of a second
    const long long before = redis.now();
    const Signed session = site.mint(user, {.ttl_seconds = 60});
    const long long after = redis.now();
    const auto fields = redis.hash(key_of(session));
    EXPECT_GE(minted_at(session), before);
    EXPECT_LE(minted_at(session), after);
    EXPECT_EQ(std::stoll(fields.at("expires_at")) - minted_at(session), 60'000);
  }
}

TEST_F(Expiry, ATokenIsGoodUntilItsMillisecondAndNoLonger) {
  const Signed lasting = site.mint(user);
  // On a busy machine a second may be over before the first question.
  Signed brief;
  std::string key;
  Millis expires_at = 0;
  for (int seconds = 1; expires_at < redis.now() + 500; seconds *= 2) {
    brief = site.mint(user, {.ttl_seconds = seconds});
    key = key_of(brief);
    const auto fields = redis.hash(key);
    if (!fields.empty()) expires_at = std::stoll(fields.at("expires_at"));
  }

  FastCgiClient worker(site.worker.public_socket());
  int accepted = 0;
  int refused = 0;
  // Each answer falls between two readings of Redis's clock, which tell what it had to be.
  for (Millis before = redis.now(); refused < 10;) {
    const int status = worker.ask(fastcgi::request("GET", "/api/v1/u/me", brief.token)).status;
    const Millis after = redis.now();
    if (after < expires_at) {
      ASSERT_EQ(status, 200) << expires_at - after << " ms before its end";
      ++accepted;
    } else if (before > expires_at) {
      ASSERT_EQ(status, 401) << before - expires_at << " ms after its end";
      ++refused;
    }
    before = after;
  }
  EXPECT_GT(accepted, 0);

  EXPECT_EQ(ids_in(site.list(lasting)), std::vector{lasting.id});
  expect_problem(site.revoke(lasting, brief.id), 404, "not_found");
  EXPECT_EQ(redis({"EXISTS", key}).integer, 0);
}

TEST_F(Expiry, OfTheLastSessionLeavesNothingBehind) {
  Signed mine;
  std::size_t keys = 0;
  // On a busy machine a second may be over before the keys are looked at.
  for (int seconds = 1; seconds <= 8 && keys == 0; seconds *= 2) {
    mine = site.mint(user, {.ttl_seconds = seconds});
    keys = redis.keys(keys_of(mine) + "*").size();
  }
  EXPECT_EQ(keys, 3U);
  const std::string index = keys_of(mine) + "sessions";
  // All three end in the same millisecond; the index stands for them.
  while (redis({"EXISTS", index}).integer == 1) {
  }
  EXPECT_EQ(redis.keys(keys_of(mine) + "*").size(), 0U);
}

TEST_F(Expiry, AMintingAfterItForgetsWhatIsOver) {
  const Signed brief = site.mint(user, {.ttl_seconds = 1});
  site.mint(user);
  while (redis({"EXISTS", key_of(brief)}).integer == 1) {
  }
  site.mint(user);
  EXPECT_TRUE(redis({"ZSCORE", keys_of(brief) + "sessions", brief.id}).nil);
}

}  // namespace
}  // namespace sessiond::test
