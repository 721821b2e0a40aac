// What is noted of a session that is used.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <random>

#include "base/clock.h"
#include "integration/crowd.h"
#include "integration/document.h"
#include "integration/site.h"

namespace sessiond::test {
namespace {

constexpr Millis kMinute = 60'000;

std::string check_request(const Signed& session) { return http1::request("GET", "/internal/v1/check", session.token); }

// A site whose one loop asks Redis over one connection, so that what was asked later is done later.
class ActivityTest : public ::testing::Test {
 protected:
  explicit ActivityTest(std::vector<std::string> options = {"--record-activity"})
      : site([&] {
          options.insert(options.end(), {"--dev-login", "--threads", "1"});
          return options;
        }()) {}

  // The field `seen`; nothing when there is none.
  std::optional<std::string> seen(const Signed& session) {
    const RedisAnswer answer = redis({"HGET", key_of(session), "seen"});
    return answer.nil ? std::nullopt : std::optional(answer.text);
  }
  // Lets the session have been used last so long ago.
  void age(const Signed& session, Millis by) { redis({"HSET", key_of(session), "seen", std::to_string(redis.now() - by)}); }

  Response check(const Signed& session) { return checker.ask(check_request(session)); }

  // Waits until all uses are noted that were to be: another's, which came later, is.
  void settle() {
    const Signed marker = site.mint("marker");
    age(marker, 10 * kMinute);
    const auto before = seen(marker);
    EXPECT_EQ(check(marker).status, 204);
    site.worker.process().wait_until([&] { return seen(marker) != before; }, "a use that is noted");
  }

  Site site;
  RedisClient redis = site.redis.client();
  HttpPeer checker{site.worker.check_socket()};
  const std::string user = "alice";
};

using RecordedActivity = ActivityTest;

TEST_F(RecordedActivity, OfEveryRequestThatProvesASessionIsNoted) {
  const Signed other = site.mint(user);
  const std::vector<std::function<int(const Signed&)>> uses = {
      [&](const Signed& s) { return check(s).status - 204; },
      [&](const Signed& s) { return checker.ask(http1::request("GET", "/internal/v1/check?groups=none", s.token)).status - 403; },
      [&](const Signed& s) { return site.list(s).status - 200; },
      [&](const Signed& s) { return site.get("/api/v1/u/me", s).status - 200; },
      [&](const Signed& s) { return site.revoke(s, other.id).status - 204; },
      [&](const Signed& s) { return site.web.send({"DELETE", "/api/v1/auth/sessions", {s.bearer()}, {}}).status - 200; },
      [&](const Signed& s) { return site.web.send({"POST", "/api/v1/auth/cli/request-grant", {s.bearer()}, ""}).status - 200; },
      [&](const Signed& s) {
        return site.operators.send({"POST", "/internal/v1/introspect", {"Content-Type: application/x-www-form-urlencoded"}, "token=" + s.token}).status - 200;
      },
  };
  for (std::size_t i = 0; i < uses.size(); ++i) {
    const Signed mine = site.mint(user);
    age(mine, 6 * kMinute);
    const auto before = seen(mine);
    const Millis start = redis.now();
    EXPECT_EQ(uses[i](mine), 0) << i;
    site.worker.process().wait_until([&] { return seen(mine) != before; }, "a use that is noted: " + std::to_string(i));
    EXPECT_GE(std::stoll(*seen(mine)), start) << i;
    EXPECT_LE(std::stoll(*seen(mine)), redis.now()) << i;
  }
}

TEST_F(RecordedActivity, IsNotNotedAgainWithinFiveMinutes) {
  const Signed recent = site.mint(user);
  const Signed fresh = site.mint(user);
  age(recent, 5 * kMinute - 10'000);
  const auto before = seen(recent);
  settle();
  const long long scripts = redis.calls("evalsha");
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(check(recent).status, 204);
    EXPECT_EQ(check(fresh).status, 204);
  }
  EXPECT_EQ(redis.calls("evalsha"), scripts) << "nothing is due";
  settle();
  EXPECT_EQ(seen(recent), before);
  EXPECT_EQ(seen(fresh), std::nullopt) << "nothing is stored until it is needed";
}

TEST_F(RecordedActivity, IsShownInListsAndOfANewSessionIsItsMinting) {
  const Signed mine = site.mint(user);
  const Signed other = site.mint(user);
  age(other, 3 * kMinute);
  for (const Response& listed : {site.list(mine), site.operators.send({"GET", "/internal/v1/users/alice/sessions", {}, {}})}) {
    const Document list(listed.body);
    ASSERT_EQ(list.root().Size(), 2U);
    const Json& newer = list.root()[0];
    EXPECT_EQ(newer["last_seen_at"].GetString(), rfc3339(std::stoll(*seen(other))).string());
    EXPECT_STREQ(list.root()[1]["last_seen_at"].GetString(), list.root()[1]["created_at"].GetString());
  }
}

TEST_F(RecordedActivity, CostsACheckOneFieldMore) {
  const Signed mine = site.mint(user);
  EXPECT_EQ(check(mine).status, 204);
  settle();  // the first use asked for Redis's clock
  RedisClient monitor = site.redis.client();
  monitor({"MONITOR"});
  EXPECT_EQ(check(mine).status, 204);
  std::string line;
  while (line.find("HMGET") == std::string::npos) line = monitor.listen().text;
  EXPECT_NE(line.find("\"HMGET\" \"" + key_of(mine) + R"(" "secret_hash" "user_id" "kind" "expires_at" "auth" "seen")"), std::string::npos) << line;
}

TEST(ActivityOff, ACheckAndAListAskAndAnswerWhatTheyAlwaysDid) {
  Site site;
  RedisClient redis = site.redis.client();
  const Signed mine = site.mint("alice");
  redis({"HSET", key_of(mine), "seen", "1"});
  RedisClient monitor = site.redis.client();
  monitor({"MONITOR"});
  EXPECT_EQ(site.operators.send({"GET", "/internal/v1/check", {mine.bearer()}, {}}).status, 204);
  EXPECT_EQ(site.list(mine).body.find("seen"), std::string::npos);
  std::string line;
  while (line.find("HMGET") == std::string::npos) line = monitor.listen().text;
  EXPECT_TRUE(line.ends_with(key_of(mine) + R"(" "secret_hash" "user_id" "kind" "expires_at" "auth")")) << line;
  while (line.find("persistent") == std::string::npos) line = monitor.listen().text;
  EXPECT_TRUE(line.ends_with(R"("user_agent" "persistent" "name" "device" "auth")")) << line;
  EXPECT_EQ(redis({"HGET", key_of(mine), "seen"}).text, "1");
}

TEST(ActivityOfMany, FourHundredRequestsAtTheMomentThatItIsDueAreAllAnsweredAndNotedOnce) {
  Site site({"--record-activity", "--threads", "4"});
  RedisClient redis = site.redis.client();
  Crowd crowd(site.worker.check_socket(), 400);
  for (int round = 0; round < 5; ++round) {
    const Signed mine = site.mint("alice");
    const std::string old = std::to_string(redis.now() - 6 * kMinute);
    redis({"HSET", key_of(mine), "seen", old});
    const long long before = redis.calls("hset");
    EXPECT_EQ(by_status(crowd.ask(check_request(mine))), (std::map<int, std::size_t>{{204, 400}}));
    site.worker.process().wait_until([&] { return redis({"HGET", key_of(mine), "seen"}).text != old; }, "a use that is noted");
    EXPECT_EQ(by_status(crowd.ask(check_request(mine))), (std::map<int, std::size_t>{{204, 400}}));
    EXPECT_EQ(redis.calls("hset"), before + 1);
  }
}

TEST_F(RecordedActivity, ThatCannotBeNotedChangesNoAnswer) {
  const Signed mine = site.mint(user);
  age(mine, 6 * kMinute);
  const auto before = seen(mine);
  const auto expect_answers = [&](const std::string& reason) {
    const auto is_logged = [&] {
      EXPECT_EQ(check(mine).status, 204) << reason;
      EXPECT_EQ(site.list(mine).status, 200) << reason;
      return site.worker.log().find(reason) != std::string::npos;
    };
    site.worker.process().wait_until(is_logged, reason);
    EXPECT_EQ(seen(mine), before);
  };
  redis({"CONFIG", "SET", "maxmemory", "1"});
  expect_answers("OOM");
  redis({"CONFIG", "SET", "maxmemory", "0"});
  redis({"CONFIG", "SET", "min-replicas-to-write", "1"});
  expect_answers("NOREPLICAS");
  redis({"CONFIG", "SET", "min-replicas-to-write", "0"});
  const auto is_noted = [&] {
    EXPECT_EQ(check(mine).status, 204);
    return seen(mine) != before;
  };
  site.worker.process().wait_until(is_noted, "a use that is noted");
}

TEST_F(RecordedActivity, IsTriedAgainAfterASecondWhereRedisIsFull) {
  const Signed mine = site.mint(user);
  age(mine, 6 * kMinute);
  redis({"CONFIG", "SET", "maxmemory", "1"});
  const auto start = std::chrono::steady_clock::now();
  const long long before = redis.calls("evalsha");
  for (int i = 0; i < 500; ++i) EXPECT_EQ(check(mine).status, 204);
  const long long tried = redis.calls("evalsha") - before;
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(std::chrono::steady_clock::now() - start).count();
  EXPECT_LE(tried, 1 + seconds) << "of 500 uses";
}

TEST_F(RecordedActivity, IsNotReadFromWhatNobodyWrote) {
  for (const std::string garbage : {"", "x", "-1", "9e99", "1 2 3", "99999999999999999999"}) {
    const Signed mine = site.mint(user);
    redis({"HSET", key_of(mine), "seen", garbage});
    EXPECT_EQ(check(mine).status, 204) << garbage;
    const Document list(site.list(mine).body);
    EXPECT_STREQ(list.root()[0]["last_seen_at"].GetString(), list.root()[0]["created_at"].GetString()) << garbage;
    settle();
    EXPECT_EQ(seen(mine), garbage);
  }
}

TEST_F(RecordedActivity, IsNotedByACgiProgramBeforeItEnds) {
  const Signed mine = site.mint(user);
  age(mine, 6 * kMinute);
  const auto before = seen(mine);
  Process program({worker_program()}, site.folder / "cgi",
                  {"GATEWAY_INTERFACE=CGI/1.1", "SESSIOND_REDIS=" + site.redis.socket(), "SESSIOND_CONFIG=/dev/null", "SESSIOND_RECORD_ACTIVITY=true",
                   "REQUEST_METHOD=GET", "REQUEST_URI=/api/v1/u/me", "HTTP_AUTHORIZATION=Bearer " + mine.token});
  EXPECT_EQ(program.wait(), 0);
  EXPECT_NE(program.log().find("200"), std::string::npos) << program.log();
  EXPECT_NE(seen(mine), before);
}

class IdleTime : public ActivityTest {
 protected:
  IdleTime() : ActivityTest({"--web-idle", "1h", "--cli-idle", "10m"}) {}

  struct Fields {
    Millis expires_at = 0;
    Millis seen = 0;
    Millis idle = 0;

    [[nodiscard]] Millis end() const { return std::min(expires_at, seen + idle + std::min<Millis>(300'000, std::max<Millis>(60'000, idle / 16))); }
  };
  Fields fields(const Signed& session) {
    const auto hash = redis.hash(key_of(session));
    const std::string text = hash.at("seen");
    return {std::stoll(hash.at("expires_at")), std::stoll(text), std::stoll(text.substr(text.find(' ') + 1))};
  }
  Millis idle(const Signed& session) { return fields(session).idle; }

  // As `age`, with all that goes with it.
  void let_rest(const Signed& session, Millis by) {
    Fields f = fields(session);
    f.seen = redis.now() - by;
    const std::string end = std::to_string(f.end());
    redis({"HSET", key_of(session), "seen", std::to_string(f.seen) + " " + std::to_string(f.idle)});
    redis({"PEXPIREAT", key_of(session), end});
    redis({"ZADD", keys_of(session) + "sessions", end, session.id});
    const std::string last = redis({"ZRANGE", keys_of(session) + "sessions", "-1", "-1", "WITHSCORES"}).elements[1].text;
    for (const std::string key : {"sessions", "user"}) redis({"PEXPIREAT", keys_of(session) + key, last});
  }

  // Redis ends each of these sessions of one user, which are all, when its fields say so.
  void expect_ends(const std::vector<Signed>& sessions) {
    Millis last = 0;
    for (const Signed& session : sessions) {
      const Millis end = fields(session).end();
      ASSERT_EQ(redis({"PEXPIRETIME", key_of(session)}).integer, end);
      ASSERT_EQ(redis({"ZSCORE", keys_of(session) + "sessions", session.id}).text, std::to_string(end));
      last = std::max(last, end);
    }
    ASSERT_EQ(redis({"PEXPIRETIME", keys_of(sessions[0]) + "sessions"}).integer, last);
    ASSERT_EQ(redis({"PEXPIRETIME", keys_of(sessions[0]) + "user"}).integer, last);
  }

  void use_until_noted(const Signed& session) {
    const auto before = seen(session);
    EXPECT_EQ(check(session).status, 204);
    site.worker.process().wait_until([&] { return seen(session) != before; }, "a use that is noted");
  }
};

TEST_F(IdleTime, IsTheKindsOrTheMintings) {
  EXPECT_EQ(idle(site.mint(user)), 60 * kMinute);
  EXPECT_EQ(idle(site.mint(user, {.kind = "cli"})), 10 * kMinute);
  EXPECT_EQ(idle(site.mint(user, {.idle_seconds = 60})), kMinute);
  EXPECT_EQ(idle(site.mint(user, {.kind = "cli", .idle_seconds = 316'224'000})), 316'224'000'000);
  const Signed without = signed_by(site.post_internal("/internal/v1/sessions", R"({"user":)" + user_json(user) + R"(,"kind":"web","idle_seconds":null})"));
  EXPECT_EQ(seen(without), std::nullopt);
  EXPECT_EQ(redis({"PEXPIRETIME", key_of(without)}).integer, std::stoll(redis.hash(key_of(without)).at("expires_at")));

  const Signed mine = site.mint(user);
  const Response grant = site.web.send({"POST", "/api/v1/auth/cli/request-grant", {mine.bearer()}, ""});
  const std::string code = Document(grant.body)["code"].GetString();
  const Response redeemed = site.web.send({"POST", "/api/v1/auth/cli/redeem", {"Content-Type: application/json"}, R"({"code":")" + code + "\"}"});
  ASSERT_EQ(redeemed.status, 200);
  const Document list(site.list(mine).body);
  EXPECT_STREQ(list.root()[0]["kind"].GetString(), "cli");
  EXPECT_TRUE(list.root()[0].HasMember("idle_expires_at"));
  EXPECT_FALSE(list.root()[2].HasMember("idle_expires_at"));
  const Response login = site.web.send({"POST", "/api/v1/auth/dev-login", {"Content-Type: application/json"}, R"({"username":"dev"})"});
  const std::string cookie = login.header("set-cookie").value();
  const Signed dev{.id = "", .token = cookie.substr(cookie.find('=') + 1, cookie.find(';') - cookie.find('=') - 1), .expires_at = ""};
  EXPECT_TRUE(Document(site.list(dev).body).root()[0].HasMember("idle_expires_at"));
}

TEST_F(IdleTime, EndsASessionWhenItsFieldsSaySoToTheMillisecondWhateverIsUsedWhen) {
  std::mt19937_64 random(18);
  const auto any = [&](Millis least, Millis most) { return least + static_cast<Millis>(random() % static_cast<std::uint64_t>(most - least + 1)); };
  std::vector<Signed> sessions;
  for (int i = 0; i < 20; ++i) {
    sessions.push_back(site.mint(user, {.kind = i % 2 == 0 ? "web" : "cli", .ttl_seconds = any(100, 9000), .idle_seconds = any(60, 9000)}));
    expect_ends(sessions);
  }
  int used = 0;
  for (int i = 0; i < 300; ++i) {
    const Signed& session = sessions[static_cast<std::size_t>(any(0, 19))];
    const Fields before = fields(session);
    const Millis noted_for = std::clamp(before.idle / 16, kMinute, 5 * kMinute);
    // What has outlived its lifetime by resting is no matter here.
    const Millis rest = any(0, before.idle + noted_for - 30'000);
    let_rest(session, rest);
    expect_ends(sessions);
    if (rest > noted_for + 1000) {
      use_until_noted(session);
      ++used;
      EXPECT_GE(fields(session).seen, redis.now() - 10'000);
    } else if (rest < noted_for - 10'000) {
      const auto as_it_was = seen(session);
      EXPECT_EQ(check(session).status, 204);
      EXPECT_EQ(seen(session), as_it_was);
    }
    expect_ends(sessions);
    EXPECT_EQ(fields(session).expires_at, before.expires_at);
    EXPECT_EQ(fields(session).idle, before.idle);
  }
  EXPECT_GT(used, 100);
}

TEST_F(IdleTime, IsShownInListsAndChangesNothingElseThatIsTold) {
  const Signed mine = site.mint(user, {.ttl_seconds = 3000, .idle_seconds = 120});
  let_rest(mine, 2 * kMinute);
  use_until_noted(mine);
  const Document list(site.list(mine).body);
  EXPECT_EQ(list.root()[0]["idle_expires_at"].GetString(), rfc3339(fields(mine).end()).string());
  EXPECT_EQ(list.root()[0]["last_seen_at"].GetString(), rfc3339(fields(mine).seen).string());
  EXPECT_EQ(list.root()[0]["expires_at"].GetString(), mine.expires_at);
  let_rest(mine, 2 * kMinute);
  const Response checked = check(mine);
  EXPECT_EQ(checked.header("x-session-expires-at"), mine.expires_at);
  EXPECT_EQ(checked.header("set-cookie"), std::nullopt);
}

TEST_F(IdleTime, OfASessionThatTheIndexHasLostIsKeptAllTheSame) {
  const Signed mine = site.mint(user);
  let_rest(mine, 30 * kMinute);
  redis({"DEL", keys_of(mine) + "sessions"});
  use_until_noted(mine);
  expect_ends({mine});
  EXPECT_EQ(site.get("/api/v1/u/me", mine).status, 200);
}

TEST_F(IdleTime, OfADamagedSessionMovesNoEnd) {
  const Signed mine = site.mint(user);
  let_rest(mine, 30 * kMinute);
  const Millis end = redis({"PEXPIRETIME", key_of(mine)}).integer;
  redis({"HSET", key_of(mine), "expires_at", "9e99"});
  EXPECT_EQ(check(mine).status, 503);
  settle();
  EXPECT_EQ(redis({"PEXPIRETIME", key_of(mine)}).integer, end);
}

TEST_F(IdleTime, IsKnownToTheDoctor) {
  const Signed mine = site.mint(user);
  site.mint("bob", {.ttl_seconds = 100});
  const auto doctor = [&](const std::string& name) {
    Process process({worker_program(), "doctor", "--keys", "--config", "/dev/null", "--redis", site.redis.socket()}, site.folder / name);
    process.wait();
    return process.log();
  };
  EXPECT_NE(doctor("sound").find("2 sessions of 2 users, 0 faults"), std::string::npos);
  redis({"PEXPIREAT", key_of(mine), redis.hash(key_of(mine)).at("expires_at")});
  EXPECT_NE(doctor("longer").find(mine.id + " does not end at its expires_at, or earlier by its idle time"), std::string::npos);
}

TEST_F(IdleTime, IsFromAMinuteToTenYears) {
  for (const std::string bad : {"0", "59", "-1", "316224001", "60.5", "\"60\"", "true", "[]", "9223372036854775807"}) {
    const Response refused = site.post_internal("/internal/v1/sessions", R"({"user":)" + user_json(user) + R"(,"kind":"web","idle_seconds":)" + bad + "}");
    expect_problem(refused, 400, "bad_request");
    EXPECT_NE(refused.body.find("idle_seconds"), std::string::npos) << refused.body;
  }
}

TEST(IdleTimeOff, IsNotPromisedWhereActivityIsNotRecorded) {
  Site site;
  const Response refused = site.post_internal("/internal/v1/sessions", minting_json(user_json("alice"), {.idle_seconds = 60}));
  expect_problem(refused, 400, "bad_request");
  EXPECT_NE(refused.body.find("wants the option record-activity"), std::string::npos) << refused.body;
}

class RecordedPlace : public ActivityTest {
 protected:
  explicit RecordedPlace(const std::string& how = "full") : ActivityTest({"--record-activity", "--record-ip", how}) {}

  Signed mint_at(const std::string& members) {
    return signed_by(site.post_internal("/internal/v1/sessions", R"({"user":)" + user_json(user) + R"(,"kind":"web",)" + members + "}"));
  }
  // What a list says of the user's only session: `ip place`, `-` for what it does not say.
  std::string whence() {
    const Document list(site.operators.send({"GET", "/internal/v1/users/" + user + "/sessions", {}, {}}).body);
    const Json& session = list.root()[0];
    const auto member = [&](const char* name) { return session.HasMember(name) ? session[name].GetString() : std::string("-"); };
    return member("ip") + " " + member("place");
  }
  // A use as a server tells it, which is due.
  void use(const Signed& session, fastcgi::Parameters more) {
    age(session, 6 * kMinute);
    const auto before = seen(session);
    fastcgi::Parameters parameters = {{"REQUEST_METHOD", "GET"}, {"REQUEST_URI", "/api/v1/u/me"}, {"HTTP_AUTHORIZATION", "Bearer " + session.token}};
    parameters.insert(parameters.end(), more.begin(), more.end());
    EXPECT_EQ(FastCgiClient(site.worker.public_socket()).ask(fastcgi::request(parameters)).status, 200);
    site.worker.process().wait_until([&] { return seen(session) != before; }, "a use that is noted");
  }
};

class TruncatedPlace : public RecordedPlace {
 protected:
  TruncatedPlace() : RecordedPlace("truncated") {}
};

class PlaceAlone : public RecordedPlace {
 protected:
  PlaceAlone() : RecordedPlace("off") {}
};

TEST_F(RecordedPlace, IsThatOfTheUseThatIsNotedLast) {
  const Signed mine = mint_at(R"("ip":"::ffff:203.0.113.7","place":"Vienna, Austria")");
  EXPECT_EQ(whence(), "203.0.113.7 Vienna, Austria");
  use(mine, {{"REMOTE_ADDR", "2001:DB8::1"}, {"SESSION_PLACE", "Graz\x01\xff"}});
  EXPECT_EQ(whence(), "2001:db8::1 Graz\uFFFD\uFFFD");
  use(mine, {{"REMOTE_ADDR", "198.51.100.1"}});
  EXPECT_EQ(whence(), "198.51.100.1 -") << "the place was another address's";
  use(mine, {{"REMOTE_ADDR", "unix:"}, {"SESSION_PLACE", std::string(5000, 'a')}});
  EXPECT_EQ(whence(), "- " + std::string(128, 'a'));
}

TEST_F(RecordedPlace, ThatChangesAloneIsNotWritten) {
  const Signed mine = mint_at(R"("ip":"203.0.113.7")");
  settle();
  const long long scripts = redis.calls("evalsha");
  for (const char* address : {"2001:db8::1", "198.51.100.1", "garbage", ""}) {
    const Response answer = HttpPeer(site.worker.check_socket()).ask("GET /internal/v1/check HTTP/1.1\r\nHost: x\r\nX-Real-Ip: " + std::string(address) +
                                                                      "\r\n" + mine.bearer() + "\r\n\r\n");
    EXPECT_EQ(answer.status, 204);
  }
  EXPECT_EQ(redis.calls("evalsha"), scripts);
  EXPECT_EQ(whence(), "203.0.113.7 -");
}

TEST_F(RecordedPlace, OfACliIsThatOfItsRedemption) {
  const Signed mine = site.mint("bob");
  const Response grant = site.web.send({"POST", "/api/v1/auth/cli/request-grant", {mine.bearer()}, ""});
  const std::string body = R"({"code":")" + std::string(Document(grant.body)["code"].GetString()) + "\"}";
  const fastcgi::Parameters redemption = {{"REQUEST_METHOD", "POST"}, {"REQUEST_URI", "/api/v1/auth/cli/redeem"}, {"CONTENT_TYPE", "application/json"},
                                          {"CONTENT_LENGTH", std::to_string(body.size())}, {"REMOTE_ADDR", "203.0.113.9"}, {"SESSION_PLACE", "Linz"}};
  ASSERT_EQ(FastCgiClient(site.worker.public_socket()).ask(fastcgi::request(redemption, body)).status, 200);
  const Document list(site.list(mine).body);
  EXPECT_STREQ(list.root()[0]["ip"].GetString(), "203.0.113.9");
  EXPECT_STREQ(list.root()[0]["place"].GetString(), "Linz");
}

TEST_F(TruncatedPlace, HoldsANetworkOnly) {
  const Signed mine = mint_at(R"("ip":"203.0.113.7")");
  EXPECT_EQ(whence(), "203.0.113.0/24 -");
  use(mine, {{"REMOTE_ADDR", "2001:db8:1:2::3"}});
  EXPECT_EQ(whence(), "2001:db8:1::/48 -");
  EXPECT_EQ(redis.hash(key_of(mine)).at("ip"), "2001:db8:1::/48");
}

TEST_F(PlaceAlone, HoldsNoAddressAndForgetsWhatWasKeptBefore) {
  const Signed mine = mint_at(R"("ip":"203.0.113.7","place":"Vienna")");
  EXPECT_EQ(whence(), "- Vienna");
  redis({"HSET", key_of(mine), "ip", "203.0.113.7"});
  use(mine, {{"REMOTE_ADDR", "203.0.113.7"}, {"SESSION_PLACE", "Graz"}});
  EXPECT_EQ(whence(), "- Graz");
}

TEST_F(RecordedPlace, ThatIsNoneIsAMistakeOfTheLoginService) {
  for (const std::string members : {R"("ip":"localhost")", R"("ip":5)", R"("ip":"203.0.113.7/24")", R"("place":5)", R"("place":["Vienna"])"}) {
    expect_problem(site.post_internal("/internal/v1/sessions", R"({"user":)" + user_json(user) + R"(,"kind":"web",)" + members + "}"), 400, "bad_request");
  }
  mint_at(R"("ip":null,"place":null)");
  EXPECT_EQ(whence(), "- -");
}

// The site, where nginx's maps tell address and place, and /app/polling/ asks as the example has it.
class ActivityBehindNginx : public ::testing::Test {
 protected:
  ActivityBehindNginx() {
    std::string text = read_file("tests/nginx.conf");
    const std::string app = "        location /app/ {";
    text.replace(text.find(app), app.size(), "        include polling-server.conf;\n        location /app/polling/ {\n            include polling-protect.conf;\n"
                                             "            proxy_pass http://unix:@STATE@/app.sock;\n        }\n" + app);
    write_file(folder / "polling-site.conf", text);
    nginx.emplace(folder, folder / "polling-site.conf", std::vector<std::pair<std::string, std::string>>{
        {"map $remote_addr $sessiond_address { default \"\"; }", "map $remote_addr $sessiond_address { default $remote_addr; }"},
        {"map $remote_addr $sessiond_place { default \"\"; }", "map $remote_addr $sessiond_place { default \"near $remote_addr\"; }"}});
    web.emplace(nginx->socket());
  }

  std::map<std::string, std::string> hash(const Signed& session) { return redis.hash(key_of(session)); }
  Signed mint_old() {
    Signed session = signed_by(HttpPeer(worker.internal_socket()).ask(minting_request("alice")));
    redis({"HSET", key_of(session), "seen", std::to_string(redis.now() - 6 * kMinute)});
    return session;
  }
  int ask(const std::string& path, const Signed& session) {
    return web->send({"GET", path, {session.cookie(), "X-Forwarded-For: 203.0.113.7", "X-Real-Ip: 6.6.6.6", "X-Session-Place: Mars", "X-Session-Passive: yes",
                                    "Session-Place: Mars", "Session-Passive: yes"}, {}}).status;
  }

  TempDir folder;
  RedisServer server{folder};
  struct Started {
    explicit Started(RedisServer& redis_server) { redis_server.start(); }
  } started{server};
  Worker worker{folder, {"--record-activity", "--record-ip", "full", "--threads", "1"}};
  RedisClient redis = server.client();
  std::optional<Nginx> nginx;
  std::optional<HttpClient> web;
};

TEST_F(ActivityBehindNginx, IsWhatNginxSaysAndNothingThatAClientDoes) {
  for (const char* path : {"/app/", "/api/v1/u/me"}) {
    const Signed mine = mint_old();
    const auto before = hash(mine).at("seen");
    EXPECT_EQ(ask(path, mine), 200) << path;
    worker.process().wait_until([&] { return hash(mine).at("seen") != before; }, "a use that is noted");
    EXPECT_EQ(hash(mine)["ip"], "203.0.113.7") << path;
    EXPECT_EQ(hash(mine)["place"], "near 203.0.113.7") << path;
  }
}

TEST_F(ActivityBehindNginx, IsNotARequestThatPollsWhichNeedsASessionAllTheSame) {
  const Signed mine = mint_old();
  const auto before = hash(mine).at("seen");
  for (int i = 0; i < 5; ++i) EXPECT_EQ(ask("/app/polling/", mine), 200);
  const Signed other = mint_old();
  const auto others = hash(other).at("seen");
  EXPECT_EQ(ask("/app/", other), 200);
  worker.process().wait_until([&] { return hash(other).at("seen") != others; }, "a use that is noted");
  EXPECT_EQ(hash(mine).at("seen"), before);
  EXPECT_EQ(FastCgiClient(worker.public_socket()).ask(revocation_request(other.token, mine.id)).status, 204);
  EXPECT_EQ(ask("/app/polling/", mine), 401);
}

TEST_F(RecordedActivity, IsNotARequestOfWhichNginxSaysSo) {
  const Signed mine = site.mint(user);
  age(mine, 6 * kMinute);
  const auto before = seen(mine);
  const fastcgi::Parameters polling = {{"REQUEST_METHOD", "GET"}, {"REQUEST_URI", "/api/v1/u/me"}, {"HTTP_AUTHORIZATION", "Bearer " + mine.token}, {"SESSION_PASSIVE", "yes"}};
  EXPECT_EQ(FastCgiClient(site.worker.public_socket()).ask(fastcgi::request(polling)).status, 200);
  settle();
  EXPECT_EQ(seen(mine), before);
}

TEST(ActivityOfAnotherClock, IsNotedByRedissClockWhateverTheHostsSays) {
  TempDir folder;
  RedisServer server(folder);
  server.start();
  RedisClient redis = server.client();
  write_file(folder / "clock", "+0");
  Worker worker(folder, {"--record-activity", "--threads", "1"},
                {"LD_PRELOAD=/usr/$LIB/faketime/libfaketime.so.1", "FAKETIME_NO_CACHE=1",
                 "FAKETIME_DONT_FAKE_MONOTONIC=1", "FAKETIME_TIMESTAMP_FILE=" + folder / "clock"});
  HttpPeer operators(worker.internal_socket());
  const auto mint = [&](Millis age) {
    const Signed session = signed_by(operators.ask(minting_request("alice")));
    redis({"HSET", key_of(session), "seen", std::to_string(redis.now() - age)});
    return session;
  };
  const auto use = [&](const Signed& session) { EXPECT_EQ(operators.ask(check_request(session)).status, 204); };
  const Signed first = mint(6 * kMinute);
  use(first);  // so that Redis knows the script
  worker.process().wait_until([&] { return std::stoll(redis({"HGET", key_of(first), "seen"}).text) > redis.now() - kMinute; }, "a use that is noted");
  use(first);  // answered once the worker has heard Redis's clock
  for (const std::string step : {"-10m", "+10m"}) {
    write_file(folder / "clock", step);
    const long long before = redis.calls("evalsha");
    const Signed any = mint(0);
    use(any);
    worker.process().wait_until([&] { return redis.calls("evalsha") > before + 1; }, "a question for Redis's clock");

    const Signed due = mint(6 * kMinute);
    const std::string old = redis({"HGET", key_of(due), "seen"}).text;
    use(due);
    worker.process().wait_until([&] { return redis({"HGET", key_of(due), "seen"}).text != old; }, "a use that is noted");

    const Signed recent = mint(4 * kMinute);
    const long long scripts = redis.calls("evalsha");
    for (int i = 0; i < 10; ++i) use(recent);
    EXPECT_EQ(redis.calls("evalsha"), scripts) << step;
  }
}

}  // namespace
}  // namespace sessiond::test
