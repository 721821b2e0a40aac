// What about a Redis is unfavourable.
#include "redis/info.h"
#include "store/inspect.h"

#include <gtest/gtest.h>

#include <functional>

namespace sessiond {
namespace {

// A Redis as we recommend it.
ServerFacts sound() {
  ServerFacts facts;
  facts.version = "7.0.15";
  facts.mode = "standalone";
  facts.role = "master";
  facts.eviction = "noeviction";
  facts.append_only = true;
  facts.fsync = "always";
  facts.small_hash_value = 1024;
  return facts;
}

// What is found when only this is different.
std::vector<Finding> found(const std::function<void(ServerFacts&)>& change) {
  ServerFacts facts = sound();
  change(facts);
  return judge(facts);
}

void expect_one(const std::vector<Finding>& findings, bool serious, std::string_view word) {
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].serious, serious);
  EXPECT_NE(findings[0].text.find(word), std::string::npos) << findings[0].text;
}

TEST(Judge, FindsNothingAboutASoundRedis) { EXPECT_TRUE(judge(sound()).empty()); }

TEST(Judge, OfAReplicaSaysNothingOfReplicas) {
  ServerFacts facts = sound();
  facts.linked_replicas = 0;
  facts.least_replicas = 1;
  expect_one(judge(facts, {1, false}), true, "its replicas are 0");
  facts.role = "slave";
  expect_one(judge(facts, {1, false}), true, "read-only replica");
}

TEST(Judge, FindsWhatLosesSessionsSerious) {
  expect_one(found([](ServerFacts& f) { f.role = "slave"; }), true, "replica");
  expect_one(found([](ServerFacts& f) { f.eviction = "allkeys-lru"; }), true, "allkeys-lru");
  expect_one(found([](ServerFacts& f) { f.eviction = "volatile-ttl"; }), true, "volatile-ttl");
  expect_one(found([](ServerFacts& f) { f.append_only = false; }), true, "appendonly");
  expect_one(found([](ServerFacts& f) { f.refusal = "MISCONF says Redis"; }), true, "MISCONF says Redis");
  expect_one(found([](ServerFacts& f) {
               f.role = "slave";
               f.refusal = "READONLY";
             }),
             true, "replica");
}

TEST(Judge, FindsTheRestWorthKnowing) {
  expect_one(found([](ServerFacts& f) { f.fsync = "everysec"; }), false, "everysec");
  expect_one(found([](ServerFacts& f) { f.small_hash_value = 64; }), false, "64");
  expect_one(found([](ServerFacts& f) { f.clock_ahead_of_host = 3'600'000; }), false, "3600 s ahead");
  expect_one(found([](ServerFacts& f) { f.clock_ahead_of_host = -3'600'000; }), false, "clock");
}

TEST(Judge, SaysThatChangesWaitForADiskThatIsWrittenOnceASecond) {
  ServerFacts facts = sound();
  EXPECT_TRUE(judge(facts, {0, true}).empty());
  facts.fsync = "everysec";
  expect_one(judge(facts, {0, true}), false, "redis-fsync");
}

TEST(Judge, FindsNothingAboutWhatIsJustEnough) {
  EXPECT_TRUE(found([](ServerFacts& f) { f.small_hash_value = 512; }).empty());
  EXPECT_TRUE(found([](ServerFacts& f) { f.clock_ahead_of_host = 5000; }).empty());
  EXPECT_TRUE(found([](ServerFacts& f) { f.clock_ahead_of_host = -5000; }).empty());
}

TEST(Judge, SaysNothingOfWhatItWasNotTold) {
  EXPECT_TRUE(found([](ServerFacts& f) { f.fsync.reset(); }).empty());
  EXPECT_TRUE(found([](ServerFacts& f) {
                f.append_only.reset();
                f.fsync = "everysec";
              }).empty());
  EXPECT_TRUE(found([](ServerFacts& f) {
                f.eviction.reset();
                f.append_only.reset();
                f.fsync.reset();
                f.small_hash_value.reset();
              }).empty());
}

TEST(InfoValue, IsTheRestOfTheLineWithThatName) {
  const std::string info = "# Memory\r\nmaxmemory:0\r\nmaxmemory_policy:noeviction\r\n\r\nrole:master";
  EXPECT_EQ(info_value(info, "maxmemory_policy"), "noeviction");
  EXPECT_EQ(info_value(info, "maxmemory"), "0");
  EXPECT_EQ(info_value(info, "role"), "master");
  EXPECT_EQ(info_value(info, "max"), std::nullopt);
  EXPECT_EQ(info_value(info, "policy"), std::nullopt);
  EXPECT_EQ(info_value("", "role"), std::nullopt);
  EXPECT_EQ(info_value("role", "role"), std::nullopt);
}

TEST(FactsIn, AValkeyIsNamedWithItsOwnVersion) {
  const ServerFacts redis = facts_in("redis_version:8.0.2\r\nredis_mode:standalone\r\nrole:master\r\n");
  EXPECT_EQ(redis.product + " " + redis.version + ", " + redis.mode + ", " + redis.role, "Redis 8.0.2, standalone, master");
  const std::string valkey_info = "redis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:8.1.1\r\nserver_mode:standalone\r\nrole:slave\r\n";
  const ServerFacts valkey = facts_in(valkey_info);
  EXPECT_EQ(valkey.product + " " + valkey.version + ", " + valkey.mode + ", " + valkey.role, "Valkey 8.1.1, standalone, slave");
  // As it is with extended-redis-compatibility.
  EXPECT_EQ(facts_in("redis_version:7.2.4\r\nserver_name:redis\r\nvalkey_version:8.1.1\r\nredis_mode:cluster\r\n").mode, "cluster");
}

}  // namespace
}  // namespace sessiond
