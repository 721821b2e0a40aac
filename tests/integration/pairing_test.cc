// Connecting a CLI: a browser obtains a code, the CLI redeems it, once.
#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <thread>

#include "integration/document.h"
#include "integration/redis_client.h"
#include "integration/site.h"

namespace sessiond::test {
namespace {

constexpr const char* kRequest = "/api/v1/auth/cli/request-grant";

constexpr const char* kRequestId = "0123456789abcdef0123456789abcdef";

// Codes are redeemed at the worker's own socket, past nginx, which limits how often.
class Pairing : public SiteTest {
 protected:
  std::string obtain(const Signed& browser) {
    const Response response = site.web.send({"POST", kRequest, {browser.bearer()}, {}});
    EXPECT_EQ(response.status, 200) << response.body;
    return Document(response.body)["code"].GetString();
  }

  Response redeem(const std::string& code, const std::string& user_agent = "path-cli/0.8 (macOS)") {
    return redeem_body("{\"code\":\"" + code + "\"}", user_agent);
  }

  Response redeem_body(const std::string& body, const std::string& user_agent = "") {
    FastCgiClient worker(site.worker.public_socket());
    return worker.ask(fastcgi::request({{"REQUEST_METHOD", "POST"},
                                        {"REQUEST_URI", kRedeem},
                                        {"REQUEST_ID", kRequestId},
                                        {"CONTENT_TYPE", "application/json"},
                                        {"HTTP_USER_AGENT", user_agent}},
                                       body));
  }
};

TEST_F(Pairing, ACodeBuysOneCliSessionOfItsOwn) {
  const Signed browser = site.mint(user);
  const Response granted = site.web.send({"POST", kRequest, {browser.bearer()}, {}});
  ASSERT_EQ(granted.status, 200);
  const Document grant(granted.body);
  EXPECT_EQ(grant["expires_in"].GetInt(), 600);
  EXPECT_EQ(std::string(grant["code"].GetString()).size(), 8U);

  const Response redeemed = redeem(grant["code"].GetString());
  ASSERT_EQ(redeemed.status, 200) << redeemed.body;
  EXPECT_EQ(redeemed.header("set-cookie"), std::nullopt);
  const Document body(redeemed.body);
  const std::string token = body["token"].GetString();
  EXPECT_TRUE(token.starts_with("pat_"));
  EXPECT_EQ(redeemed.body, "{\"token\":\"" + token + "\",\"user\":" + site.get("/api/v1/u/me", browser).body + "}");

  const Signed cli{"", token, ""};
  const Response listed = site.list(cli);
  ASSERT_EQ(listed.status, 200);
  const Document list(listed.body);
  ASSERT_EQ(list.root().Size(), 2U);
  EXPECT_STREQ(list.root()[0]["kind"].GetString(), "cli");
  EXPECT_STREQ(list.root()[0]["user_agent"].GetString(), "path-cli/0.8 (macOS)");
  EXPECT_TRUE(list.root()[0]["is_current"].GetBool());
}

TEST_F(Pairing, TheSessionLivesForTheLifetimeOfACli) {
  const Response redeemed = redeem(obtain(site.mint(user)));
  ASSERT_EQ(redeemed.status, 200) << redeemed.body;
  Signed cli{"", Document(redeemed.body)["token"].GetString(), ""};
  cli.id = ids_in(site.list(cli)).at(0);
  RedisClient redis(site.redis.socket());
  const auto fields = redis.hash(key_of(cli));
  EXPECT_EQ(std::stoll(fields.at("expires_at")) - minted_at(cli), 90LL * 24 * 3600 * 1000);
}

TEST_F(Pairing, ACodeBuysNothingWhereTheStoredUserIsNone) {
  const Signed browser = site.mint(user);
  RedisClient redis(site.redis.socket());
  for (const std::string& json : {std::string("{}"), std::string("nonsense"), user_json("somebody else")}) {
    redis({"HSET", keys_of(browser) + "user", "json", json});
    expect_problem(redeem(obtain(browser)), 503, "internal_error");
  }
}

TEST_F(Pairing, OfARedeemersUserAgentTheFirst512BytesAreKept) {
  const Signed browser = site.mint(user);
  const Response redeemed = redeem(obtain(browser), std::string(5000, 'a'));
  ASSERT_EQ(redeemed.status, 200) << redeemed.body;
  const Signed cli{"", Document(redeemed.body)["token"].GetString(), ""};
  const std::string id = ids_in(site.list(cli)).at(0);
  RedisClient redis(site.redis.socket());
  EXPECT_EQ(redis({"HGET", keys_of(cli) + "session:" + id, "user_agent"}).text, std::string(512, 'a'));
}

TEST_F(Pairing, ACodeIsReadAsPeopleTypeIt) {
  const Signed browser = site.mint(user);
  std::string typed;
  for (const char c : obtain(browser)) {
    typed += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    if (typed.size() == 4) typed += " - ";
  }
  const std::string body = "{\"code\":\"  " + typed + "\\n\"}";
  EXPECT_EQ(site.web.send({"POST", kRedeem, {"Content-Type: application/json"}, body}).status, 200);
}

TEST_F(Pairing, AHundredRedeemersAtOnceGetOneToken) {
  const Signed browser = site.mint(user);
  const std::string code = obtain(browser);
  std::atomic<int> won{0};
  std::atomic<int> refused{0};
  {
    std::vector<std::jthread> redeemers;
    for (int i = 0; i < 100; ++i) {
      redeemers.emplace_back([&] {
        const int status = redeem(code).status;
        if (status == 200) ++won;
        if (status == 401) ++refused;
      });
    }
  }
  EXPECT_EQ(won, 1);
  EXPECT_EQ(refused, 99);
  EXPECT_EQ(ids_in(site.list(browser)).size(), 2U);
}

TEST_F(Pairing, UnknownRedeemedAndRevokedCodesGetTheSameBytes) {
  const Signed browser = site.mint(user);
  const std::string code = obtain(browser);
  ASSERT_EQ(redeem(code).status, 200);
  const Signed gone = site.mint(user);
  const std::string orphan = obtain(gone);
  ASSERT_EQ(site.revoke(browser, gone.id).status, 204);

  const Response unknown = redeem("ABCDEFGH");
  expect_problem(unknown, 401, "unauthorized");
  for (const std::string& refused : {code, orphan}) {
    const Response response = redeem(refused);
    EXPECT_EQ(response.status, 401);
    EXPECT_EQ(response.body, unknown.body);
    EXPECT_EQ(response.headers, unknown.headers);
  }
}

TEST_F(Pairing, ACodeEndsWithItsLifetime) {
  Site short_lived({"--grant-lifetime", "1s"});
  RedisClient redis(short_lived.redis.socket());
  redis({"CONFIG", "SET", "notify-keyspace-events", "Ex"});
  RedisClient events(short_lived.redis.socket());
  events({"SUBSCRIBE", "__keyevent@0__:expired"});
  const Signed browser = short_lived.mint(user);
  const Response granted = short_lived.web.send({"POST", kRequest, {browser.bearer()}, {}});
  ASSERT_EQ(granted.status, 200);
  EXPECT_EQ(Document(granted.body)["expires_in"].GetInt(), 1);
  static_cast<void>(events.listen());  // Redis has dropped the code's key: nothing else expires here
  const std::string code = Document(granted.body)["code"].GetString();
  const Response late = short_lived.web.send({"POST", kRedeem, {"Content-Type: application/json"}, "{\"code\":\"" + code + "\"}"});
  expect_problem(late, 401, "unauthorized");
}

TEST_F(Pairing, ACodeEndsWithItsLifetimeAlsoWhereItsKeyIsKept) {
  Site short_lived({"--grant-lifetime", "1s"});
  RedisClient redis = short_lived.redis.client();
  const Signed browser = short_lived.mint(user);
  const Response granted = short_lived.web.send({"POST", kRequest, {browser.bearer()}, {}});
  ASSERT_EQ(granted.status, 200);
  for (const std::string& key : redis.keys("sessiond:grant:*")) redis({"PERSIST", key});
  // `name expires_at`, by Redis's clock.
  const std::string grants = redis({"HGET", key_of(browser), "grants"}).text;
  const long long ends = std::stoll(grants.substr(grants.rfind(' ')));
  EXPECT_LE(ends, redis.now() + 1000);
  while (redis.now() <= ends) {
  }
  const std::string body = std::string("{\"code\":\"") + Document(granted.body)["code"].GetString() + "\"}";
  expect_problem(short_lived.web.send({"POST", kRedeem, {"Content-Type: application/json"}, body}), 401, "unauthorized");
}

TEST_F(Pairing, ACodeIsWorthlessOnceItsSessionHasExpired) {
  RedisClient redis(site.redis.socket());
  const Signed browser = site.mint(user, {.ttl_seconds = 1});
  const Signed other = site.mint(user);
  const std::string code = obtain(browser);
  const std::string key = key_of(browser);
  site.worker.process().wait_until([&] { return redis({"EXISTS", key}).integer == 0; }, "the session's end");
  expect_problem(redeem(code), 401, "unauthorized");
  EXPECT_EQ(ids_in(site.list(other)), std::vector{other.id});
}

TEST_F(Pairing, ACliSessionCannotConnectAnother) {
  const Signed cli = site.mint(user, {.kind = "cli"});
  expect_problem(site.web.send({"POST", kRequest, {cli.bearer()}, {}}), 403, "forbidden");
}

TEST_F(Pairing, OnlyTheFiveLatestCodesOfASessionWork) {
  const Signed browser = site.mint(user);
  std::vector<std::string> codes;
  for (int i = 0; i < 6; ++i) codes.push_back(obtain(browser));
  EXPECT_EQ(redeem(codes[0]).status, 401);
  for (std::size_t i = 1; i < 6; ++i) EXPECT_EQ(redeem(codes[i]).status, 200) << i;
}

TEST_F(Pairing, NothingOfACodeIsStoredAndNothingOfItRemains) {
  RedisClient redis(site.redis.socket());
  const Signed browser = site.mint(user);
  const std::string code = obtain(browser);
  const auto holds = [&](const std::string& text) {
    std::set<std::string> keys;
    for (const std::string& key : redis.keys("sessiond:grant:*")) {
      if (key.find(text) != std::string::npos) keys.insert(key);
      for (const auto& [field, value] : redis.hash(key)) {
        if (value.find(text) != std::string::npos) keys.insert(key);
      }
    }
    return keys.size();
  };
  EXPECT_EQ(holds(code), 0U);
  EXPECT_EQ(holds(browser.id), 1U);
  ASSERT_EQ(site.revoke(browser, browser.id).status, 204);
  EXPECT_EQ(holds(browser.id), 0U);
  EXPECT_TRUE(redis.keys(keys_of(browser) + "*").empty());

  const Signed redeemed = site.mint(user);
  ASSERT_EQ(redeem(obtain(redeemed)).status, 200);
  EXPECT_EQ(holds(redeemed.id), 0U);
}

TEST_F(Pairing, WhatIsNoCodeIsABadRequest) {
  for (const char* body : {"", "[]", "{}", R"({"code":null})", R"({"code":12345678})", R"({"code":"ABCDEFG"})",
                           R"({"code":"ABCDEFGHJ"})", R"({"code":"ABCDEFGé"})", R"({"code":"ABCDEFGH","x":1})",
                           R"({"code":"ABCDEFGH","code":"ABCDEFGH"})"}) {
    expect_problem(redeem_body(body), 400, "bad_request");
  }
}

}  // namespace
}  // namespace sessiond::test
