// The option check-header: what an application learns of the User beside who it is.
#include <gtest/gtest.h>

#include "integration/document.h"
#include "integration/redis_client.h"
#include "integration/site.h"

namespace sessiond::test {
namespace {

const std::vector<std::string> kThreeHeaders = {"--check-header", "Remote-Email: email", "--check-header", "Remote-Groups: groups",
                                           "--check-header", "Remote-Name:display name"};

// As many groups as given, each of this many bytes.
std::string groups(int count, std::size_t size) {
  std::string list;
  for (int i = 0; i < count; ++i) {
    std::string name = "group" + std::to_string(i);
    name.resize(size, 'x');
    list += (i == 0 ? "\"" : ",\"") + name + "\"";
  }
  return "[" + list + "]";
}

class CheckHeaders : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { site_ = std::make_unique<Site>(kThreeHeaders); }
  static void TearDownTestSuite() { site_.reset(); }

  CheckHeaders() : site(*site_), user(::testing::UnitTest::GetInstance()->current_test_info()->name()) {}

  Response mint(const std::string& members) {
    return site.post_internal("/internal/v1/sessions", minting_json(user_with(user, members)));
  }
  Response check(const Signed& caller) { return site.operators.send({"GET", "/internal/v1/check", {caller.bearer()}, {}}); }
  // What the check says of such a User.
  Response checked(const std::string& members) { return check(signed_by(mint(members))); }

  Site& site;
  const std::string user;

 private:
  static inline std::unique_ptr<Site> site_;
};

TEST_F(CheckHeaders, SayWhatTheUserIs) {
  const Response response = checked(R"("email":"alice@example.org","groups":["admin","ops"],"display name":"Alice \"A\" O'Neil")");
  EXPECT_EQ(response.status, 204);
  EXPECT_EQ(response.header("remote-email"), "alice@example.org");
  EXPECT_EQ(response.header("remote-groups"), "admin,ops");
  EXPECT_EQ(response.header("remote-name"), "Alice \"A\" O'Neil");
  EXPECT_EQ(response.header("x-session-user"), user);
}

TEST_F(CheckHeaders, AreTheTextOfANumberAndABool) {
  for (const char* value : {"true", "false", "0", "-12", "1.50", "1e3", "18446744073709551615"}) {
    const Response response = checked(R"("groups": [ "a" ,)" + std::string(value) + R"( ], "email":)" + value + "\n");
    EXPECT_EQ(response.header("remote-email"), value);
    EXPECT_EQ(response.header("remote-groups"), std::string("a,") + value);
  }
}

TEST_F(CheckHeaders, AreNotThereWhereThereIsNothingToSay) {
  for (const char* value : {"null", "{}", R"({"email":"a"})", R"("")", "[]", R"([""])", "[null]", R"([["admin"],{"admin":"admin"}])"}) {
    const Response response = checked(R"("email":)" + std::string(value) + R"(,"groups":)" + value);
    EXPECT_EQ(response.status, 204) << response.body;
    EXPECT_EQ(response.header("remote-email"), std::nullopt) << value;
    EXPECT_EQ(response.header("remote-groups"), std::nullopt) << value;
    EXPECT_EQ(response.header("remote-name"), std::nullopt) << value;
  }
}

TEST_F(CheckHeaders, NeverMakeTwoGroupsOfOne) {
  const std::vector<std::pair<std::string, std::string>> names = {
      {"a,admin", "a%2Cadmin"}, {"\"admin\"", "\"admin\""}, {"a%2Cb", "a%252Cb"}, {" admin", "%20admin"}, {"admin ", "admin%20"},
      {"on call", "on call"}, {"\xF0\x9F\x98\x80", "%F0%9F%98%80"}, {"z\xC3\xAB", "z%C3%AB"}, {"a;b|c\\d'e", "a;b|c\\d'e"}};
  std::string list, expected;
  for (const auto& [name, shown] : names) {
    list += (list.empty() ? "" : ",") + quoted(name);
    expected += (expected.empty() ? "" : ",") + shown;
  }
  EXPECT_EQ(checked(R"("groups":[)" + list + "]").header("remote-groups"), expected);
  EXPECT_EQ(checked(R"("groups":["a",null,["b"],{"c":"d"},"e"])").header("remote-groups"), "a,e");
}

TEST_F(CheckHeaders, HoldNoHeaderOfAMembersMaking) {
  const std::string evil = R"("a\r\nRemote-Groups: admin\nX-Session-User: root\u0000\u0085\u007f\t")";
  const std::string shown = "a%0D%0ARemote-Groups: admin%0AX-Session-User: root%00%C2%85%7F%09";
  for (const std::string& members : {R"("email":)" + evil, R"("email":[)" + evil + "]"}) {
    const Response response = checked(members);
    EXPECT_EQ(response.status, 204);
    EXPECT_EQ(response.header("remote-email"), shown);
    EXPECT_EQ(response.header("remote-groups"), std::nullopt);
    EXPECT_EQ(response.header("x-session-user"), user);
  }
}

TEST_F(CheckHeaders, HoldAHundredGroupsAndThreeKilobytesInAll) {
  EXPECT_EQ(checked(R"("groups":)" + groups(100, 12)).header("remote-groups").value_or("").size(), 1299U);
  // Names and values together: "Remote-Groups" and "Remote-Email" are 25 bytes.
  const std::string most = R"("email":"a@b","groups":[")" + std::string(3072 - 25 - 3, 'x') + "\"]";
  EXPECT_EQ(checked(most).header("remote-groups").value_or("").size(), 3072U - 25 - 3);
  const Response over = mint(R"("email":"ab@b","groups":[")" + std::string(3072 - 25 - 3, 'x') + "\"]");
  expect_problem(over, 400, "bad_request");
}

TEST_F(CheckHeaders, HoldTheMostBesideTheLongestUserId) {
  const std::string id(255, '\x01');
  const Response minted = site.post_internal(
      "/internal/v1/sessions", minting_json(user_with(id, R"("groups":[")" + std::string(3072 - 13, 'x') + "\"]")));
  const Signed session = signed_by(minted);
  EXPECT_EQ(check(session).header("remote-groups").value_or("").size(), 3072U - 13);
  EXPECT_EQ(site.web.send({"GET", "/app/", {session.cookie()}, {}}).status, 200);
}

TEST_F(CheckHeaders, ThatAUserIsTooLongForAreNamedAtMintingAndNobodyIsSignedIn) {
  for (const std::string& members : {R"("groups":)" + groups(100, 100), R"("display name":"A","groups":["a",")" + std::string(10'000, ',') + "\"]"}) {
    const Response response = mint(members);
    expect_problem(response, 400, "bad_request");
    EXPECT_NE(response.body.find("Remote-Groups"), std::string::npos) << response.body;
    EXPECT_EQ(site.operators.send({"GET", "/internal/v1/users/" + user + "/sessions", {}, {}}).body, "[]");
  }
}

TEST_F(CheckHeaders, ThatAStoredUserIsTooLongForLetItInNowhereAndTheLogSaysWhy) {
  const Signed session = signed_by(mint(R"("groups":["ops"])"));
  ASSERT_EQ(site.web.send({"GET", "/app/", {session.cookie()}, {}}).status, 200);
  // As a worker without the option would have stored it.
  const std::string stored = user_with(user, R"("groups":)" + groups(100, 100));
  site.redis.client()({"HSET", keys_of(session) + "user", "json", stored});
  const Response response = check(session);
  expect_problem(response, 500, "internal_error");
  EXPECT_EQ(response.header("remote-groups"), std::nullopt);
  EXPECT_EQ(response.header("x-session-user"), std::nullopt);
  EXPECT_TRUE(site.worker.says("the longest header is Remote-Groups"));
  expect_problem(site.web.send({"GET", "/app/", {session.cookie()}, {}}), 503, "internal_error");
  // All else goes on: signing out, too.
  EXPECT_EQ(site.get("/api/v1/u/me", session).body, stored);
  EXPECT_EQ(site.revoke(session, session.id).status, 204);
}

TEST_F(CheckHeaders, AreNeverThoseOfAForeignUser) {
  const Signed session = signed_by(mint(R"("groups":["ops"])"));
  for (const std::string& stored : {user_with("somebody else", R"("groups":["admin"])"), std::string(R"({"groups":["admin"]})"), std::string("[]")}) {
    site.redis.client()({"HSET", keys_of(session) + "user", "json", stored});
    expect_problem(check(session), 503, "internal_error");
  }
  site.redis.client()({"DEL", keys_of(session) + "user"});
  expect_problem(check(session), 503, "internal_error");
}

TEST_F(CheckHeaders, AreForALivingSessionOnly) {
  const Signed session = signed_by(mint(R"("groups":["ops"])"));
  const Signed other = site.mint(user);  // the User lives on
  ASSERT_EQ(site.revoke(session, session.id).status, 204);
  expect_problem(check(session), 401, "unauthorized");
  ASSERT_EQ(site.revoke(other, other.id).status, 204);
  expect_problem(check(other), 401, "unauthorized");
}

TEST_F(CheckHeaders, CostOneCommandMore) {
  RedisClient redis = site.redis.client();
  const Signed session = signed_by(mint(R"("groups":["ops"])"));
  redis({"CONFIG", "RESETSTAT"});
  for (int i = 0; i < 10; ++i) ASSERT_EQ(check(session).status, 204);
  const std::string stats = redis({"INFO", "commandstats"}).text;
  EXPECT_NE(stats.find("cmdstat_hmget:calls=10,"), std::string::npos) << stats;
  EXPECT_NE(stats.find("cmdstat_hget:calls=10,"), std::string::npos) << stats;
  for (const char* other : {"cmdstat_eval", "cmdstat_zrange", "cmdstat_exists"}) {
    EXPECT_EQ(stats.find(other), std::string::npos) << stats;
  }
}

}  // namespace
}  // namespace sessiond::test
