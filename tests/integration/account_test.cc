// The least that the worker's account in Redis must be allowed.
#include <gtest/gtest.h>

#include "integration/document.h"
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
  admin({"DEL", keys_of(removed) + "session:" + removed.id});
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

}  // namespace
}  // namespace sessiond::test
