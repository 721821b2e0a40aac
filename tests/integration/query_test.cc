// What stands behind the `?`: nothing that could have been meant is passed over by a route that changes
// something.
#include <gtest/gtest.h>

#include "integration/document.h"
#include "integration/site.h"

namespace sessiond::test {
namespace {

class Queries : public SiteTest {
 protected:
  std::string all() { return "/internal/v1/users/" + user + "/sessions"; }
  Response end(const std::string& query) { return site.operators.send({"DELETE", all() + query, {}, {}}); }
  std::vector<std::string> living() { return ids_in(site.operators.send({"GET", all(), {}, {}})); }

  static std::string error_of(const Response& response) { return Document(response.body)["error"].GetString(); }
};

TEST_F(Queries, ExceptEndsAllSessionsButOne) {
  const Signed kept = site.mint(user);
  const Signed other = site.mint(user);
  const Signed cli = site.mint(user, {.kind = "cli"});
  EXPECT_EQ(end("?except=" + kept.id).body, R"({"revoked":2})");
  EXPECT_EQ(site.list(kept).status, 200);
  EXPECT_EQ(site.list(other).status, 401);
  EXPECT_EQ(site.list(cli).status, 401);
}

TEST_F(Queries, ExceptOfNoSessionOfTheUsersEndsAll) {
  const Signed stranger = site.mint(user + "-stranger");
  site.mint(user);
  EXPECT_EQ(end("?except=" + stranger.id).body, R"({"revoked":1})");
  site.mint(user);
  EXPECT_EQ(end("?except=00000000-0000-0000-0000-000000000000").body, R"({"revoked":1})");
  EXPECT_EQ(site.list(stranger).status, 200);
  EXPECT_TRUE(site.redis.client().keys(keys_of(site.mint(user)) + "session:*").size() == 1);
}

TEST_F(Queries, KindEndsTheSessionsOfOneKind) {
  const Signed web = site.mint(user);
  const Signed cli = site.mint(user, {.kind = "cli"});
  EXPECT_EQ(end("?kind=web").body, R"({"revoked":1})");
  EXPECT_EQ(living(), std::vector{cli.id});
  const Signed again = site.mint(user);
  EXPECT_EQ(end("?kind=cli").body, R"({"revoked":1})");
  EXPECT_EQ(living(), std::vector{again.id});
}

TEST_F(Queries, KindEndsAlsoWhatIsStoredAsNeither) {
  RedisClient redis = site.redis.client();
  const Signed cli = site.mint(user, {.kind = "cli"});
  const Signed damaged = site.mint(user);
  const Signed foreign = site.mint(user);
  redis({"HSET", key_of(damaged), "kind", "root"});
  redis({"SET", key_of(foreign), "no hash"});
  EXPECT_EQ(end("?kind=web").body, R"({"revoked":2})");
  EXPECT_EQ(redis.keys(keys_of(cli) + "session:*").size(), 1U);
}

TEST_F(Queries, ExceptAndKindGoTogether) {
  const Signed kept = site.mint(user);
  const Signed other = site.mint(user);
  const Signed cli = site.mint(user, {.kind = "cli"});
  EXPECT_EQ(end("?kind=web&except=" + kept.id).body, R"({"revoked":1})");
  EXPECT_EQ(site.list(other).status, 401);
  EXPECT_EQ(site.list(cli).status, 200);
  EXPECT_EQ(site.list(kept).status, 200);
}

TEST_F(Queries, ThatCannotBeReadEndNothing) {
  const Signed mine = site.mint(user);
  const std::vector<std::string> queries = {
      "?except=",  "?except=nonsense",   "?except={" + mine.id + "}",         "?kind=",              "?kind=WEB",
      "?kind=all", "?kind=web&kind=cli", "?except=" + mine.id + "&exept=x", "?Except=" + mine.id, "?except=" + mine.id + "&except=" + mine.id};
  for (const std::string& query : queries) {
    expect_problem(end(query), 400, "bad_request");
  }
  EXPECT_EQ(error_of(end("?exce%70t%00=1")), "the query parameter \"except\xEF\xBF\xBD\" is not known here");
  EXPECT_EQ(site.list(mine).status, 200);
}

TEST_F(Queries, GoIntoTheQueryAndNotIntoABody) {
  const Signed mine = site.mint(user);
  const Response response = site.operators.send(
      {"DELETE", all(), {"Content-Type: application/json"}, R"({"except":")" + mine.id + R"("})"});
  expect_problem(response, 400, "bad_request");
  EXPECT_EQ(site.list(mine).status, 200);
}

TEST_F(Queries, OfOnesOwnSessionsABodyThatNobodyReadsEndsNone) {
  const Signed mine = site.mint(user);
  const Signed other = site.mint(user);
  const std::vector<std::string> headers = {"Content-Type: application/json", "Authorization: Bearer " + mine.token};
  expect_problem(site.web.send({"DELETE", "/api/v1/auth/sessions", headers, R"({"kind":"cli"})"}), 400, "bad_request");
  EXPECT_EQ(site.list(other).status, 200);
  EXPECT_EQ(site.web.send({"DELETE", "/api/v1/auth/sessions", headers, "{}"}).body, R"({"revoked":1})");
}

TEST_F(Queries, TellStrangersNoMoreThanBefore) {
  const Signed mine = site.mint(user);
  expect_problem(site.web.send({"DELETE", "/api/v1/auth/sessions?x=1", {}, {}}), 401, "unauthorized");
  expect_problem(site.web.send({"DELETE", "/api/v1/auth/sessions?x=1", {mine.cookie(), "Sec-Fetch-Site: cross-site"}, {}}), 403,
                 "forbidden");
  FastCgiClient worker(site.worker.public_socket());
  EXPECT_EQ(worker.ask(fastcgi::request("DELETE", "/internal/v1/users/x/sessions?x=1")).status, 404);
  expect_problem(site.web.send({"PUT", "/api/v1/auth/sessions?x=1", {}, {}}), 405, "bad_request");
}

TEST_F(Queries, AMemberOfABodyThatIsNotKnownIsNamed) {
  const auto said = [&](HttpClient& client, const std::string& path, const std::string& body) {
    const Response response = client.send({"POST", path, {"Content-Type: application/json"}, body});
    expect_problem(response, 400, "bad_request");
    return error_of(response);
  };
  const std::string named = "the member \"usr\xEF\xBF\xBD\" of the JSON body is not known here";
  const std::string member = R"("usr\u0000":1})";
  const std::string minting = minting_json(user_json(user));
  EXPECT_EQ(said(site.operators, "/internal/v1/sessions", minting.substr(0, minting.size() - 1) + "," + member), named);
  EXPECT_EQ(said(site.web, "/api/v1/auth/cli/redeem", R"({"code":"ABCDEFGH",)" + member), named);
  EXPECT_EQ(said(site.web, "/api/v1/auth/dev-login", R"({"username":"a",)" + member), named);
  EXPECT_LT(said(site.web, "/api/v1/auth/dev-login", R"({")" + std::string(10'000, 'x') + R"(":1})").size(), 200U);
}

}  // namespace
}  // namespace sessiond::test
