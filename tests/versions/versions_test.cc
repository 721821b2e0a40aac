// An update under way: workers of two versions serve one Redis. What either writes the other reads,
// and what either ends is over for both. The earlier one is the program that $EARLIER names.
#include <gtest/gtest.h>

#include <cstdlib>

#include "integration/document.h"
#include "integration/site.h"

namespace sessiond::test {
namespace {

std::string earlier_program() {
  const char* const path = std::getenv("EARLIER");
  if (path == nullptr) throw std::runtime_error("EARLIER does not say which program to test with");
  return path;
}

// A worker, asked as nginx asks.
class Version {
 public:
  Version(const TempDir& folder, const std::string& name, const std::string& program, const std::vector<std::string>& more = {})
      : worker_(folder, with(more), {}, name, program) {}

  Signed mint(const std::string& user, const Wanted& wanted = {}) {
    return signed_by(ask_internally("POST", "/internal/v1/sessions", {{"CONTENT_TYPE", "application/json"}}, minting_json(user_json(user), wanted)));
  }
  Response list(const Signed& caller) { return ask("GET", "/api/v1/auth/sessions", caller); }
  Response me(const Signed& caller) { return ask("GET", "/api/v1/u/me", caller); }
  Response revoke(const Signed& caller, const std::string& id) { return ask("DELETE", "/api/v1/auth/sessions/" + id, caller); }
  Response revoke_others(const Signed& caller) { return ask("DELETE", "/api/v1/auth/sessions", caller); }
  Response log_out(const Signed& caller) { return ask("POST", "/api/v1/auth/logout", caller); }
  Response check(const Signed& caller) {
    return ask_internally("GET", "/internal/v1/check", {{"HTTP_AUTHORIZATION", "Bearer " + caller.token}});
  }
  Response revoke_user(const std::string& user) {
    return ask_internally("DELETE", "/internal/v1/users/" + user + "/sessions");
  }
  std::string obtain(const Signed& browser) {
    return Document(ask(fastcgi::post("/api/v1/auth/cli/request-grant", "", browser.token)).body)["code"].GetString();
  }
  Response redeem(const std::string& code) {
    return ask(fastcgi::post("/api/v1/auth/cli/redeem", R"({"code":")" + code + R"("})"));
  }

 private:
  static std::vector<std::string> with(const std::vector<std::string>& more) {
    std::vector<std::string> options = {"--dev-login", "--max-sessions", "4"};
    options.insert(options.end(), more.begin(), more.end());
    return options;
  }
  Response ask(const std::string& request) { return FastCgiClient(worker_.public_socket()).ask(request); }
  Response ask(const std::string& method, const std::string& path, const Signed& caller) {
    return ask(fastcgi::request(method, path, caller.token));
  }
  Response ask_internally(const std::string& method, const std::string& path, fastcgi::Parameters parameters = {}, const std::string& body = "") {
    parameters.insert(parameters.end(), {{"REQUEST_METHOD", method}, {"REQUEST_URI", path}});
    return HttpPeer(worker_.internal_socket()).ask(http1::request(parameters, body));
  }

  Worker worker_;
};

// Each test runs twice, so that each version is once the one that acts first.
class Versions : public ::testing::TestWithParam<bool> {
 protected:
  struct Started {
    explicit Started(RedisServer& server) { server.start(); }
  };

  TempDir folder_;
  RedisServer redis_{folder_};
  Started started_{redis_};
  Version earlier_{folder_, "earlier", earlier_program()};
  Version present_{folder_, "present", worker_program()};

  Version& one = GetParam() ? earlier_ : present_;
  Version& other = GetParam() ? present_ : earlier_;
  RedisClient redis = redis_.client();
};

INSTANTIATE_TEST_SUITE_P(Updating, Versions, ::testing::Values(true, false),
                         [](const auto& direction) { return direction.param ? "EarlierFirst" : "PresentFirst"; });

TEST_P(Versions, WhatOneMintsTheOtherAccepts) {
  const Wanted wanted{.kind = "cli", .user_agent = "curl/8 \"quoted\" é", .ttl_seconds = 1000};
  const Signed session = one.mint("alice", wanted);
  EXPECT_EQ(other.me(session).body, user_json("alice"));
  const Response check = other.check(session);
  EXPECT_EQ(check.status, 204);
  EXPECT_EQ(check.header("x-session-user"), "alice");
  EXPECT_EQ(check.header("x-session-kind"), "cli");
  EXPECT_EQ(check.header("x-session-expires-at"), session.expires_at);
}

TEST_P(Versions, BothListTheSessionsOfBoth) {
  const Signed first = one.mint("alice", {.user_agent = "Firefox"});
  const Signed second = other.mint("alice");
  const Response list = one.list(first);
  EXPECT_EQ(ids_in(list), (std::vector{second.id, first.id}));
  EXPECT_EQ(other.list(first).body, list.body);
}

TEST_P(Versions, WhatOneRevokesTheOtherRefuses) {
  const Signed first = one.mint("alice");
  const Signed second = other.mint("alice");
  ASSERT_EQ(other.revoke(second, first.id).status, 204);
  EXPECT_EQ(one.me(first).status, 401);
  EXPECT_EQ(ids_in(one.list(second)), std::vector{second.id});
  ASSERT_EQ(one.log_out(second).status, 204);
  EXPECT_EQ(other.check(second).status, 401);
  EXPECT_TRUE(redis.keys().empty());
}

TEST_P(Versions, RevokingManyEndsThoseOfBoth) {
  const Signed mine = one.mint("alice");
  other.mint("alice");
  one.mint("alice");
  EXPECT_EQ(other.revoke_others(mine).body, R"({"revoked":2})");
  EXPECT_EQ(ids_in(one.list(mine)), std::vector{mine.id});
  EXPECT_EQ(one.revoke_user("alice").body, R"({"revoked":1})");
  EXPECT_EQ(other.me(mine).status, 401);
  EXPECT_TRUE(redis.keys().empty());
}

TEST_P(Versions, TheCapAndReplacingCountTheSessionsOfBoth) {
  std::vector<Signed> sessions;
  for (int i = 0; i < 6; ++i) sessions.push_back((i % 2 == 0 ? one : other).mint("alice"));
  EXPECT_EQ(ids_in(other.list(sessions[5])).size(), 4U);
  EXPECT_EQ(one.me(sessions[1]).status, 401) << "of the oldest";
  const Signed renewed = other.mint("alice", {.replaces = sessions[4].id});
  EXPECT_EQ(one.me(sessions[4]).status, 401);
  EXPECT_EQ(one.me(renewed).status, 200);
  EXPECT_EQ(ids_in(one.list(renewed)).size(), 4U);
}

TEST_P(Versions, ACodeOfOneIsRedeemedOnceByTheOther) {
  const Signed browser = one.mint("alice");
  const std::string code = one.obtain(browser);
  const Response redeemed = other.redeem(code);
  ASSERT_EQ(redeemed.status, 200) << redeemed.body;
  EXPECT_EQ(one.redeem(code).status, 401);
  EXPECT_EQ(one.me({"", Document(redeemed.body)["token"].GetString(), ""}).status, 200);

  const std::string unused = other.obtain(browser);
  ASSERT_EQ(one.revoke(browser, browser.id).status, 204);
  EXPECT_EQ(other.redeem(unused).status, 401) << "a code ends with the session that asked for it";
}

// An option that the earlier one does not have.
TEST(VersionsOfWhichOneKnowsDevices, ServeTheSameSessionsAndTheOtherChangesNothingOfWhatIsKnown) {
  TempDir folder;
  RedisServer server(folder);
  server.start();
  RedisClient redis = server.client();
  Version earlier(folder, "earlier", earlier_program(), {"--events-kept", "1h"});
  Version present(folder, "present", worker_program(), {"--events-kept", "1h", "--known-devices", "90d"});
  const Signed mine = present.mint("alice", {.user_agent = "curl/8"});
  const std::string key = keys_of(mine) + "known-devices";
  EXPECT_EQ(earlier.check(mine).status, 204);
  const Signed other = earlier.mint("alice", {.user_agent = "Firefox"});
  EXPECT_EQ(ids_in(present.list(other)), (std::vector{other.id, mine.id}));
  EXPECT_EQ(redis({"ZCARD", key}).integer, 1) << "whom the earlier one signs in is on no known device";
  ASSERT_EQ(earlier.log_out(mine).status, 204);
  present.mint("alice", {.user_agent = "curl/9"});
  EXPECT_EQ(redis({"ZCARD", key}).integer, 1);
  EXPECT_EQ(earlier.revoke_user("alice").status, 200);
  EXPECT_EQ(redis({"EXISTS", key}).integer, 1) << "which has its end";
  EXPECT_EQ(present.revoke_user("alice").status, 200);
  EXPECT_EQ(redis({"EXISTS", key}).integer, 0);
}

}  // namespace
}  // namespace sessiond::test
