// What people call their sessions.
#include <gtest/gtest.h>

#include "integration/document.h"
#include "integration/site.h"

namespace sessiond::test {
namespace {

class Names : public SiteTest {
 protected:
  Response rename(const Signed& caller, const std::string& id, const std::string& body) {
    return site.web.send({"PATCH", "/api/v1/auth/sessions/" + id, {caller.bearer(), "Content-Type: application/json"}, body});
  }
  // As the caller's list has it.
  std::string name_of(const Signed& caller, const std::string& id) {
    const Document list(site.list(caller).body);
    for (const auto& session : list.root().GetArray()) {
      if (session["id"].GetString() == id) return session.HasMember("name") ? session["name"].GetString() : "none";
    }
    return "no such session";
  }
};

TEST_F(Names, AreGivenChangedAndTakenAway) {
  const Signed mine = site.mint(user);
  const Signed other = site.mint(user, {.kind = "cli"});
  EXPECT_EQ(site.list(mine).body.find("\"name\""), std::string::npos) << "a list is as it ever was until somebody gives one";
  for (const std::string& id : {mine.id, other.id}) {
    EXPECT_EQ(rename(mine, id, R"({"name":"work laptop"})").status, 204);
    EXPECT_EQ(name_of(other, id), "work laptop");
    EXPECT_EQ(rename(other, id, R"({"name":"Bu\u0308ro \"1\" <b>"})").status, 204);
    EXPECT_EQ(name_of(mine, id), "B\xC3\xBCro \"1\" <b>");
    EXPECT_EQ(rename(mine, id, R"({"name":null})").status, 204);
    EXPECT_EQ(name_of(mine, id), "none");
  }
  EXPECT_EQ(rename(mine, mine.id, R"({"name":" home "})").status, 204);
  const Response as_operators_see_it = site.operators.send({"GET", "/internal/v1/users/" + user + "/sessions", {}, {}});
  EXPECT_NE(as_operators_see_it.body.find(R"("name":"home")"), std::string::npos);
}

TEST_F(Names, ThatAreGivenAndTakenAwayAreToldApartInTheLog) {
  const Signed mine = site.mint(user);
  ASSERT_EQ(rename(mine, mine.id, R"({"name":"work laptop"})").status, 204);
  EXPECT_TRUE(site.worker.says(" named session " + mine.id)) << site.worker.log();
  ASSERT_EQ(rename(mine, mine.id, R"({"name":null})").status, 204);
  EXPECT_TRUE(site.worker.says(" unnamed session " + mine.id)) << site.worker.log();
}

// What the login service knows of the device stays beside the name that its person gives it.
TEST_F(Names, TheDeviceIsCalledAsTheLoginServiceSaid) {
  const std::string body = minting_json(user_json(user), {.user_agent = "Mozilla/5.0"});
  const auto mint_on = [&](const std::string& device) {
    return site.post_internal("/internal/v1/sessions", body.substr(0, body.size() - 1) + ",\"device\":" + device + "}");
  };
  const Signed mine = signed_by(mint_on(R"("Bru\u0308ve on Windows 11")"));
  ASSERT_EQ(rename(mine, mine.id, R"({"name":"work laptop"})").status, 204);
  for (const Response& listed : {site.list(mine), site.operators.send({"GET", "/internal/v1/users/" + user + "/sessions", {}, {}})}) {
    EXPECT_NE(listed.body.find(R"("user_agent":"Mozilla/5.0","name":"work laptop","device":"Brüve on Windows 11")"), std::string::npos) << listed.body;
  }
  const Signed other = site.mint(user + "-other");
  EXPECT_EQ(site.list(other).body.find("\"device\""), std::string::npos) << "a list is as it ever was where nobody tells one";
  for (const char* bad : {R"("\u202e")", R"("a\nb")", "5"}) expect_problem(mint_on(bad), 400, "bad_request");
}

TEST(NamesInTheLog, AreSaidToBeGivenOrTakenAwayAndNotToldThemselves) {
  Site site;
  const Signed mine = site.mint("alice");
  for (const char* name : {R"("work laptop")", "null"}) {
    const Response done = site.web.send({"PATCH", "/api/v1/auth/sessions/" + mine.id, {mine.bearer(), "Content-Type: application/json"}, R"({"name":)" + std::string(name) + "}"});
    EXPECT_EQ(done.status, 204);
  }
  site.worker.process().wait_until([&] { return site.worker.log().find("unnamed session " + mine.id) != std::string::npos; }, "what the log says");
  EXPECT_NE(site.worker.log().find(" named session " + mine.id), std::string::npos);
  EXPECT_EQ(site.worker.log().find("laptop"), std::string::npos);
}

TEST_F(Names, AreNotGivenToSessionsOfOthersNorToSuchAsAreGone) {
  const Signed mine = site.mint(user);
  const Signed stranger = site.mint(user + "-stranger");
  const Signed ended = site.mint(user);
  ASSERT_EQ(site.revoke(mine, ended.id).status, 204);
  RedisClient redis = site.redis.client();
  const auto keys = redis.keys();
  const std::string body = R"({"name":"mine now"})";
  const Response unknown = rename(mine, "01890a5d-ac96-774b-bcce-b302099a8057", body);
  EXPECT_EQ(unknown.status, 404);
  for (const std::string& id : {stranger.id, ended.id, std::string("no-uuid")}) {
    const Response response = rename(mine, id, body);
    EXPECT_EQ(response.status, 404) << id;
    EXPECT_EQ(response.body, unknown.body);
  }
  EXPECT_EQ(rename(ended, mine.id, body).status, 401);
  EXPECT_EQ(name_of(stranger, stranger.id), "none");
  EXPECT_EQ(redis.keys(), keys) << "nothing comes back";
}

TEST_F(Names, ThatCannotBeOneAreRefusedAndTheOldOneStays) {
  const Signed mine = site.mint(user);
  ASSERT_EQ(rename(mine, mine.id, R"({"name":"home"})").status, 204);
  for (const std::string body : {R"({"name":""})", R"({"name":"  "})", R"({"name":"a\nb"})", R"({"name":"a\u202eb"})", R"({"name":7})", R"({"name":["a"]})", R"({})",
                                 R"({"name":"a","id":"b"})", R"("a")", "", R"({"name":"a)"}) {
    EXPECT_EQ(rename(mine, mine.id, body).status, 400) << body;
  }
  EXPECT_EQ(rename(mine, mine.id, R"({"name":")" + std::string(65, 'x') + R"("})").status, 400);
  EXPECT_EQ(site.web.send({"PATCH", "/api/v1/auth/sessions/" + mine.id, {mine.bearer()}, R"({"name":"a"})"}).status, 415);
  EXPECT_EQ(name_of(mine, mine.id), "home");
}

// A name moves neither the end of a session nor anything else of it.
TEST_F(Names, ChangeNothingElse) {
  const Signed mine = site.mint(user);
  RedisClient redis = site.redis.client();
  const std::string key = key_of(mine);
  const long long end = redis({"PEXPIRETIME", key}).integer;
  const long long fields = redis({"HLEN", key}).integer;
  ASSERT_EQ(rename(mine, mine.id, R"({"name":"home"})").status, 204);
  EXPECT_EQ(redis({"PEXPIRETIME", key}).integer, end);
  EXPECT_EQ(redis({"HLEN", key}).integer, fields + 1);
  ASSERT_EQ(rename(mine, mine.id, R"({"name":null})").status, 204);
  EXPECT_EQ(redis({"HLEN", key}).integer, fields);
}

}  // namespace
}  // namespace sessiond::test
