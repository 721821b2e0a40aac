// The option bar-users: all of a user's sessions end at once, whether or not anybody knows of them, and users are disabled.
#include <gtest/gtest.h>

#include <algorithm>

#include "base/clock.h"
#include "integration/crowd.h"
#include "integration/devices.h"
#include "integration/document.h"
#include "integration/site.h"
#include "session/session.h"
#include "session/token.h"

namespace sessiond::test {
namespace {

constexpr const char* kJson = "Content-Type: application/json";

class Bars : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    site_ = std::make_unique<Site>(std::vector<std::string>{"--bar-users", "--dev-login", "--redeem-failures", "1000000", "--check-header", "Remote-Email: email", "--device-login", kDevicePage});
  }
  static void TearDownTestSuite() { site_.reset(); }

  Response of_user(const std::string& method, const std::string& what) {
    return site.operators.send({method, "/internal/v1/users/" + user + what, {}, {}});
  }
  Response end_all(const std::string& query = "") { return of_user("DELETE", "/sessions" + query); }
  Response end_others(const Signed& caller) { return site.web.send({"DELETE", "/api/v1/auth/sessions", {caller.bearer()}, {}}); }
  Response mint_anew() { return site.post_internal("/internal/v1/sessions", minting_json(user_json(user))); }
  Response check(const Signed& caller) { return site.operators.send({"GET", "/internal/v1/check", {caller.bearer()}, {}}); }
  std::string code_of(const Signed& caller) {
    return Document(site.web.send({"POST", "/api/v1/auth/cli/request-grant", {caller.bearer(), kJson}, {}}).body)["code"].GetString();
  }
  Response redeem(const std::string& code) { return site.web.send({"POST", "/api/v1/auth/cli/redeem", {kJson}, R"({"code":")" + code + R"("})"}); }
  std::string introspect(const Signed& caller) {
    return site.operators.send({"POST", "/internal/v1/introspect", {"Content-Type: application/x-www-form-urlencoded"}, "token=" + caller.token}).body;
  }

  std::string run(std::vector<std::string> words, int status) {
    words.insert(words.begin(), worker_program());
    words.insert(words.end(), {"--bar-users", "--config", "/dev/null", "--redis", site.redis.socket()});
    Process process(words, site.folder / "said");
    EXPECT_EQ(process.wait(), status);
    return process.log();
  }
  void expect_to_decide_nothing(const Signed& caller, const Waiting& waiting) {
    for (const char* what : {"find", "approve", "deny"}) EXPECT_EQ(devices.decide(what, waiting.user_code, caller).status, 401) << what;
  }
  // As if the client had waited.
  Response poll_again(const Waiting& waiting) {
    redis({"HSET", key_of(waiting), "due", "0"});
    return devices.poll(waiting.device_code);
  }

  // As eviction does, or somebody who deletes it.
  void lose_index(const Signed& session) { redis({"DEL", keys_of(session) + "sessions"}); }
  void expect_over(const Signed& session) {
    EXPECT_EQ(check(session).status, 401);
    EXPECT_EQ(site.list(session).status, 401);
    EXPECT_EQ(site.get("/api/v1/u/me", session).status, 401);
    EXPECT_EQ(introspect(session), R"({"active":false})");
  }
  void expect_living(const Signed& session) {
    EXPECT_EQ(check(session).status, 204);
    EXPECT_EQ(site.list(session).status, 200);
    EXPECT_EQ(site.get("/api/v1/u/me", session).status, 200);
  }

  inline static std::unique_ptr<Site> site_;

  Site& site = *site_;
  RedisClient redis = site.redis.client();
  Devices devices{site.worker.public_socket()};
  const std::string user = ::testing::UnitTest::GetInstance()->current_test_info()->name();
};

TEST_F(Bars, EndSessionsThatTheIndexHasLost) {
  const Signed web = site.mint(user);
  const Signed cli = site.mint(user, {.kind = "cli"});
  const Signed stranger = site.mint(user + "-stranger");
  lose_index(web);
  const Signed known = site.mint(user);
  EXPECT_EQ(end_all().body, R"({"revoked":1})") << "those that the index knows";
  for (const Signed& session : {web, cli, known}) expect_over(session);
  expect_living(stranger);
}

TEST_F(Bars, LetInWhoSignsInRightAfterwards) {
  for (int i = 0; i < 200; ++i) {
    ASSERT_EQ(end_all().status, 200);
    const Signed fresh = signed_by(mint_anew());
    ASSERT_EQ(check(fresh).status, 204) << "also in the same millisecond";
    ASSERT_EQ(Document(site.list(fresh).body).root()[0]["expires_at"].GetString(), fresh.expires_at);
    lose_index(fresh);
    ASSERT_EQ(end_all().status, 200);
    ASSERT_EQ(check(fresh).status, 401);
  }
}

TEST_F(Bars, KeepTheCallerWhoEndsAllOthers) {
  const Signed mine = site.mint(user);
  const Signed lost = site.mint(user);
  lose_index(lost);
  EXPECT_EQ(end_others(mine).status, 200);
  expect_over(lost);
  expect_living(mine);
  const Signed later = site.mint(user);
  EXPECT_EQ(end_others(later).body, R"({"revoked":1})") << "who was spared is in the index again";
  expect_over(mine);
  expect_living(later);
}

TEST_F(Bars, SpareWhomAnOperatorExceptsAndBringNobodyBack) {
  const Signed kept = site.mint(user);
  const Signed lost = site.mint(user);
  lose_index(lost);
  EXPECT_EQ(end_all("?except=" + kept.id).status, 200);
  expect_living(kept);
  EXPECT_EQ(end_all("?except=" + lost.id).status, 200);
  expect_over(lost);
  expect_over(kept);
}

// A bar spares one session, and that is the caller's.
TEST_F(Bars, SpareNobodyWhoActsAsThePersonThatEndsAllOthers) {
  const Signed mine = site.mint(user);
  const Signed theirs = site.mint(user, {.impersonator = "op-7"});
  EXPECT_EQ(end_others(mine).body, R"({"revoked":1})");
  expect_over(theirs);
  EXPECT_EQ(redis({"EXISTS", key_of(theirs)}).integer, 0);
  expect_living(mine);
}

TEST_F(Bars, AreNotRaisedWhereAFilterSaysWhichEnd) {
  const Signed web = site.mint(user);
  const Signed cli = site.mint(user, {.kind = "cli"});
  EXPECT_EQ(end_all("?kind=web").body, R"({"revoked":1})");
  expect_over(web);
  expect_living(cli);
  const Signed firefox = site.mint(user, {.user_agent = "Firefox"});
  EXPECT_EQ(end_all("?user_agent=firefox").body, R"({"revoked":1})");
  expect_over(firefox);
  expect_living(cli);
}

TEST_F(Bars, KeepWhatIsOverOutOfEveryListAndOfEveryChange) {
  const Signed over = site.mint(user);
  lose_index(over);
  ASSERT_EQ(end_all().status, 200);
  const Signed mine = site.mint(user);
  redis({"ZADD", keys_of(mine) + "sessions", "9000000000000", over.id});
  EXPECT_EQ(ids_in(site.list(mine)), std::vector{mine.id});
  EXPECT_EQ(ids_in(of_user("GET", "/sessions")), std::vector{mine.id});
  EXPECT_EQ(site.web.send({"PATCH", "/api/v1/auth/sessions/" + over.id, {mine.bearer(), kJson}, R"({"name":"x"})"}).status, 404);
  EXPECT_EQ(site.post_internal("/internal/v1/sessions/" + over.id + "/reauthenticated", R"({"user_id":")" + user + "\"}").status, 404);
  EXPECT_EQ(site.revoke(mine, over.id).status, 404);
  EXPECT_EQ(redis({"EXISTS", key_of(over)}).integer, 0) << "and its memory is free";
}

TEST_F(Bars, HideWhatIsOverFromWhoLooksThroughAllSessions) {
  const Signed over = site.mint(user);
  lose_index(over);
  ASSERT_EQ(end_all().status, 200);
  const Signed mine = site.mint(user);
  const Signed damaged = site.mint(user + "-damaged", {.user_agent = "damaged"});
  redis({"HSET", keys_of(damaged) + "session-bar", "bar", "x"});
  const std::string found = run({"list", "--everybody"}, 0);
  EXPECT_EQ(found.find(over.id), std::string::npos) << found;
  EXPECT_NE(found.find(mine.id), std::string::npos) << found;
  EXPECT_NE(found.find(damaged.id), std::string::npos) << found;
  const std::string told = run({"revoke", "--everybody", "--user-agent", "damaged", "--yes"}, 1);
  EXPECT_NE(told.find("Redis refused to end 1, first of them " + key_of(damaged)), std::string::npos) << told;
  redis({"DEL", keys_of(damaged) + "session-bar"});
}

TEST_F(Bars, LetNobodyConnectADeviceWhoIsOver) {
  const Signed over = site.mint(user);
  const Waiting approved = devices.begin();
  ASSERT_EQ(devices.decide("approve", approved.user_code, over).status, 204);
  lose_index(over);
  ASSERT_EQ(end_all().status, 200);
  expect_oauth(devices.poll(approved.device_code), 400, "expired_token");
  const Waiting waiting = devices.begin();
  expect_to_decide_nothing(over, waiting);
  expect_oauth(devices.poll(waiting.device_code), 400, "authorization_pending");
}

TEST_F(Bars, LetNobodyRedeemAnOlderCode) {
  const Signed over = site.mint(user);
  const std::string code = code_of(over);
  lose_index(over);
  ASSERT_EQ(end_all().status, 200);
  const Signed mine = site.mint(user);
  EXPECT_EQ(redeem(code).status, 401);
  EXPECT_EQ(redeem(code_of(mine)).status, 200);
}

TEST_F(Bars, LetNoUserBeChangedWhoHasOnlySessionsThatAreOver) {
  const Signed over = site.mint(user);
  redis({"HSET", keys_of(over) + "session-bar", "bar", "9000000000000"});
  EXPECT_EQ(site.operators.send({"PUT", "/internal/v1/users/" + user, {kJson}, user_json(user)}).status, 404);
}

// A server whose clock was ahead has raised it, and another has been promoted.
TEST_F(Bars, ThatAClockAheadHasRaisedKeepOutNobodyWhoSignsInNow) {
  const Signed before = site.mint(user);
  const Millis ahead = redis.now() + 3'600'000;
  redis({"HSET", keys_of(before) + "session-bar", "bar", std::to_string(ahead)});
  expect_over(before);
  const Signed fresh = site.mint(user);
  expect_living(fresh);
  lose_index(fresh);
  ASSERT_EQ(end_all().status, 200);
  expect_over(fresh);
  expect_living(site.mint(user));
}

TEST_F(Bars, StandAsLongAsAnySessionThatTheyKeepOutCouldLive) {
  const Signed session = site.mint(user, {.kind = "cli", .ttl_seconds = kLongestLifetime / 1000});
  const std::string key = keys_of(session) + "session-bar";
  const Millis end = redis({"PEXPIRETIME", key_of(session)}).integer;
  ASSERT_EQ(end_all().status, 200);
  EXPECT_GE(redis({"PEXPIRETIME", key}).integer, end);
  EXPECT_EQ(redis.keys(keys_of(session) + "*"), std::vector{key}) << "and nothing that was said of the user does";
  ASSERT_EQ(of_user("POST", "/disable").status, 200);
  EXPECT_EQ(redis({"PEXPIRETIME", key}).integer, -1) << "until the user is enabled";
  ASSERT_EQ(of_user("POST", "/enable").status, 204);
  EXPECT_GE(redis({"PEXPIRETIME", key}).integer, end);
}

TEST_F(Bars, AreRaisedInARedisThatIsFull) {
  const Signed lost = site.mint(user);
  lose_index(lost);
  const Signed known = site.mint(user);
  redis({"CONFIG", "SET", "maxmemory", "1"});
  const int ended = end_all().status;
  const int disabled = of_user("POST", "/disable").status;
  const int enabled = of_user("POST", "/enable").status;
  redis({"CONFIG", "SET", "maxmemory", "0"});
  EXPECT_EQ(ended, 200);
  EXPECT_EQ(disabled, 200);
  EXPECT_EQ(enabled, 204);
  expect_over(lost);
  expect_over(known);
}

TEST_F(Bars, ThatAreDamagedLetNobodyIn) {
  const Signed mine = site.mint(user);
  const std::string code = code_of(mine);
  const std::string key = keys_of(mine) + "session-bar";
  for (const std::string damage : {"", "x", "1 x y", "disabled", "-1", "string"}) {
    redis({"DEL", key});
    if (damage == "string") redis({"SET", key, "1"});
    else redis({"HSET", key, "bar", damage});
    EXPECT_EQ(check(mine).status, 503) << damage;
    EXPECT_EQ(site.list(mine).status, 503) << damage;
    EXPECT_EQ(of_user("GET", "/sessions").status, 503) << damage;
    EXPECT_EQ(mint_anew().status, 503) << damage;
    EXPECT_EQ(redeem(code).status, 503) << damage;
  }
  redis({"DEL", key});
  expect_living(mine);
}

class DisabledUsers : public Bars {};

TEST_F(DisabledUsers, HaveNoSessionAndGetNone) {
  const Signed web = site.mint(user);
  const Signed cli = site.mint(user, {.kind = "cli"});
  const std::string code = code_of(web);
  const Signed lost = site.mint(user);
  const Response disabled = of_user("POST", "/disable");
  EXPECT_EQ(disabled.status, 200);
  EXPECT_EQ(disabled.body, R"({"revoked":3})");
  for (const Signed& session : {web, cli, lost}) expect_over(session);
  const Response minting = mint_anew();
  expect_problem(minting, 403, "forbidden");
  EXPECT_NE(minting.body.find("this user is disabled"), std::string::npos) << minting.body;
  expect_problem(redeem(code), 403, "forbidden");
  EXPECT_EQ(redeem("ABCDEFGH").status, 401) << "a code that is none says nothing of anybody";
  EXPECT_EQ(ids_in(of_user("GET", "/sessions")), std::vector<std::string>{});
  EXPECT_EQ(of_user("POST", "/disable").body, R"({"revoked":0})");
}

TEST_F(DisabledUsers, GetNoneFromADevLoginEither) {
  const std::string id = "dev%3A" + user;
  const auto login = [&] { return site.web.send({"POST", "/api/v1/auth/dev-login", {kJson}, R"({"username":")" + user + R"("})"}); };
  ASSERT_EQ(site.operators.send({"POST", "/internal/v1/users/" + id + "/disable", {}, {}}).status, 200);
  const Response refused = login();
  expect_problem(refused, 403, "forbidden");
  EXPECT_EQ(refused.header("set-cookie"), std::nullopt);
  ASSERT_EQ(site.operators.send({"POST", "/internal/v1/users/" + id + "/enable", {}, {}}).status, 204);
  EXPECT_EQ(login().status, 200);
}

TEST_F(DisabledUsers, GetNoneByADeviceThatTheyApproved) {
  const Signed browser = site.mint(user);
  const Waiting approved = devices.begin();
  ASSERT_EQ(devices.decide("approve", approved.user_code, browser).status, 204);
  ASSERT_EQ(of_user("POST", "/disable").status, 200);
  expect_oauth(devices.poll(approved.device_code), 400, "access_denied");
  const Waiting waiting = devices.begin();
  expect_to_decide_nothing(browser, waiting);
  ASSERT_EQ(of_user("POST", "/enable").status, 204);
  expect_oauth(poll_again(approved), 400, "expired_token");
  ASSERT_EQ(devices.decide("approve", waiting.user_code, site.mint(user)).status, 204);
  EXPECT_EQ(devices.poll(waiting.device_code).status, 200);
}

TEST_F(DisabledUsers, GetNoneForAnOperatorWhoWouldActAsThem) {
  ASSERT_EQ(of_user("POST", "/disable").status, 200);
  expect_problem(site.post_internal("/internal/v1/sessions", minting_json(user_json(user), {.impersonator = "op-7"})), 403, "forbidden");
}

TEST_F(DisabledUsers, WhoAreEnabledSignInAnewAndNoOldSessionComesBack) {
  const Signed before = site.mint(user);
  const std::string code = code_of(before);
  lose_index(before);
  ASSERT_EQ(of_user("POST", "/disable").status, 200);
  ASSERT_EQ(of_user("POST", "/enable").status, 204);
  expect_over(before);
  EXPECT_EQ(redeem(code).status, 401);
  const Signed fresh = site.mint(user);
  expect_living(fresh);
  EXPECT_EQ(of_user("POST", "/enable").status, 204);
  expect_living(fresh);
}

TEST_F(DisabledUsers, StaySoWhenAllTheirSessionsAreEnded) {
  const Signed before = site.mint(user);
  lose_index(before);
  ASSERT_EQ(of_user("POST", "/disable").status, 200);
  EXPECT_EQ(end_all().status, 200);
  EXPECT_EQ(end_all("?except=" + before.id).status, 200);
  EXPECT_EQ(end_all("?kind=web").status, 200);
  EXPECT_EQ(mint_anew().status, 403);
  expect_over(before);
}

TEST_F(DisabledUsers, AreDisabledByTheWholeRequestOnly) {
  const Signed mine = site.mint(user);
  EXPECT_EQ(site.post_internal("/internal/v1/users/" + user + "/disable", R"({"until":"tomorrow"})").status, 400);
  EXPECT_EQ(of_user("POST", "/disable?until=tomorrow").status, 400);
  expect_living(mine);
  EXPECT_EQ(site.post_internal("/internal/v1/users/" + user + "/disable", "{}").status, 200);
  expect_over(mine);
}

TEST(BarsInAnOutage, NobodyIsSaidToBeDisabledOrEnabled) {
  Site site({"--threads", "1", "--bar-users"});
  site.redis.crash();
  for (const char* what : {"disable", "enable"}) {
    expect_problem(site.operators.send({"POST", std::string("/internal/v1/users/alice/") + what, {}, {}}), 503, "internal_error");
  }
}

TEST(BarsOff, NothingIsKeptAndNobodyCanBeDisabled) {
  Site site({"--threads", "1"});
  RedisClient redis = site.redis.client();
  const Signed mine = site.mint("alice");
  const Signed other = site.mint("alice");
  for (const char* verb : {"disable", "enable"}) {
    const Response refused = site.operators.send({"POST", std::string("/internal/v1/users/alice/") + verb, {}, {}});
    expect_problem(refused, 400, "bad_request");
    EXPECT_NE(refused.body.find("bar-users"), std::string::npos) << refused.body;
  }
  EXPECT_EQ(site.list(other).status, 200);
  redis({"CONFIG", "RESETSTAT"});
  EXPECT_EQ(site.operators.send({"GET", "/internal/v1/check", {mine.bearer()}, {}}).status, 204);
  EXPECT_EQ(redis.calls("hget"), 0) << "a check asks for nothing more";
  EXPECT_EQ(site.web.send({"DELETE", "/api/v1/auth/sessions", {mine.bearer()}, {}}).status, 200);
  EXPECT_EQ(site.operators.send({"DELETE", "/internal/v1/users/alice/sessions", {}, {}}).status, 200);
  EXPECT_EQ(redis.keys(), std::vector<std::string>{});
}

// With everything else that is under way with the user meanwhile.
class RacesWithBars : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = std::make_unique<TempDir>();
    redis_ = std::make_unique<RedisServer>(*folder_);
    redis_->start();
    worker_ = std::make_unique<Worker>(*folder_, std::vector<std::string>{"--bar-users", "--threads", "4", "--max-sessions", "500", "--redeem-failures", "1000000"});
  }
  static void TearDownTestSuite() {
    worker_.reset();
    redis_.reset();
    folder_.reset();
  }

  static constexpr std::size_t kAtOnce = 32;

  RacesWithBars() : minters(worker_->internal_socket(), kAtOnce), redeemers(worker_->public_socket(), kAtOnce), operators(worker_->internal_socket()) {}

  [[nodiscard]] std::string of_user(const std::string& method, const std::string& what) const {
    return http1::request(method, "/internal/v1/users/" + user + what);
  }

  // A code of a session that is new, for each redeemer, as its request.
  std::vector<std::string> redemptions() {
    std::vector<std::string> grants;
    for (const Response& response : minters.ask(minting_request(user))) {
      grants.push_back(fastcgi::post("/api/v1/auth/cli/request-grant", "", signed_by(response).token));
    }
    std::vector<std::string> requests;
    for (const Response& response : redeemers.ask(grants)) {
      const std::string code = Document(response.body)["code"].GetString();
      requests.push_back(fastcgi::post("/api/v1/auth/cli/redeem", R"({"code":")" + code + R"("})"));
    }
    return requests;
  }

  // The tokens among some answers.
  static std::vector<std::string> tokens_in(const std::vector<Response>& responses) {
    std::vector<std::string> tokens;
    for (const Response& response : responses) {
      if (response.status < 300) tokens.emplace_back(Document(response.body)["token"].GetString());
    }
    return tokens;
  }

  [[nodiscard]] int check(const std::string& token) { return operators.ask(http1::request("GET", "/internal/v1/check", token)).status; }

  const std::string user = ::testing::UnitTest::GetInstance()->current_test_info()->name();
  Crowd minters;
  Crowd redeemers;
  HttpPeer operators;

  inline static std::unique_ptr<TempDir> folder_;
  inline static std::unique_ptr<RedisServer> redis_;
  inline static std::unique_ptr<Worker> worker_;

  RedisClient redis = redis_->client();
};

TEST_F(RacesWithBars, NothingMintedOrRedeemedMeanwhileIsADisabledUsers) {
  for (std::size_t raced = 0; raced < races(10'000); raced += 2 * kAtOnce) {
    const auto redeeming = redemptions();
    minters.send(std::vector<std::string>(kAtOnce, minting_request(user)));
    redeemers.send(redeeming);
    ASSERT_EQ(operators.ask(of_user("POST", "/disable")).status, 200);
    const auto minted = minters.read();
    const auto redeemed = redeemers.read();
    for (const Response& response : minted) ASSERT_TRUE(response.status == 201 || response.status == 403) << response.status;
    for (const Response& response : redeemed) ASSERT_TRUE(response.status == 200 || response.status == 403) << response.status;
    ASSERT_EQ(redis.keys("sessiond:{*:session:*").size(), 0U);
    // Nobody's session is back when the user is, and each signs in anew at once.
    ASSERT_EQ(operators.ask(of_user("POST", "/enable")).status, 204);
    for (const auto& token : tokens_in(minted)) ASSERT_EQ(check(token), 401);
    for (const auto& token : tokens_in(redeemed)) ASSERT_EQ(check(token), 401);
  }
}

// Whether a session lives says its key, as the index knows it, and the bar says the same.
TEST_F(RacesWithBars, WhatIsMintedOrRedeemedMeanwhileIsOverOrLivesAsAWhole) {
  std::size_t living = 0;
  std::size_t over = 0;
  for (std::size_t raced = 0; has_more_races(raced, 10'000, living > 0 && over > 0); raced += 2 * kAtOnce) {
    const auto redeeming = redemptions();
    minters.send(std::vector<std::string>(kAtOnce, minting_request(user)));
    redeemers.send(redeeming);
    ASSERT_EQ(operators.ask(of_user("DELETE", "/sessions")).status, 200);
    std::vector<std::string> tokens = tokens_in(minters.read());
    ASSERT_EQ(tokens.size(), kAtOnce);
    std::ranges::copy(tokens_in(redeemers.read()), std::back_inserter(tokens));
    for (const std::string& text : tokens) {
      const std::string id = format_uuid(parse_token(text).value().id).string();
      const bool is_there = redis({"EXISTS", key_of({id, text, ""})}).integer == 1;
      ASSERT_EQ(check(text), is_there ? 204 : 401);
      (is_there ? living : over) += 1;
    }
  }
  EXPECT_GT(living, 0U);
  EXPECT_GT(over, 0U);
}

// The caller is proved first and the change comes in a second step: in between, the bar can be raised.
TEST_F(RacesWithBars, ACallerWhoIsOverMeanwhileEndsNothingAndObtainsNothing) {
  const auto blocked = [&](int count) {
    const auto are_blocked = [&] {
      const std::string info = redis({"INFO", "clients"}).text;
      return std::stoi(info.substr(info.find("blocked_clients:") + 16)) >= count;
    };
    worker_->process().wait_until(are_blocked, "a change");
  };
  const auto mint = [&] { return signed_by(operators.ask(minting_request(user))); };
  const auto request = [&](const std::string& method, const Signed& caller, const std::string& id) {
    if (method == "POST") return fastcgi::post("/api/v1/auth/cli/request-grant", "", caller.token);
    if (method == "DELETE all") return fastcgi::request("DELETE", "/api/v1/auth/sessions", caller.token);
    if (method == "DELETE") return revocation_request(caller.token, id);
    return fastcgi::request({{"REQUEST_METHOD", "PATCH"}, {"REQUEST_URI", "/api/v1/auth/sessions/" + id}, {"HTTP_HOST", "site.example"},
                             {"HTTP_AUTHORIZATION", "Bearer " + caller.token}, {"CONTENT_TYPE", "application/json"}}, R"({"name":"x"})");
  };
  // Its own, for behind a change that waits a connection to Redis reads nothing either.
  const Worker second(*folder_, {"--bar-users", "--threads", "1"}, {}, "second-");
  FastCgiClient caller(second.public_socket());
  for (const std::string method : {"POST", "DELETE all", "DELETE", "PATCH"}) {
    const Signed mine = mint();
    // A script that Redis does not know yet would be sent again, and so come later.
    ASSERT_LT(caller.ask(request(method, mine, mint().id)).status, 300);
    ASSERT_EQ(operators.ask(of_user("DELETE", "/sessions?except=" + mine.id)).status, 200);
    const Signed lost = mint();
    redis({"ZREM", keys_of(lost) + "sessions", lost.id});
    // Redis answers reads, and keeps changes in the order in which they come.
    redis({"CLIENT", "PAUSE", "60000", "WRITE"});
    operators.write(of_user("DELETE", "/sessions?except=" + mine.id));
    blocked(1);
    caller.write(request(method, lost, mine.id));
    blocked(2);
    redis({"CLIENT", "UNPAUSE"});
    EXPECT_EQ(operators.read_response().status, 200);
    EXPECT_EQ(caller.read_response().status, 401) << method;
    EXPECT_EQ(check(mine.token), 204) << method;
    EXPECT_EQ(redis({"HEXISTS", key_of(mine), "name"}).integer, 0);
    ASSERT_EQ(redis({"EXISTS", key_of(lost)}).integer, 1) << "what the index has lost only the bar keeps out";
  }
}

TEST_F(RacesWithBars, OfManyWhoEndEachOtherOneIsLeft) {
  for (int round = 0; round < 100; ++round) {
    const auto minted = tokens_in(minters.ask(minting_request(user)));
    std::vector<std::string> endings;
    for (const std::string& token : minted) endings.push_back(fastcgi::request("DELETE", "/api/v1/auth/sessions", token));
    const auto counts = by_status(redeemers.ask(endings));
    ASSERT_EQ(counts, (std::map<int, std::size_t>{{200, 1}, {401, kAtOnce - 1}}));
    ASSERT_EQ(std::ranges::count_if(minted, [&](const std::string& token) { return check(token) == 204; }), 1);
  }
}

}  // namespace
}  // namespace sessiond::test
