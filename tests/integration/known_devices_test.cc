// Which sign-ins are on a new device, by the events: a session of the user lives, or lived lately, on any other.
#include <gtest/gtest.h>

#include <map>

#include "integration/crowd.h"
#include "integration/devices.h"
#include "integration/document.h"
#include "integration/readiness.h"
#include "integration/redis_cluster.h"
#include "integration/site.h"

namespace sessiond::test {
namespace {

using Event = std::map<std::string, std::string>;

constexpr Millis kLonger = 90 * kDay;

std::vector<Event> events_in(RedisClient& redis, const std::string& stream = "sessiond:events") {
  std::vector<Event> events;
  for (const RedisAnswer& entry : redis({"XRANGE", stream, "-", "+"}).elements) {
    const std::vector<RedisAnswer>& words = entry.elements[1].elements;
    Event& event = events.emplace_back();
    for (std::size_t i = 0; i + 1 < words.size(); i += 2) event[words[i].text] = words[i + 1].text;
  }
  return events;
}

// Whether the event of this session's beginning calls its device new. What it says is `true`, and else nothing.
bool is_new(RedisClient& redis, const std::string& session) {
  for (const Event& event : events_in(redis)) {
    if (event.at("event") != "minted" || event.at("session") != session) continue;
    if (!event.contains("new_device")) return false;
    EXPECT_EQ(event.at("new_device"), "true");
    return true;
  }
  ADD_FAILURE() << "no event tells of " << session;
  return false;
}

std::string user_agent_of(const std::string& system, const std::string& version) {
  return "Mozilla/5.0 (" + system + "; rv:" + version + ") Gecko/20100101 Firefox/" + version;
}

class KnownDevices : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    site_ = std::make_unique<Site>(std::vector<std::string>{"--events-kept", "1h", "--known-devices", "90d", "--bar-users", "--log-format", "json", "--device-login",
                                                            kDevicePage, "--max-sessions", "200", "--dev-login"});
  }
  static void TearDownTestSuite() { site_.reset(); }

  Signed sign_in(const std::string& user_agent, const std::string& more = R"("ip":"203.0.113.7")") {
    return site.mint(user, {.user_agent = user_agent, .proof = more});
  }
  bool is_new(const Signed& session) { return test::is_new(redis, session.id); }
  std::vector<std::string> known(const Signed& session) {
    std::vector<std::string> all;
    for (const RedisAnswer& device : redis({"ZRANGE", devices_key_of(session), "0", "-1"}).elements) all.push_back(device.text);
    return all;
  }
  static std::string devices_key_of(const Signed& session) { return keys_of(session) + "known-devices"; }
  std::string newest_session() {
    std::string id;
    for (const Event& event : events_in(redis)) {
      if (event.at("event") == "minted") id = event.at("session");
    }
    return id;
  }

  inline static std::unique_ptr<Site> site_;
  Site& site = *site_;
  const std::string user = ::testing::UnitTest::GetInstance()->current_test_info()->name();
  RedisClient redis = site.redis.client();
  const std::string browser = user_agent_of("X11; Linux x86_64", "115.0");
};

TEST_F(KnownDevices, TheFirstSignInIsOnANewOne) { EXPECT_TRUE(is_new(sign_in(browser))); }

TEST_F(KnownDevices, ABrowserThatWasUpdatedIsKnownInTheSameNetwork) {
  sign_in(browser);
  EXPECT_FALSE(is_new(sign_in(user_agent_of("X11; Linux x86_64", "134.0.2"), R"("ip":"203.0.113.99")")));
}

TEST_F(KnownDevices, AnotherNetworkSystemFamilyOrNameIsNewAndThenKnown) {
  sign_in(browser);
  const std::vector<std::pair<std::string, std::string>> others = {{browser, R"("ip":"198.51.100.7")"},
                                                                   {browser, R"("ip":"2001:db8::1")"},
                                                                   {browser, R"("ip":null)"},
                                                                   {user_agent_of("Windows NT 10.0; Win64; x64", "115.0"), R"("ip":"203.0.113.7")"},
                                                                   {"curl/8", R"("ip":"203.0.113.7")"},
                                                                   {browser, R"("ip":"203.0.113.7","device":"Brave on Windows 11")"}};
  for (const auto& [user_agent, more] : others) EXPECT_TRUE(is_new(sign_in(user_agent, more))) << user_agent << more;
  for (const auto& [user_agent, more] : others) EXPECT_FALSE(is_new(sign_in(user_agent, more))) << user_agent << more;
  EXPECT_FALSE(is_new(sign_in(browser)));
}

TEST_F(KnownDevices, OfOneUserAreNotThoseOfAnother) {
  sign_in(browser);
  EXPECT_TRUE(is_new(site.mint(user + "-2", {.user_agent = browser, .proof = R"("ip":"203.0.113.7")"})));
}

TEST_F(KnownDevices, AreStillKnownAfterSigningOut) {
  const Signed mine = sign_in(browser);
  ASSERT_EQ(site.web.send({"POST", "/api/v1/auth/logout", {mine.bearer()}, {}}).status, 204);
  EXPECT_FALSE(is_new(sign_in(browser)));
}

TEST_F(KnownDevices, AreKnownForSoMuchLongerThanTheLongestSessionOnThemAndNoLongerKept) {
  const auto ends = [&](const Signed& session) { return std::stoll(redis({"ZRANGE", devices_key_of(session), "0", "-1", "WITHSCORES"}).elements[1].text); };
  const auto expires_at = [&](const Signed& session) { return std::stoll(redis.hash(key_of(session)).at("expires_at")); };
  const Signed first = site.mint(user, {.user_agent = browser, .ttl_seconds = 1000});
  EXPECT_EQ(ends(first), expires_at(first) + kLonger);
  const Signed longer = site.mint(user, {.user_agent = browser, .ttl_seconds = 2000});
  EXPECT_EQ(ends(longer), expires_at(longer) + kLonger);
  site.mint(user, {.user_agent = browser, .ttl_seconds = 10});
  EXPECT_EQ(ends(longer), expires_at(longer) + kLonger);
  EXPECT_EQ(redis({"PEXPIRETIME", devices_key_of(longer)}).integer, ends(longer));
}

TEST_F(KnownDevices, OfSignInsAtOnceOneIsNew) {
  const std::string body = minting_json(user_json(user), {.user_agent = browser});
  const std::string request = http1::request({{"REQUEST_METHOD", "POST"}, {"REQUEST_URI", "/internal/v1/sessions"}, {"CONTENT_TYPE", "application/json"}}, body);
  Crowd logins(site.worker.internal_socket(), 50);
  std::size_t count = 0;
  for (const Response& minted : logins.ask(request)) count += is_new(signed_by(minted)) ? 1 : 0;
  EXPECT_EQ(count, 1U);
}

TEST_F(KnownDevices, ASessionOfWhoActsAsSomebodyElseIsNeverNewAndMakesNoneKnown) {
  const Signed theirs = site.mint(user, {.user_agent = browser, .proof = R"("ip":"203.0.113.7")", .impersonator = "op-7"});
  EXPECT_FALSE(is_new(theirs));
  EXPECT_TRUE(known(theirs).empty());
  EXPECT_TRUE(is_new(sign_in(browser)));
}

TEST_F(KnownDevices, AProgramThatAPersonConnectsIsADeviceToo) {
  const Signed mine = sign_in(browser);
  const auto redeem = [&](const std::string& user_agent) {
    const Response granted = site.web.send({"POST", "/api/v1/auth/cli/request-grant", {mine.bearer()}, {}});
    const std::string code = Document(granted.body)["code"].GetString();
    EXPECT_EQ(site.web.send({"POST", "/api/v1/auth/cli/redeem", {"Content-Type: application/json", "User-Agent: " + user_agent}, R"({"code":")" + code + R"("})"}).status, 200);
    return test::is_new(redis, newest_session());
  };
  EXPECT_TRUE(redeem("path-cli/0.8.1"));
  EXPECT_FALSE(redeem("path-cli/0.9"));
  const Devices devices(site.worker.public_socket());
  const auto connect = [&] {
    const Waiting waiting = devices.begin();
    EXPECT_EQ(devices.decide("approve", waiting.user_code, mine).status, 204);
    EXPECT_EQ(devices.poll(waiting.device_code, "path-cli", "tv/1").status, 200);
    return test::is_new(redis, newest_session());
  };
  EXPECT_TRUE(connect());
  EXPECT_FALSE(connect());
}

TEST_F(KnownDevices, AreForgottenWhenAnOperatorEndsAllSessionsOfTheUser) {
  Signed mine = sign_in(browser);
  ASSERT_EQ(site.web.send({"POST", "/api/v1/auth/logout", {mine.bearer()}, {}}).status, 204);
  const std::string path = "/internal/v1/users/" + user;
  const auto operate = [&](const std::string& method, const std::string& what) { return site.operators.send({method, path + what, {}, {}}).status; };
  ASSERT_EQ(operate("DELETE", "/sessions"), 200);
  EXPECT_EQ(redis({"EXISTS", devices_key_of(mine)}).integer, 0) << "so nothing of the person is left";
  mine = sign_in(browser);
  EXPECT_TRUE(is_new(mine)) << "whoever it was is not known either";
  ASSERT_EQ(operate("POST", "/disable"), 200);
  ASSERT_EQ(operate("POST", "/enable"), 204);
  EXPECT_TRUE(is_new(sign_in(browser)));
  Process revoking({worker_program(), "revoke", user, "--all", "--config", "/dev/null", "--redis", site.redis.socket()}, site.folder / "revoking");
  ASSERT_EQ(revoking.wait(), 0);
  EXPECT_EQ(redis({"EXISTS", devices_key_of(mine)}).integer, 0) << "also by a command that knows of no option";
}

TEST_F(KnownDevices, AreNotForgottenWhenOnlySomeSessionsEnd) {
  const Signed mine = sign_in(browser);
  const Signed other = sign_in(browser);
  const std::string path = "/internal/v1/users/" + user + "/sessions";
  ASSERT_EQ(site.revoke(mine, other.id).status, 204);
  ASSERT_EQ(site.web.send({"DELETE", "/api/v1/auth/sessions", {mine.bearer()}, {}}).status, 200);
  for (const std::string some : {"?kind=cli", "?user_agent=nobody", "?kind=web"}) {
    ASSERT_EQ(site.operators.send({"DELETE", path + some, {}, {}}).status, 200);
    EXPECT_EQ(known(mine).size(), 1U) << some;
  }
  const Signed again = sign_in(browser);
  ASSERT_EQ(site.operators.send({"DELETE", path + "?except=" + again.id, {}, {}}).status, 200);
  EXPECT_EQ(known(mine).size(), 1U);
}

TEST_F(KnownDevices, AreSixtyFourAtMostAndTheOneJustUsedIsOneOfThem) {
  const auto name = [](int i) { return std::string("browser-") + static_cast<char>('a' + i / 10) + static_cast<char>('a' + i % 10); };
  Signed last;
  for (int i = 0; i < 70; ++i) last = site.mint(user, {.user_agent = name(i), .ttl_seconds = 1000 + i});
  EXPECT_EQ(known(last).size(), 64U);
  EXPECT_TRUE(is_new(site.mint(user, {.user_agent = name(0), .ttl_seconds = 10}))) << "it was the first to go";
  EXPECT_FALSE(is_new(site.mint(user, {.user_agent = name(0), .ttl_seconds = 10}))) << "though all others are known for longer";
  EXPECT_FALSE(is_new(site.mint(user, {.user_agent = name(69)})));
  EXPECT_EQ(known(last).size(), 64U);
}

TEST_F(KnownDevices, ShowNoUserAgentAndNoAddressInRedis) {
  const Signed mine = sign_in("curl/8");
  const std::vector<std::string> all = known(mine);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].size(), 22U);
  EXPECT_EQ(redis({"HEXISTS", key_of(mine), "known_device"}).integer, 0) << "the session itself does not say it";
}

TEST_F(KnownDevices, WhatStandsInTheirPlaceHindersNobody) {
  const Signed mine = sign_in(browser);
  redis({"SET", devices_key_of(mine), "foreign"});
  EXPECT_TRUE(is_new(sign_in(browser)));
  EXPECT_EQ(redis({"GET", devices_key_of(mine)}).text, "foreign");
}

TEST_F(KnownDevices, AreToldInTheTrailAndByCommandToo) {
  const auto record_of = [&](const Signed& session) {
    const std::string log = site.worker.log();
    const std::size_t at = log.find("minted web session " + session.id);
    return log.substr(at, log.find('\n', at) - at);
  };
  const Signed first = sign_in(browser);
  const Signed second = sign_in(browser);
  site.worker.process().wait_until([&] { return site.worker.log().find(second.id) != std::string::npos; }, "the records");
  EXPECT_NE(record_of(first).find(R"("new_device":"true")"), std::string::npos) << record_of(first);
  EXPECT_EQ(record_of(second).find("new_device"), std::string::npos) << record_of(second);
  Process asked({worker_program(), "events", "--config", "/dev/null", "--redis", site.redis.socket(), "--events-kept", "1h"}, site.folder / "asked");
  ASSERT_EQ(asked.wait(), 0);
  EXPECT_NE(asked.said().find("session=" + first.id + " kind=web new_device=true\n"), std::string::npos) << asked.said();
  EXPECT_NE(asked.said().find("session=" + second.id + " kind=web\n"), std::string::npos) << asked.said();

  const auto mint = [&](const std::string& name) {
    Process minting({worker_program(), "mint", user, "--kind", "cli", "--token-file", site.folder / (name + ".token"), "--config", "/dev/null", "--redis",
                     site.redis.socket(), "--events-kept", "1h", "--known-devices", "90d", "--log-format", "json"},
                    site.folder / name);
    EXPECT_EQ(minting.wait(), 0) << minting.log();
    return minting.log().find("new_device") != std::string::npos;
  };
  EXPECT_TRUE(mint("one"));
  EXPECT_FALSE(mint("two"));
}

TEST_F(KnownDevices, AreNotWhatEndedForANewOne) {
  const Signed mine = sign_in(browser);
  const Signed next = site.mint(user, {.user_agent = "curl/8", .replaces = mine.id});
  EXPECT_TRUE(is_new(next));
  for (const Event& event : events_in(redis)) {
    EXPECT_FALSE(event.at("event") == "ended" && event.contains("new_device"));
  }
  site.worker.process().wait_until([&] { return site.worker.log().find(R"("reason":"replaced")") != std::string::npos; }, "the record");
  const std::string log = site.worker.log();
  const std::size_t at = log.find(R"("reason":"replaced")");
  EXPECT_EQ(log.substr(at, log.find('\n', at) - at).find("new_device"), std::string::npos);
}

TEST(KnownDevicesForAShortTime, AreNewAgainOnceTheirTimeIsOver) {
  Site site({"--events-kept", "1h", "--known-devices", "1s"});
  RedisClient redis = site.redis.client();
  const Wanted wanted{.user_agent = "curl/8", .ttl_seconds = 1};
  const Signed mine = site.mint("alice", wanted);
  EXPECT_TRUE(is_new(redis, mine.id));
  site.worker.process().wait_until([&] { return redis({"EXISTS", key_of(mine)}).integer == 0; }, "the end of the session");
  EXPECT_EQ(redis({"EXISTS", keys_of(mine) + "known-devices"}).integer, 1) << "a second longer";
  // One of several goes alone.
  const Signed lasting = site.mint("alice", {.user_agent = "Firefox", .ttl_seconds = 1000});
  site.worker.process().wait_until(
      [&] {
        const RedisAnswer first = redis({"ZRANGE", keys_of(mine) + "known-devices", "0", "0", "WITHSCORES"});
        return redis.now() > std::stoll(first.elements[1].text);
      },
      "the end of the first device's time");
  EXPECT_TRUE(is_new(redis, site.mint("alice", wanted).id));
  EXPECT_FALSE(is_new(redis, site.mint("alice", {.user_agent = "Firefox"}).id));
  EXPECT_TRUE(is_new(redis, lasting.id));
}

TEST(KnownDevicesOff, LeaveNothingInRedisAndNoEventCallsOneNew) {
  Site site({"--events-kept", "1h"});
  RedisClient redis = site.redis.client();
  const Signed mine = site.mint("alice", {.user_agent = "curl/8", .proof = R"("ip":"203.0.113.7")"});
  EXPECT_FALSE(is_new(redis, mine.id));
  EXPECT_EQ(redis.keys(), (std::vector<std::string>{"sessiond:events", key_of(mine), keys_of(mine) + "sessions", keys_of(mine) + "user"}));
  EXPECT_EQ(redis.hash(key_of(mine)).size(), 5U) << "user_id, kind, expires_at, secret_hash and user_agent";
  EXPECT_EQ(site.worker.log().find("new_device"), std::string::npos);
}

TEST(KnownDevicesInACluster, AreKeptWithTheirUser) {
  RedisCluster cluster;
  TempDir folder;
  std::vector<std::string> options = cluster.worker_options();
  options.insert(options.end(), {"--events-kept", "1h", "--known-devices", "90d", "--store-timeout", "3", "--log-format", "json"});
  Worker worker(folder, options);
  wait_until_ready(worker);
  const auto mint = [&](const std::string& user) { return signed_by(HttpPeer(worker.internal_socket()).ask(minting_request(user))); };
  for (int i = 0; i < 10; ++i) {
    const Signed first = mint("user-" + std::to_string(i));
    mint("user-" + std::to_string(i));
    RedisClient redis = cluster.owner(cluster.slot_of(keys_of(first))).client();
    EXPECT_EQ(redis({"ZCARD", keys_of(first) + "known-devices"}).integer, 1);
  }
  const auto count = [&] {
    std::size_t found = 0;
    const std::string log = worker.log();
    for (std::size_t at = log.find(R"("new_device":"true")"); at != std::string::npos; at = log.find(R"("new_device":"true")", at + 1)) ++found;
    return found;
  };
  worker.process().wait_until([&] { return count() >= 10; }, "the records");
  EXPECT_EQ(count(), 10U);
}

}  // namespace
}  // namespace sessiond::test
