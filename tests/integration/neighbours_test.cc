// Two deployments on one Redis, and two sites on one host name: they share nothing.
#include <gtest/gtest.h>

#include "integration/document.h"
#include "integration/site.h"

namespace sessiond::test {
namespace {

// Production, and a staging beside it with a prefix of its own and dev logins.
class Neighbours : public ::testing::Test {
 protected:
  Neighbours() : redis(folder) {
    redis.start();
    redis.client()({"ACL", "SETUSER", kAccount, "~staging:*"});
    production = std::make_unique<Worker>(folder);
    staging = std::make_unique<Worker>(folder, std::vector<std::string>{"--key-prefix", "staging", "--dev-login"},
                                       std::vector<std::string>{}, "staging-");
  }

  static Response ask(const std::string& socket, const std::string& request) { return peer_of(socket)->ask(request); }
  static Signed mint(const Worker& worker) {
    return signed_by(ask(worker.internal_socket(), http1::post("/internal/v1/sessions", minting_json(user_json("alice")))));
  }
  static int list(const Worker& worker, const std::string& token) {
    return ask(worker.public_socket(), fastcgi::request("GET", "/api/v1/auth/sessions", token)).status;
  }
  static std::vector<std::string> listed(const Worker& worker) {
    return ids_in(ask(worker.internal_socket(), http1::request("GET", "/internal/v1/users/alice/sessions")));
  }
  static std::string dev_login(const Worker& worker) {
    const Response login = ask(worker.public_socket(), fastcgi::post("/api/v1/auth/dev-login", R"({"username":"admin"})"));
    const std::string cookie = login.header("set-cookie").value_or("");
    const std::size_t start = cookie.find('=') + 1;
    return cookie.substr(start, cookie.find(';') - start);
  }
  Outcome run(std::vector<std::string> words) {
    words.insert(words.begin(), worker_program());
    words.insert(words.end(), {"--config", "/dev/null", "--redis", redis.socket()});
    Process process(words, folder / ("said-" + std::to_string(++runs_)));
    const int status = process.wait();
    return {status, process.said()};
  }

  TempDir folder;
  RedisServer redis;
  std::unique_ptr<Worker> production;
  std::unique_ptr<Worker> staging;

 private:
  int runs_ = 0;
};

TEST_F(Neighbours, ATokenOfOneIsNothingToTheOther) {
  const Signed here = mint(*production);
  const Signed there = mint(*staging);
  const std::string admin = dev_login(*staging);
  ASSERT_TRUE(admin.starts_with("ses_")) << admin;
  EXPECT_EQ(list(*production, here.token), 200);
  EXPECT_EQ(list(*staging, there.token), 200);
  EXPECT_EQ(list(*staging, admin), 200);
  for (const std::string& token : {there.token, admin}) EXPECT_EQ(list(*production, token), 401);
  const auto check = [](const Worker& worker, const std::string& token) {
    return ask(worker.internal_socket(), http1::request("GET", "/internal/v1/check", token)).status;
  };
  EXPECT_EQ(check(*production, admin), 401);
  EXPECT_EQ(check(*staging, admin), 204);
  EXPECT_EQ(check(*staging, here.token), 401);
  EXPECT_EQ(list(*staging, here.token), 401);
  EXPECT_EQ(listed(*production), std::vector{here.id});
  EXPECT_EQ(listed(*staging), std::vector{there.id});
  for (const std::string& key : redis.client().keys()) {
    EXPECT_TRUE(key.starts_with("sessiond:{") || key.starts_with("staging:{")) << key;
  }
}

TEST_F(Neighbours, ACodeOfOneIsNothingToTheOther) {
  const Signed there = mint(*staging);
  const Response grant = ask(staging->public_socket(), fastcgi::post("/api/v1/auth/cli/request-grant", "", there.token));
  const std::string redemption =
      fastcgi::post("/api/v1/auth/cli/redeem", R"({"code":")" + std::string(Document(grant.body)["code"].GetString()) + R"("})");
  EXPECT_EQ(ask(production->public_socket(), redemption).status, 401);
  EXPECT_EQ(ask(staging->public_socket(), redemption).status, 200);
}

TEST_F(Neighbours, EndingAllOfOnesSessionsEndsNoneOfTheOthers) {
  const Signed here = mint(*production);
  const Signed there = mint(*staging);
  const Response ended = ask(production->internal_socket(), http1::request("DELETE", "/internal/v1/users/alice/sessions"));
  EXPECT_EQ(ended.body, R"({"revoked":1})");
  EXPECT_EQ(list(*staging, there.token), 200);
  const Signed again = mint(*production);
  EXPECT_EQ(run({"revoke", "alice", "--all", "--json", "--key-prefix", "staging"}).said, "{\"revoked\":1}\n");
  EXPECT_EQ(list(*production, again.token), 200);
  EXPECT_EQ(list(*staging, there.token), 401);
}

TEST_F(Neighbours, EndingEverybodysEndsOnlyOnesOwn) {
  const Signed here = mint(*production);
  const Signed there = mint(*staging);
  EXPECT_EQ(run({"revoke", "--everybody", "--yes", "--json"}).said, "{\"revoked\":1}\n");
  EXPECT_EQ(list(*production, here.token), 401);
  EXPECT_EQ(list(*staging, there.token), 200);
}

TEST_F(Neighbours, DoctorComparesOnlyOnesOwnAndSaysThatThereAreOthers) {
  const Signed here = mint(*production);
  redis.client()({"SET", "cache:{x}:session:y", "somebody else's"});
  EXPECT_EQ(run({"doctor", "--keys"}).said.find("key-prefix"), std::string::npos) << "there are no others yet";
  const Signed there = mint(*staging);
  redis.client()({"DEL", "staging:" + keys_of(there).substr(std::string("sessiond:").size()) + "sessions"});
  const Outcome found = run({"doctor", "--keys"});
  EXPECT_NE(found.said.find("1 sessions of 1 users, 0 faults"), std::string::npos) << found.said;
  EXPECT_NE(found.said.find("1 more sessions have another key-prefix than sessiond: staging"), std::string::npos) << found.said;
  const Outcome theirs = run({"doctor", "--keys", "--key-prefix", "staging"});
  EXPECT_NE(theirs.said.find("1 sessions of 0 users, 1 faults"), std::string::npos) << theirs.said;
  EXPECT_NE(theirs.said.find("another key-prefix than staging: sessiond"), std::string::npos) << theirs.said;
}

TEST_F(Neighbours, DoctorSaysThatThereAreDevLoginsWhereNoneAreExpected) {
  Worker careless(folder, {"--dev-login"}, {}, "careless-");
  dev_login(careless);
  const Outcome found = run({"doctor", "--keys"});
  EXPECT_EQ(found.status, 1);
  EXPECT_NE(found.said.find("problem: 1 sessions are of dev logins"), std::string::npos) << found.said;
  EXPECT_EQ(run({"doctor", "--keys", "--dev-login"}).said.find("dev logins"), std::string::npos);
}

TEST(CookieName, IsReadSetAndCleared) {
  Site site({"--cookie-name", "__Host-second", "--dev-login"});
  const Response login =
      site.web.send({"POST", "/api/v1/auth/dev-login", {"Content-Type: application/json"}, R"({"username":"alice"})"});
  const std::string set = login.header("set-cookie").value_or("");
  ASSERT_TRUE(set.starts_with("__Host-second=ses_")) << set;
  EXPECT_EQ(set.find("Domain"), std::string::npos);
  const std::string token = set.substr(set.find('=') + 1, set.find(';') - set.find('=') - 1);

  // Another site on the same host name has its cookie sent, too.
  const Signed another = site.mint("bob");
  const std::string both = "Cookie: " + std::string("__Host-session=") + another.token + "; __Host-second=" + token;
  const Response me = site.web.send({"GET", "/api/v1/u/me", {both}, {}});
  EXPECT_STREQ(Document(me.body)["id"].GetString(), "dev:alice");
  EXPECT_EQ(site.web.send({"GET", "/api/v1/u/me", {another.cookie()}, {}}).status, 401);

  const Response logout = site.web.send({"POST", "/api/v1/auth/logout", {both, "Sec-Fetch-Site: same-origin"}, {}});
  EXPECT_EQ(logout.status, 204);
  EXPECT_EQ(logout.header("set-cookie"), "__Host-second=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0");
  EXPECT_EQ(site.get("/api/v1/u/me", {"", token, ""}).status, 401);
  EXPECT_EQ(site.get("/api/v1/u/me", another).status, 200);
}

TEST(CookieOfADomain, IsSetAndClearedWithTheSameAttributes) {
  Site site({"--cookie-name", "__Secure-s", "--cookie-domain", "example.org", "--cookie-same-site", "Strict", "--dev-login"});
  const std::string attributes = "; Domain=example.org; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=";
  const Response minted = site.post_internal("/internal/v1/sessions", minting_json(user_json("alice"), {.ttl_seconds = 600}));
  const Signed alice = signed_by(minted);
  EXPECT_EQ(minted.header("set-cookie"), "__Secure-s=" + alice.token + attributes + "600");
  const Response login =
      site.web.send({"POST", "/api/v1/auth/dev-login", {"Content-Type: application/json"}, R"({"username":"alice"})"});
  EXPECT_TRUE(login.header("set-cookie").value_or("").ends_with(attributes + "86400")) << login.header("set-cookie").value_or("");
  const Response logout = site.web.send({"POST", "/api/v1/auth/logout", {"Cookie: __Secure-s=" + alice.token}, {}});
  EXPECT_EQ(logout.header("set-cookie"), "__Secure-s=" + attributes + "0");
  EXPECT_EQ(site.worker.log().find("insecure"), std::string::npos);
}

TEST(CookieOfADomain, ThatASiblingSetsBesideItSignsNobodyIn) {
  Site site({"--cookie-name", "__Secure-s", "--cookie-domain", "example.org"});
  const Signed alice = site.mint("alice");
  const Signed mallory = site.mint("mallory");
  const std::string both = "Cookie: __Secure-s=" + mallory.token + "; __Secure-s=" + alice.token;
  EXPECT_EQ(site.web.send({"GET", "/api/v1/u/me", {both}, {}}).status, 401);
  // A page of a sibling is no page of ours.
  const Response logout = site.web.send({"POST", "/api/v1/auth/logout", {"Cookie: __Secure-s=" + alice.token, "Sec-Fetch-Site: same-site"}, {}});
  EXPECT_EQ(logout.status, 403);
}

TEST(InsecureCookie, IsSaidLoudlyInTheLog) {
  Site site({"--cookie-name", "s", "--insecure-cookie", "--log-level", "warning"});
  const Response minted = site.post_internal("/internal/v1/sessions", minting_json(user_json("alice"), {.ttl_seconds = 600}));
  EXPECT_EQ(minted.header("set-cookie"), "s=" + signed_by(minted).token + "; Path=/; HttpOnly; SameSite=Lax; Max-Age=600");
  EXPECT_TRUE(site.worker.says("insecure-cookie is on: browsers send the session cookie over plain http"));
}

}  // namespace
}  // namespace sessiond::test
