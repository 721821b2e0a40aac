// RFC 8628: a CLI begins the conversation and waits; a person decides in a browser.
#include "integration/devices.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <set>
#include <thread>

#include "integration/document.h"
#include "integration/redis_client.h"
#include "integration/redis_cluster.h"
#include "integration/readiness.h"
#include "session/device.h"

namespace sessiond::test {
namespace {

const std::vector<std::string> kDeviceOptions = {"--device-login", kDevicePage, "--redeem-failures", "1000000"};

std::vector<std::string> with(std::vector<std::string> options) {
  options.insert(options.end(), kDeviceOptions.begin(), kDeviceOptions.end());
  return options;
}

class Device : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { site_ = std::make_unique<Site>(kDeviceOptions); }
  static void TearDownTestSuite() { site_.reset(); }

  // As if the client had waited.
  void pass_interval(const Waiting& waiting) { redis({"HSET", key_of(waiting), "due", "0"}); }

  // The session that an answer gives.
  static Signed connected(const Response& response) {
    EXPECT_EQ(response.status, 200) << response.body;
    return {"", response.status == 200 ? Document(response.body)["access_token"].GetString() : "", ""};
  }

  inline static std::unique_ptr<Site> site_;
  Site& site = *site_;
  const std::string user = ::testing::UnitTest::GetInstance()->current_test_info()->name();
  Devices devices{site.worker.public_socket()};
  RedisClient redis = site.redis.client();
};

TEST_F(Device, BeginsWithTwoCodesAndAPageForPeople) {
  const Response response = devices.post_form("/oauth/device_authorization", "client_id=path-cli");
  ASSERT_EQ(response.status, 200) << response.body;
  const Document codes(response.body);
  EXPECT_EQ(codes.root().MemberCount(), 6U);
  const std::string user_code = codes["user_code"].GetString();
  EXPECT_EQ(user_code.size(), 9U);
  EXPECT_EQ(user_code[4], '-');
  EXPECT_EQ(user_code.find_first_not_of("ABCDEFGHJKLMNPQRSTUVWXYZ23456789-"), std::string::npos) << user_code;
  EXPECT_EQ(std::string(codes["device_code"].GetString()).size(), 64U);
  EXPECT_STREQ(codes["verification_uri"].GetString(), kDevicePage);
  EXPECT_EQ(codes["verification_uri_complete"].GetString(), std::string(kDevicePage) + "#user_code=" + user_code) << "no server is sent a fragment";
  EXPECT_EQ(codes["expires_in"].GetInt(), 600);
  EXPECT_EQ(codes["interval"].GetInt(), 5);
}

TEST_F(Device, ThatIsApprovedGetsOneCliSessionOfItsOwn) {
  const Signed browser = site.mint(user);
  const Waiting waiting = devices.begin();
  expect_oauth(devices.poll(waiting.device_code), 400, "authorization_pending");
  ASSERT_EQ(devices.decide("approve", waiting.user_code, browser).status, 204);
  pass_interval(waiting);
  const Response response = devices.poll(waiting.device_code, "path-cli", "path-cli/0.9 (Linux)");
  const Signed cli = connected(response);
  EXPECT_TRUE(cli.token.starts_with("pat_"));
  const Document answer(response.body);
  EXPECT_EQ(answer.root().MemberCount(), 3U);
  EXPECT_STREQ(answer["token_type"].GetString(), "Bearer");
  EXPECT_EQ(answer["expires_in"].GetInt64(), 90LL * 24 * 3600);
  EXPECT_EQ(response.header("pragma"), "no-cache");
  EXPECT_EQ(response.header("set-cookie"), std::nullopt);

  const Document list(site.list(cli).body);
  ASSERT_EQ(list.root().Size(), 2U);
  EXPECT_STREQ(list.root()[0]["kind"].GetString(), "cli");
  EXPECT_STREQ(list.root()[0]["user_agent"].GetString(), "path-cli/0.9 (Linux)");
  EXPECT_TRUE(list.root()[0]["is_current"].GetBool());
  expect_oauth(devices.poll(waiting.device_code), 400, "expired_token");
  EXPECT_EQ(ids_in(site.list(browser)).size(), 2U);
  EXPECT_TRUE(redis.keys(key_of(waiting)).empty());
}

TEST_F(Device, IsShownAsWhatItSaysThatItIs) {
  const Waiting waiting = devices.begin("p%C3%A4th+%22cli%22");
  std::string typed = " " + waiting.user_code + "\\n";
  std::ranges::transform(typed, typed.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const Response found = devices.decide("find", typed, site.mint(user));
  ASSERT_EQ(found.status, 200) << found.body;
  const Document device(found.body);
  EXPECT_EQ(device.root().MemberCount(), 5U) << found.body;
  EXPECT_STREQ(device["client_id"].GetString(), "p\xC3\xA4th \"cli\"");
  EXPECT_STREQ(device["user_agent"].GetString(), "path-cli/0.8 (macOS)");
  EXPECT_STREQ(device["place"].GetString(), "Oslo, NO");
  const auto fields = redis.hash(key_of(waiting));
  EXPECT_EQ(device["created_at"].GetString(), rfc3339(std::stoll(fields.at("created_at"))).string());
  EXPECT_EQ(device["expires_at"].GetString(), rfc3339(std::stoll(fields.at("created_at")) + 600'000).string());
  EXPECT_FALSE(fields.contains("ip")) << "record-ip is off";
}

TEST(DeviceElsewhere, IsShownWithItsAddressAsFarAsThatIsRecorded) {
  for (const auto& [how, shown] : {std::pair{"full", "203.0.113.7"}, {"truncated", "203.0.113.0/24"}}) {
    Site site(with({"--record-activity", "--record-ip", how}));
    const Devices devices(site.worker.public_socket());
    const Response found = devices.decide("find", devices.begin().user_code, site.mint("alice"));
    EXPECT_STREQ(Document(found.body)["ip"].GetString(), shown);
  }
}

TEST_F(Device, ThatPollsTooEarlyIsToldToWaitLongerEachTime) {
  const Waiting waiting = devices.begin();
  expect_oauth(devices.poll(waiting.device_code), 400, "authorization_pending");
  const auto due = [&] { return std::stoll(redis.hash(key_of(waiting)).at("due")); };
  EXPECT_GT(due() - redis.now(), 4'000) << "five seconds, less the half that a timer may be wrong by";
  EXPECT_LE(due() - redis.now(), 4'500);
  expect_oauth(devices.poll(waiting.device_code), 400, "slow_down");
  EXPECT_GT(due() - redis.now(), 9'000);
  EXPECT_LE(due() - redis.now(), 9'500);
  pass_interval(waiting);
  expect_oauth(devices.poll(waiting.device_code), 400, "authorization_pending");
  EXPECT_GT(due() - redis.now(), 9'000) << "and for all that follow";

  ASSERT_EQ(devices.decide("approve", waiting.user_code, site.mint(user)).status, 204);
  for (int i = 0; i < 20; ++i) expect_oauth(devices.poll(waiting.device_code), 400, "slow_down");
  EXPECT_LE(due() - redis.now(), 60'000) << "a minute at most";
  pass_interval(waiting);
  EXPECT_EQ(devices.poll(waiting.device_code).status, 200) << "what was approved waits for it";
}

TEST_F(Device, ThatIsRefusedStaysRefused) {
  const Signed browser = site.mint(user);
  const Waiting waiting = devices.begin();
  ASSERT_EQ(devices.decide("deny", waiting.user_code, browser).status, 204);
  expect_oauth(devices.poll(waiting.device_code), 400, "access_denied");
  for (const char* what : {"find", "approve", "deny"}) expect_problem(devices.decide(what, waiting.user_code, browser), 404, "not_found");
  pass_interval(waiting);
  expect_oauth(devices.poll(waiting.device_code), 400, "access_denied");
  EXPECT_EQ(ids_in(site.list(browser)), std::vector{browser.id});
}

TEST_F(Device, ThatIsApprovedIsDecided) {
  const Signed browser = site.mint(user);
  const Waiting waiting = devices.begin();
  ASSERT_EQ(devices.decide("approve", waiting.user_code, browser).status, 204);
  const Signed other = site.mint(user + " and another");
  for (const char* what : {"find", "approve", "deny"}) expect_problem(devices.decide(what, waiting.user_code, other), 404, "not_found");
  const Signed cli = connected(devices.poll(waiting.device_code));
  EXPECT_EQ(ids_in(site.list(cli)).size(), 2U) << "its user is who approved";
  EXPECT_EQ(ids_in(site.list(browser)).size(), 2U);
}

TEST_F(Device, PollsThatComeAtOnceGetOneToken) {
  const Signed browser = site.mint(user);
  const Waiting waiting = devices.begin();
  ASSERT_EQ(devices.decide("approve", waiting.user_code, browser).status, 204);
  std::atomic<int> won{0};
  {
    std::vector<std::jthread> clients;
    for (int i = 0; i < 50; ++i) {
      clients.emplace_back([&] {
        // The interval alone would let one in: here it lets all.
        RedisClient own = site.redis.client();
        if (own({"HEXISTS", key_of(waiting), "status"}).integer == 1) own({"HSET", key_of(waiting), "due", "0"});
        if (devices.poll(waiting.device_code).status == 200) ++won;
      });
    }
  }
  EXPECT_EQ(won, 1);
  EXPECT_EQ(ids_in(site.list(browser)).size(), 2U);
}

// Redis answers with what was read before another poll has used the approval up, or a key could not be deleted.
TEST_F(Device, AnApprovalIsUsedOnceAlsoWhereItsKeyIsKept) {
  const Signed browser = site.mint(user);
  const Waiting waiting = devices.begin();
  ASSERT_EQ(devices.decide("approve", waiting.user_code, browser).status, 204);
  const std::string row = redis({"DUMP", key_of(waiting)}).text;
  static_cast<void>(connected(devices.poll(waiting.device_code)));
  ASSERT_EQ(redis({"RESTORE", key_of(waiting), "60000", row}).text, "OK");
  expect_oauth(devices.poll(waiting.device_code), 400, "expired_token");
  EXPECT_EQ(ids_in(site.list(browser)).size(), 2U);
}

TEST_F(Device, AnApprovalEndsWithTheSessionThatGaveIt) {
  const Signed mine = site.mint(user);
  const Signed other = site.mint(user);
  const Waiting waiting = devices.begin();
  ASSERT_EQ(devices.decide("approve", waiting.user_code, other).status, 204);
  const std::string row = redis({"DUMP", key_of(waiting)}).text;
  ASSERT_EQ(site.revoke(mine, other.id).status, 204);
  EXPECT_TRUE(redis.keys(key_of(waiting)).empty());
  expect_oauth(devices.poll(waiting.device_code), 400, "expired_token");
  ASSERT_EQ(redis({"RESTORE", key_of(waiting), "60000", row}).text, "OK");
  expect_oauth(devices.poll(waiting.device_code), 400, "expired_token");
  EXPECT_EQ(ids_in(site.list(mine)), std::vector{mine.id});
}

// Whichever is first, whoever signs out has connected nothing that could still come.
TEST_F(Device, AnApprovalThatMeetsTheEndOfItsSessionConnectsNobody) {
  const Signed mine = site.mint(user);
  std::map<std::string, int> told;
  for (int i = 0; i < 150; ++i) {
    const Signed other = site.mint(user);
    const Waiting waiting = devices.begin();
    {
      const std::jthread approving([&] { static_cast<void>(devices.decide("approve", waiting.user_code, other)); });
      ASSERT_EQ(site.revoke(mine, other.id).status, 204);
    }
    const Response polled = devices.poll(waiting.device_code);
    ASSERT_EQ(polled.status, 400) << polled.body;
    ++told[Document(polled.body)["error"].GetString()];
  }
  EXPECT_EQ(told["authorization_pending"] + told["expired_token"], 150);
  EXPECT_EQ(ids_in(site.list(mine)), std::vector{mine.id});
}

TEST_F(Device, AnApprovalEndsWithASessionThatExpires) {
  const Signed brief = site.mint(user, {.ttl_seconds = 1});
  const Signed other = site.mint(user);
  const Waiting waiting = devices.begin();
  ASSERT_EQ(devices.decide("approve", waiting.user_code, brief).status, 204);
  const std::string session = key_of(brief);
  site.worker.process().wait_until([&] { return redis({"EXISTS", session}).integer == 0; }, "the session's end");
  expect_oauth(devices.poll(waiting.device_code), 400, "expired_token");
  EXPECT_EQ(ids_in(site.list(other)), std::vector{other.id});
}

TEST_F(Device, OnlyABrowsersSessionDecides) {
  const Signed cli = site.mint(user, {.kind = "cli"});
  const Waiting waiting = devices.begin();
  for (const char* what : {"find", "approve", "deny"}) expect_problem(devices.decide(what, waiting.user_code, cli), 403, "forbidden");
  expect_oauth(devices.poll(waiting.device_code), 400, "authorization_pending");
}

TEST_F(Device, ItsCodesExpire) {
  Site brief(with({"--grant-lifetime", "1s"}));
  const Devices there(brief.worker.public_socket());
  RedisClient its = brief.redis.client();
  const Signed browser = brief.mint(user);
  const Waiting waiting = there.begin();
  brief.worker.process().wait_until([&] { return its.keys("sessiond:grant:*").empty(); }, "the code's end");
  expect_oauth(there.poll(waiting.device_code), 400, "expired_token");
  for (const char* what : {"find", "approve", "deny"}) expect_problem(there.decide(what, waiting.user_code, browser), 404, "not_found");
}

TEST_F(Device, SessionsCountTowardsTheCapAndEndWhenTheyAreSilent) {
  Site capped(with({"--max-cli-sessions", "1", "--cli-idle", "1h", "--cli-lifetime", "7d"}));
  const Devices there(capped.worker.public_socket());
  const Signed browser = capped.mint(user);
  std::string ended;
  for (int i = 0; i < 2; ++i) {
    const Waiting waiting = there.begin();
    ASSERT_EQ(there.decide("approve", waiting.user_code, browser).status, 204);
    const Response response = there.poll(waiting.device_code);
    EXPECT_EQ(Document(response.body)["expires_in"].GetInt64(), 7LL * 24 * 3600);
    const Document list(capped.list(connected(response)).body);
    ASSERT_EQ(list.root().Size(), 2U);
    EXPECT_TRUE(list.root()[0].HasMember("idle_expires_at"));
    EXPECT_NE(list.root()[0]["id"].GetString(), ended);
    ended = list.root()[0]["id"].GetString();
  }
  EXPECT_TRUE(capped.worker.says(": the cap of cli sessions is 1"));
}

// The forms of a poll, and what is said of each.
TEST_F(Device, WhatIsNotRightIsToldInOAuthsWords) {
  const Waiting waiting = devices.begin();
  const std::string good = "grant_type=urn:ietf:params:oauth:grant-type:device_code&client_id=path-cli&device_code=" + waiting.device_code;
  const auto without = [&](const std::string& name) {
    const std::size_t at = good.find(name + "=");
    const std::size_t end = good.find('&', at);
    return good.substr(0, at) + (end == std::string::npos ? "" : good.substr(end + 1));
  };
  for (const char* name : {"grant_type", "client_id", "device_code"}) {
    expect_oauth(devices.post_form("/oauth/token", without(name)), 400, "invalid_request");
    expect_oauth(devices.post_form("/oauth/token", good + "&" + name + "=x"), 400, "invalid_request");
  }
  expect_oauth(devices.post_form("/oauth/token", without("grant_type") + "&grant_type=authorization_code"), 400, "unsupported_grant_type");
  expect_oauth(devices.post_form("/oauth/token", without("grant_type") + "&grant_type=" + std::string(300, 'x')), 400, "unsupported_grant_type");
  for (const std::string& code : {std::string("x"), waiting.device_code + "A", waiting.device_code.substr(1), waiting.user_code}) {
    expect_oauth(devices.poll(code), 400, "invalid_grant");
  }
  for (const std::string& client_id : {std::string("%0A"), std::string(65, 'x'), std::string("%FF"), std::string("+")}) {
    expect_oauth(devices.poll(waiting.device_code, client_id), 400, "invalid_request");
    expect_oauth(devices.post_form("/oauth/device_authorization", "client_id=" + client_id), 400, "invalid_request");
  }
  expect_oauth(devices.post_form("/oauth/device_authorization", "client_id=" + std::string(60'000, 'x')), 413, "invalid_request");
  FastCgiClient worker(site.worker.public_socket());
  expect_oauth(worker.ask(fastcgi::post("/oauth/token", "{}")), 415, "invalid_request");
  EXPECT_FALSE(redis.hash(key_of(waiting)).contains("due")) << "none of these was a poll";
}

TEST_F(Device, ItsDeviceCodeIsItsOwn) {
  const Signed browser = site.mint(user);
  const Waiting waiting = devices.begin();
  ASSERT_EQ(devices.decide("approve", waiting.user_code, browser).status, 204);
  expect_oauth(devices.poll(waiting.device_code, "another-cli"), 400, "invalid_grant");
  // Who has read the user code knows all of it but the secret.
  DeviceCode forged = parse_device_code(waiting.device_code).value();
  for (const std::size_t byte : {0U, 31U}) {
    forged.secret.bytes[byte] ^= 1;
    expect_oauth(devices.poll(format_device_code(forged)), 400, "expired_token");
    forged.secret.bytes[byte] ^= 1;
  }
  const Waiting second = devices.begin();
  DeviceCode mixed = parse_device_code(second.device_code).value();
  mixed.name = forged.name;
  expect_oauth(devices.poll(format_device_code(mixed)), 400, "expired_token");
  EXPECT_EQ(devices.poll(waiting.device_code).status, 200) << "nobody else's poll delays its own";
}

TEST_F(Device, AUserCodeIsNoCodeOfABrowserNorTheOtherWayRound) {
  const Signed browser = site.mint(user);
  const Waiting waiting = devices.begin();
  FastCgiClient worker(site.worker.public_socket());
  const auto redeem = [&](const std::string& code) { return worker.ask(fastcgi::post("/api/v1/auth/cli/redeem", "{\"code\":\"" + code + "\"}")); };
  EXPECT_EQ(redeem(waiting.user_code).status, 401);
  ASSERT_EQ(devices.decide("approve", waiting.user_code, browser).status, 204);
  EXPECT_EQ(redeem(waiting.user_code).status, 401);
  const std::string code = Document(worker.ask(fastcgi::post("/api/v1/auth/cli/request-grant", "", browser.token)).body)["code"].GetString();
  for (const char* what : {"find", "approve", "deny"}) expect_problem(devices.decide(what, code, browser), 404, "not_found");
  EXPECT_EQ(redeem(code).status, 200);
  EXPECT_EQ(devices.poll(waiting.device_code).status, 200);
}

TEST_F(Device, WrongCodesPushOutNoGrant) {
  const Signed browser = site.mint(user);
  const Waiting waiting = devices.begin();
  ASSERT_EQ(devices.decide("approve", waiting.user_code, browser).status, 204);
  for (int i = 0; i < 6; ++i) expect_problem(devices.decide("approve", "ABCD-EFG" + std::to_string(i + 2), browser), 404, "not_found");
  EXPECT_EQ(devices.poll(waiting.device_code).status, 200);
}

TEST_F(Device, OfItsCodesOnlyHashesAreStoredAndNothingIsLogged) {
  const Signed browser = site.mint(user);
  const Waiting waiting = devices.begin();
  expect_oauth(devices.poll(waiting.device_code), 400, "authorization_pending");
  ASSERT_EQ(devices.decide("find", waiting.user_code, browser).status, 200);
  ASSERT_EQ(devices.decide("approve", waiting.user_code, browser).status, 204);
  const DeviceCode code = parse_device_code(waiting.device_code).value();
  const std::string bare = waiting.user_code.substr(0, 4) + waiting.user_code.substr(5);
  const std::set<std::string> secrets = {waiting.user_code, bare, waiting.device_code.substr(22), std::string(text_of(code.secret.bytes))};
  for (const std::string& key : redis.keys()) {
    for (const auto& secret : secrets) {
      EXPECT_EQ(key.find(secret), std::string::npos);
      if (redis({"TYPE", key}).text != "hash") continue;
      for (const auto& [field, value] : redis.hash(key)) EXPECT_EQ(value.find(secret), std::string::npos) << key << " " << field;
    }
  }
  pass_interval(waiting);
  const Signed cli = connected(devices.poll(waiting.device_code));
  ASSERT_TRUE(site.worker.says("session " + browser.id + " let a device be connected"));
  ASSERT_TRUE(site.worker.says("connected a device as cli session " + ids_in(site.list(cli)).at(0)));
  for (const auto& secret : secrets) EXPECT_EQ(site.worker.log().find(secret), std::string::npos);
  EXPECT_EQ(site.worker.log().find(waiting.device_code), std::string::npos);
  EXPECT_EQ(site.worker.log().find(cli.token), std::string::npos);
}

TEST(DeviceCodes, AreNoMoreAtOnceThanTheOptionSays) {
  Site site(with({"--device-codes", "2", "--grant-lifetime", "3s"}));
  const Devices devices(site.worker.public_socket());
  const auto begin = [&] { return devices.post_form("/oauth/device_authorization", "client_id=x"); };
  RedisClient redis = site.redis.client();
  const Waiting first = waiting_of(begin());
  const long long since = std::stoll(redis.hash(key_of(first)).at("created_at"));
  site.worker.process().wait_until([&] { return redis.now() > since + 1'500; }, "a while");
  const Waiting second = waiting_of(begin());
  const Response refused = begin();
  expect_oauth(refused, 429, "temporarily_unavailable");
  EXPECT_TRUE(refused.header("retry-after"));
  EXPECT_EQ(redis.keys("sessiond:grant:*").size(), 2U);
  site.worker.process().wait_until([&] { return redis.keys(key_of(first)).empty(); }, "the end of the first");
  site.worker.process().wait_until([&] { return begin().status == 200; }, "its place");
  EXPECT_EQ(redis.keys(key_of(second)).size(), 1U) << "which comes back by itself";
  EXPECT_EQ(redis({"ZCARD", "sessiond:devices"}).integer, 2);
  site.worker.process().wait_until([&] { return redis.keys("sessiond:*").empty(); }, "the end of all");
}

// The worker's own script is heard of and run again, as another worker does that draws the same code.
TEST_F(Device, AUserCodeThatIsDrawnTwiceTakesNobodysPlace) {
  const Waiting waiting = devices.begin();
  const auto before = redis.hash(key_of(waiting));
  RedisClient monitor = site.redis.client();
  monitor({"MONITOR"});
  ASSERT_NE(devices.begin().user_code, waiting.user_code);
  std::string heard;
  while (heard.find("\"EVALSHA\"") == std::string::npos || heard.find("sessiond:grant:device:") == std::string::npos) heard = monitor.listen().text;
  const std::string sha = heard.substr(heard.find("\"EVALSHA\" \"") + 11, 40);
  const RedisAnswer answer = redis({"EVALSHA", sha, "1", key_of(waiting), "1000", "client_id", "another"});
  ASSERT_EQ(answer.elements.size(), 2U) << heard << answer.text;
  EXPECT_EQ(answer.elements[0].integer, 0);
  EXPECT_EQ(redis.hash(key_of(waiting)), before);
}

TEST(DeviceOff, ThereIsNothing) {
  Site site;
  const Signed browser = site.mint("alice");
  for (const std::string path : {"/oauth/device_authorization", "/oauth/token", "/api/v1/auth/devices/find", "/api/v1/auth/devices/approve",
                                 "/api/v1/auth/devices/deny"}) {
    FastCgiClient worker(site.worker.public_socket());
    for (const char* method : {"POST", "GET"}) EXPECT_EQ(worker.ask(fastcgi::request(method, path, browser.token)).status, 404) << path;
  }
}

TEST(DeviceGuessing, IsLimitedForAllTogetherAndHindersNoRedeeming) {
  Site site({"--device-login", kDevicePage, "--redeem-failures", "3"});
  const Devices devices(site.worker.public_socket());
  const Signed browser = site.mint("alice");
  const Waiting waiting = devices.begin();
  const Signed ended = site.mint("alice");
  ASSERT_EQ(site.revoke(browser, ended.id).status, 204);
  for (int i = 0; i < 5; ++i) ASSERT_EQ(devices.decide("find", waiting.user_code, browser).status, 200) << "a good code costs nothing";
  for (int i = 0; i < 5; ++i) ASSERT_EQ(devices.decide("find", "ABCDEFGH", ended).status, 401) << "nor does a caller that is none";
  int tried = 0;
  Response last;
  for (const char* what : {"find", "approve", "deny", "find", "approve", "deny"}) {
    last = devices.decide(what, "ABCDEFGH", browser);
    if (last.status == 404) ++tried;
  }
  EXPECT_GE(tried, 3);
  EXPECT_LT(tried, 6);
  expect_problem(last, 429, "bad_request");
  FastCgiClient worker(site.worker.public_socket());
  EXPECT_EQ(worker.ask(fastcgi::post("/api/v1/auth/cli/redeem", R"({"code":"ABCDEFGH"})")).status, 401);
}

TEST(DeviceGuessing, OfOneClientIsLimitedByNginx) {
  Site site(kDeviceOptions);
  const Signed browser = site.mint("alice");
  const auto ask = [&](const std::string& path, const std::string& type, const std::string& body, const std::string& address) {
    return site.web.send({"POST", path, {"Content-Type: " + type, browser.bearer(), "X-Forwarded-For: " + address}, body});
  };
  const auto begin = [&](const std::string& address) {
    return ask("/oauth/device_authorization", "application/x-www-form-urlencoded", "client_id=x", address);
  };
  Response refused;
  for (int i = 0; i < 60 && refused.status != 429; ++i) refused = begin("192.0.2.1");
  expect_oauth(refused, 429, "slow_down");
  EXPECT_TRUE(refused.header("retry-after"));
  EXPECT_EQ(begin("192.0.2.2").status, 200);
  for (const std::string what : {"find", "approve", "deny"}) {
    const std::string address = "198.51.100." + std::to_string(what.size());
    for (int i = 0; i < 60 && refused.status != 404; ++i) refused = ask("/api/v1/auth/devices/" + what, "application/json", R"({"code":"ABCDEFGH"})", address);
    for (int i = 0; i < 60 && refused.status != 429; ++i) refused = ask("/api/v1/auth/devices/" + what, "application/json", R"({"code":"ABCDEFGH"})", address);
    expect_problem(refused, 429, "bad_request");
  }
}

TEST(DeviceBehindNginx, IsConnectedAsOverTheWorkersOwnSocket) {
  Site site(kDeviceOptions);
  const Signed browser = site.mint("alice");
  const auto form = [&](const std::string& path, const std::string& body) {
    return site.web.send({"POST", path, {"Content-Type: application/x-www-form-urlencoded"}, body});
  };
  const auto begin = [&] { return waiting_of(form("/oauth/device_authorization", "client_id=path-cli")); };
  const Waiting waiting = begin();
  const std::string poll = "grant_type=urn:ietf:params:oauth:grant-type:device_code&client_id=path-cli&device_code=" + waiting.device_code;
  const auto decide = [&](const std::string& what, const Waiting& whom) {
    return site.web.send({"POST", "/api/v1/auth/devices/" + what, {browser.cookie(), "Sec-Fetch-Site: same-origin", "Content-Type: application/json"},
                          R"({"code":")" + whom.user_code + "\"}"});
  };
  EXPECT_EQ(decide("deny", begin()).status, 204);
  EXPECT_EQ(decide("find", waiting).status, 200);
  EXPECT_EQ(decide("approve", waiting).status, 204);
  EXPECT_EQ(form("/oauth/token", poll).status, 200);
  expect_oauth(form("/oauth/token", poll), 400, "expired_token");
  const Response page = site.web.send({"GET", "/device", {}, {}});
  EXPECT_EQ(page.status, 302);
  EXPECT_EQ(page.header("location"), "/settings/sessions/?connect");
}

TEST(DeviceBehindNginx, ItsOwnErrorsHaveTheShape) {
  Site site(kDeviceOptions);
  const std::string long_text(20'000, 'a');
  for (const std::string path : {"/oauth/device_authorization", "/oauth/token"}) {
    const std::string form = "Content-Type: application/x-www-form-urlencoded";
    expect_problem(site.web.send({"POST", path + "?" + long_text, {form}, "client_id=x"}), 414, "bad_request");
    expect_problem(site.web.send({"POST", path, {form, "X-Long: " + long_text}, "client_id=x"}), 400, "bad_request");
    expect_problem(site.web.send({"POST", path, {form}, "client_id=" + long_text}), 413, "bad_request");
  }
}

TEST(DeviceInAnOutage, IsToldToComeBack) {
  Site site({"--device-login", kDevicePage, "--redeem-failures", "1"});
  const Devices devices(site.worker.public_socket());
  const Signed browser = site.mint("alice");
  const Waiting waiting = devices.begin();
  site.redis.crash();
  expect_oauth(devices.post_form("/oauth/device_authorization", "client_id=x"), 503, "temporarily_unavailable");
  expect_oauth(devices.poll(waiting.device_code), 503, "temporarily_unavailable");
  for (const char* what : {"find", "approve", "deny", "find"}) expect_problem(devices.decide(what, waiting.user_code, browser), 503, "internal_error");
}

TEST(DeviceInACluster, IsConnectedWhicheverSlotsTheKeysHave) {
  TempDir folder;
  RedisCluster cluster{{}};
  std::vector<std::string> options = cluster.worker_options();
  options.insert(options.end(), kDeviceOptions.begin(), kDeviceOptions.end());
  options.insert(options.end(), {"--store-timeout", "3"});
  Worker worker(folder, options);
  wait_until_ready(worker);
  const Devices devices(worker.public_socket());
  for (int i = 0; i < 30; ++i) {
    const Signed browser = signed_by(HttpPeer(worker.internal_socket()).ask(http1::post("/internal/v1/sessions", minting_json(user_json("user" + std::to_string(i))))));
    const Waiting waiting = devices.begin();
    ASSERT_EQ(devices.decide("find", waiting.user_code, browser).status, 200);
    ASSERT_EQ(devices.decide("approve", waiting.user_code, browser).status, 204);
    const Response connected = devices.poll(waiting.device_code);
    ASSERT_EQ(connected.status, 200) << connected.body;
  }
  EXPECT_TRUE(cluster.keys("sessiond:grant:*").empty());
}

}  // namespace
}  // namespace sessiond::test
