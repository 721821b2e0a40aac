// The least that the worker's account in Redis must be allowed.
#include <gtest/gtest.h>

#include <iterator>
#include <sstream>

#include "integration/document.h"
#include "integration/fastcgi_client.h"
#include "integration/readiness.h"
#include "integration/site.h"

namespace sessiond::test {
namespace {

TEST(Account, OfTheLeastRightsServesEveryRoute) {
  Site site({"--dev-login", "--max-sessions", "3"});
  RedisClient admin = site.redis.client();
  EXPECT_EQ(site.web.send({"GET", "/readyz", {}, {}}).status, 200);
  ASSERT_NE(admin({"CLIENT", "LIST"}).text.find("user=sessiond"), std::string::npos);

  const Signed mine = site.mint("alice", {.user_agent = "Firefox"});
  const Signed other = site.mint("alice");
  EXPECT_EQ(site.list(mine).status, 200);
  EXPECT_EQ(site.get("/api/v1/u/me", mine).status, 200);
  EXPECT_EQ(site.operators.send({"GET", "/internal/v1/check", {mine.bearer()}, {}}).status, 204);
  EXPECT_EQ(site.revoke(mine, other.id).status, 204);
  const Signed removed = site.mint("alice");
  admin({"DEL", key_of(removed)});
  EXPECT_EQ(ids_in(site.list(mine)).size(), 1U) << "and the index is tidied";

  const auto post = [&](const std::string& path, std::vector<std::string> headers, const std::string& body) {
    headers.push_back("Content-Type: application/json");
    return site.web.send({"POST", path, headers, body});
  };
  const Response grant = post("/api/v1/auth/cli/request-grant", {mine.bearer()}, "");
  ASSERT_EQ(grant.status, 200) << grant.body;
  const std::string code = Document(grant.body)["code"].GetString();
  EXPECT_EQ(post("/api/v1/auth/cli/redeem", {}, R"({"code":")" + code + R"("})").status, 200);
  EXPECT_EQ(post("/api/v1/auth/cli/redeem", {}, R"({"code":")" + code + R"("})").status, 401);
  EXPECT_EQ(post("/api/v1/auth/dev-login", {}, R"({"username":"bob"})").status, 200);
  for (int i = 0; i < 4; ++i) site.mint("alice", {.kind = "cli"});  // over the cap

  EXPECT_EQ(site.operators.send({"GET", "/internal/v1/users/alice/sessions", {}, {}}).status, 200);
  EXPECT_EQ(site.operators.send({"GET", "/internal/v1/users/alice", {}, {}}).status, 200);
  EXPECT_EQ(site.operators.send({"PUT", "/internal/v1/users/alice", {"Content-Type: application/json"}, user_json("alice")}).status, 204);
  const Signed last = site.mint("alice", {.replaces = mine.id});
  const std::string user = "/internal/v1/users/alice/sessions";
  EXPECT_EQ(site.web.send({"DELETE", "/api/v1/auth/sessions", {last.bearer()}, {}}).status, 200);
  EXPECT_EQ(site.operators.send({"DELETE", user + "/" + last.id, {}, {}}).status, 204);
  site.mint("alice");
  EXPECT_EQ(site.operators.send({"DELETE", user, {}, {}}).body, R"({"revoked":1})");
  const Signed again = site.mint("alice");
  EXPECT_EQ(post("/api/v1/auth/logout", {again.bearer()}, "").status, 204);
  // Redis tells whether it refused anything when the site ends, as in every other test.
}

TEST(Account, WithTheDefaultUserOffAsWeShowItNoSessionIsLostInARestart) {
  const std::string shipped = read_file("systemd/redis-sessiond.conf");
  const std::size_t start = shipped.find("#user default ");
  ASSERT_NE(start, std::string::npos);
  std::istringstream line(shipped.substr(start + 1, shipped.find('\n', start) - start - 1));
  std::vector<std::string> settings(std::istream_iterator<std::string>(line), {});
  settings.front() = "--user";
  settings.insert(settings.end(), {"--appendonly", "yes"});
  TempDir folder;
  RedisServer redis(folder, settings);
  redis.start();
  ASSERT_TRUE(redis.client()({"PING"}).text.starts_with("NOAUTH"));
  Worker worker(folder, {"--dev-login", "--threads", "1"});  // each thread comes back by itself
  wait_until_ready(worker);
  FastCgiClient peer(worker.public_socket());
  const std::string cookie = peer.ask(fastcgi::post("/api/v1/auth/dev-login", R"({"username":"alice"})")).header("set-cookie").value_or("");
  const std::string token = cookie.substr(cookie.find('=') + 1, cookie.find(';') - cookie.find('=') - 1);
  redis.crash();
  redis.restart();
  wait_until_ready(worker);
  EXPECT_EQ(peer.ask(fastcgi::request("GET", "/api/v1/u/me", token)).status, 200) << redis.log();
}

}  // namespace
}  // namespace sessiond::test
