// Who gets in: by which credentials, and by which not.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "integration/document.h"
#include "integration/site.h"
#include "session/token.h"

namespace sessiond::test {
namespace {


class Credentials : public SiteTest {
 protected:
  Response me(std::vector<std::string> headers, const std::string& query = "") {
    return site.web.send({"GET", kMe + query, std::move(headers), {}});
  }
  // Straight from the worker, for what is too much for nginx.
  Response ask_worker(const fastcgi::Parameters& more) {
    fastcgi::Parameters parameters = {{"REQUEST_METHOD", "GET"}, {"REQUEST_URI", kMe}};
    parameters.insert(parameters.end(), more.begin(), more.end());
    return worker_.ask(fastcgi::request(parameters));
  }
  int status_of(const std::string& token) { return worker_.ask(fastcgi::request("GET", kMe, token)).status; }
  static bool is_user(const Response& response, const std::string& id) {
    return response.status == 200 && Document(response.body)["id"].GetString() == id;
  }

 private:
  FastCgiClient worker_{site.worker.public_socket()};
};

void expect_challenge(const Response& response, const char* challenge) {
  expect_problem(response, 401, "unauthorized");
  EXPECT_EQ(response.header("www-authenticate"), challenge);
}

constexpr const char* kAsk = "Bearer";
constexpr const char* kInvalid = "Bearer error=\"invalid_token\"";

TEST_F(Credentials, TheHeaderOrTheCookieWillDo) {
  const Signed mine = site.mint(user);
  EXPECT_TRUE(is_user(me({mine.bearer()}), user));
  EXPECT_TRUE(is_user(me({mine.cookie()}), user));
  EXPECT_TRUE(is_user(me({"Authorization: bearer " + mine.token}), user));
}

TEST_F(Credentials, WithoutAnyOneIsAskedToSignIn) {
  expect_challenge(me({}), kAsk);
  expect_challenge(me({"Cookie: session=x; theme=dark"}), kAsk);
  expect_challenge(me({"Authorization: Basic YTpi"}), kAsk);
}

TEST_F(Credentials, ABadTokenIsCalledInvalid) {
  for (const char* token : {"", "x", "ses_", "pat_", "null", "undefined", "ses_AAAA", "../../etc/passwd", "' OR 1=1 --"}) {
    expect_challenge(me({std::string("Authorization: Bearer ") + token}), kInvalid);
    expect_challenge(me({std::string("Cookie: __Host-session=") + token}), kInvalid);
  }
}

TEST_F(Credentials, ATokenInTheQueryOrTheBodyIsNotLookedAt) {
  const Signed mine = site.mint(user);
  expect_challenge(me({}, "?token=" + mine.token + "&access_token=" + mine.token), kAsk);
  expect_challenge(site.web.send({"POST",
                                  "/api/v1/auth/logout",
                                  {"Content-Type: application/x-www-form-urlencoded"},
                                  "access_token=" + mine.token}),
                   kAsk);
}

TEST_F(Credentials, TheHeaderWinsAndABadOneIsNotRescuedByTheCookie) {
  const Signed mine = site.mint(user);
  const Signed other = site.mint(user + " (another)");
  EXPECT_TRUE(is_user(me({mine.bearer(), other.cookie()}), user));
  const std::string sessions = "/api/v1/auth/sessions";
  for (const auto& [method, path] : std::vector<std::pair<std::string, std::string>>{
           {"GET", "/api/v1/u/me"}, {"GET", sessions}, {"DELETE", sessions + "/" + mine.id}, {"DELETE", sessions},
           {"POST", "/api/v1/auth/logout"}, {"POST", "/api/v1/auth/cli/request-grant"}}) {
    for (const char* bad : {"Authorization: Bearer nonsense", "Authorization: Bearer ses_nonsense"}) {
      expect_challenge(site.web.send({method, path, {bad, mine.cookie()}, {}}), kInvalid);
    }
  }
  EXPECT_TRUE(is_user(me({mine.cookie()}), user));
}

TEST_F(Credentials, TwoHeadersAreAmbiguous) {
  const Signed mine = site.mint(user);
  const Signed other = site.mint(user + " (another)");
  const std::string name = "HTTP_AUTHORIZATION";
  EXPECT_EQ(me({"Authorization: Bearer x", mine.bearer()}).status, 400) << "nginx refuses them by itself";
  for (const std::string& second : {"Bearer " + other.token, "Bearer " + mine.token, std::string("Basic YTpi"), std::string()}) {
    const Response response = ask_worker({{name, "Bearer " + mine.token}, {name, second}});
    EXPECT_EQ(response.status, 401);
    EXPECT_EQ(response.header("www-authenticate"), kInvalid);
  }
}

TEST_F(Credentials, TheCookieIsTakenByItsExactName) {
  const Signed mine = site.mint(user);
  const std::string value = "=" + mine.token;
  EXPECT_TRUE(is_user(me({"Cookie: a=1; __Host-session" + value + "; b=2"}), user));
  for (const char* name : {"session", "host-session", "__host-session", "__Host-Session", "x__Host-session",
                           "__Host-session2", "__Secure-session", "__Host-session ", "__Host-session\t"}) {
    expect_challenge(me({std::string("Cookie: ") + name + value}), kAsk);
  }
  expect_challenge(me({"Cookie: =__Host-session" + value}), kAsk);
  expect_challenge(me({"Cookie: \xC2\xA0__Host-session" + value}), kAsk);
}

TEST_F(Credentials, TheCookieIsFoundAmongManyAndRefusedWhenItComesInTwoVersions) {
  const Signed mine = site.mint(user);
  const Signed other = site.mint(user);
  std::string many;
  for (int i = 0; i < 1000; ++i) many += "c" + std::to_string(i) + "=v; ";
  const std::string own = "__Host-session=" + mine.token;
  EXPECT_EQ(ask_worker({{"HTTP_COOKIE", many + own}}).status, 200);
  EXPECT_EQ(ask_worker({{"HTTP_COOKIE", own + "; " + own}}).status, 200);
  EXPECT_EQ(ask_worker({{"HTTP_COOKIE", own}, {"HTTP_COOKIE", own}}).status, 200);
  EXPECT_EQ(ask_worker({{"HTTP_COOKIE", own + "; __Host-session=" + other.token}}).status, 401);
  EXPECT_EQ(ask_worker({{"HTTP_COOKIE", own}, {"HTTP_COOKIE", "__Host-session=" + other.token}}).status, 401);
  EXPECT_EQ(ask_worker({{"HTTP_COOKIE", own + "; __Host-session="}}).status, 401);
}

TEST_F(Credentials, TenThousandMutatedTokensAreRefusedAndMalformedOnesNeverReachRedis) {
  const Signed mine = site.mint(user);
  RedisClient redis = site.redis.client();
  redis({"CONFIG", "RESETSTAT"});
  std::mt19937 random(1);  // NOLINT(cert-msc51-cpp): the same tokens each time
  const auto below = [&](std::size_t bound) { return random() % bound; };
  long long well_formed = 0;
  for (int i = 0; i < 10'000; ++i) {
    std::string token = mine.token;
    switch (below(6)) {
      case 0: token[below(token.size())] = static_cast<char>(1 + below(255)); break;
      case 1: token.resize(below(token.size())); break;
      case 2: token.insert(below(token.size()), 1 + below(3), "=+/.A"[below(5)]); break;
      case 3: std::swap(token[below(token.size())], token[below(token.size())]); break;
      case 4: token += std::string(1 + below(200), 'A'); break;
      default: for (char& c : token) c = "ses_pat-0123xyzABC="[below(19)];
    }
    if (token == mine.token) continue;
    if (parse_token(token)) ++well_formed;
    ASSERT_EQ(status_of(token), 401) << token;
  }
  EXPECT_EQ(redis.calls("hmget"), well_formed);
  EXPECT_GT(well_formed, 100) << "else this shows nothing of them";
  EXPECT_EQ(status_of(mine.token), 200);
}

}  // namespace
}  // namespace sessiond::test
