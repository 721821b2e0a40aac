// What an identity provider calls its session: what was minted from it is found and ended by that.
#include <gtest/gtest.h>

#include "integration/document.h"
#include "integration/site.h"

namespace sessiond::test {
namespace {

class ExternalId : public SiteTest {
 protected:
  Response mint_body(const std::string& user_id, const std::string& external_id) {
    return site.post_internal("/internal/v1/sessions", R"({"user":)" + user_json(user_id) + R"(,"kind":"web","external_id":)" + external_id + "}");
  }
  Signed mint(const std::string& user_id, const std::string& external_id) {
    return signed_by(mint_body(user_id, "\"" + external_id + "\""));
  }
  Response ask(const std::string& method, const std::string& user_id, const std::string& query = "") {
    return site.operators.send({method, "/internal/v1/users/" + user_id + "/sessions" + query, {}, {}});
  }
  int run(std::vector<std::string> words) {
    words.insert(words.begin(), worker_program());
    words.insert(words.end(), {"--config", "/dev/null", "--redis", site.redis.socket()});
    return Process(words, site.folder / ("said-" + user)).wait();
  }
};

TEST_F(ExternalId, IsForTheInternalRealmAlone) {
  const Signed mine = mint(user, "https://id.example sid-\xC3\xBC");
  const Document list(ask("GET", user).body);
  EXPECT_STREQ(list.root()[0]["external_id"].GetString(), "https://id.example sid-\xC3\xBC");
  EXPECT_EQ(site.list(mine).body.find("external_id"), std::string::npos);
  const Signed plain = site.mint(user);
  EXPECT_FALSE(Document(ask("GET", user).body).root()[0].HasMember("external_id"));
}

TEST_F(ExternalId, TellsWhichOfAUsersSessionsToEnd) {
  const Signed mine = mint(user, "sid-1");
  const Signed longer = mint(user, "sid-12");
  const Signed plain = site.mint(user);
  const Signed strangers = mint(user + "-the-other", "sid-1");
  EXPECT_EQ(ids_in(ask("GET", user, "?external_id=sid-1")), std::vector<std::string>{mine.id});
  EXPECT_EQ(ask("DELETE", user, "?external_id=sid-1").body, R"({"revoked":1})");
  EXPECT_EQ(site.list(mine).status, 401);
  for (const Signed& other : {longer, plain, strangers}) EXPECT_EQ(site.list(other).status, 200);
  EXPECT_EQ(ask("DELETE", user, "?external_id=sid-1").body, R"({"revoked":0})");
}

TEST_F(ExternalId, TellsOperatorsWhichOfEverybodysSessionsToEnd) {
  const Signed mine = mint(user, "all " + user);
  const Signed anothers = mint(user + "-the-other", "all " + user);
  const Signed plain = site.mint(user);
  EXPECT_EQ(run({"revoke", "--everybody", "--yes", "--external-id", "all " + user}), 0);
  EXPECT_EQ(site.list(mine).status, 401);
  EXPECT_EQ(site.list(anothers).status, 401);
  EXPECT_EQ(site.list(plain).status, 200);
}

TEST_F(ExternalId, IsShortText) {
  EXPECT_EQ(mint_body(user, '"' + std::string(512, 'a') + '"').status, 201);
  EXPECT_EQ(mint_body(user, "null").status, 201);
  for (const std::string& bad : {'"' + std::string(513, 'a') + '"', std::string(R"("a\nb")"), std::string(R"("")"), std::string("7"), std::string("[]")}) {
    expect_problem(mint_body(user, bad), 400, "bad_request");
  }
  for (const std::string& bad : {std::string(513, 'a'), std::string("a%0Ab"), std::string("%FF"), std::string()}) {
    expect_problem(ask("DELETE", user, "?external_id=" + bad), 400, "bad_request");
  }
}

}  // namespace
}  // namespace sessiond::test
