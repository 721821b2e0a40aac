// What a login service keeps with a session: its own services get it back, and nobody else.
#include <gtest/gtest.h>

#include "integration/document.h"
#include "integration/site.h"

namespace sessiond::test {
namespace {

class SessionMetadata : public SiteTest {
 protected:
  Response mint_body(const std::string& metadata) {
    return site.post_internal("/internal/v1/sessions", R"({"user":)" + user_json(user) + R"(,"kind":"web","metadata":)" + metadata + "}");
  }
  Signed mint(const std::string& metadata) { return signed_by(mint_body(metadata)); }
  Response check(const Signed& caller, const std::string& query) {
    return site.operators.send({"GET", "/internal/v1/check" + query, {caller.bearer()}, {}});
  }
  std::string users_list() { return site.operators.send({"GET", "/internal/v1/users/" + user + "/sessions", {}, {}}).body; }
  void store(const Signed& session, const std::string& metadata) {
    site.redis.client()({"HSET", key_of(session), "metadata", metadata});
  }
};

TEST_F(SessionMetadata, AreInTheInternalListAndInACheckThatAsks) {
  const Signed session = mint("{ \"tenant\" : \"acme\", \"city\":\"Z\\u00fcrich\"}");
  const Signed plain = site.mint(user);
  EXPECT_NE(users_list().find(R"("metadata":{"tenant":"acme","city":"Zürich"}})"), std::string::npos) << users_list();
  const Document list(users_list());
  EXPECT_FALSE(list.root()[0].HasMember("metadata"));
  EXPECT_STREQ(list.root()[1]["metadata"]["tenant"].GetString(), "acme");
  EXPECT_FALSE(list.root()[1].HasMember("last_seen_at")) << "which is not recorded here";

  const Response asked = check(session, "?metadata=true");
  EXPECT_EQ(asked.status, 204);
  EXPECT_EQ(asked.header("x-session-id"), session.id);
  EXPECT_EQ(asked.header("x-session-metadata"), R"({"tenant":"acme","city":"Z%C3%BCrich"})");
  EXPECT_EQ(check(session, "").header("x-session-metadata"), std::nullopt);
  EXPECT_EQ(check(plain, "?metadata=true").status, 204);
  EXPECT_EQ(check(plain, "?metadata=true").header("x-session-metadata"), std::nullopt);
}

TEST_F(SessionMetadata, AreNeverInThePublicRealm) {
  const Signed session = mint(R"({"tenant":"acme"})");
  const Signed other = site.mint(user);
  for (const Signed& caller : {session, other}) {
    for (const char* path : {"/api/v1/auth/sessions", "/api/v1/auth/sessions?metadata=true", "/api/v1/u/me"}) {
      const Response response = site.get(path, caller);
      EXPECT_EQ(response.status, 200);
      EXPECT_EQ(response.body.find("acme"), std::string::npos) << response.body;
      EXPECT_EQ(response.header("x-session-metadata"), std::nullopt);
    }
  }
}

TEST_F(SessionMetadata, StandBesideARuleOfGroups) {
  std::string json = user_json(user);
  json.replace(json.size() - 1, 1, R"(,"groups":["ops"]})");
  const Signed session = signed_by(site.post_internal("/internal/v1/sessions", R"({"user":)" + json + R"(,"kind":"web","metadata":{"tenant":"acme"}})"));
  const Response member = check(session, "?metadata=true&groups=ops");
  EXPECT_EQ(member.status, 204);
  EXPECT_EQ(member.header("x-session-metadata"), R"({"tenant":"acme"})");
  EXPECT_EQ(check(session, "?groups=ops").header("x-session-metadata"), std::nullopt) << "it was not asked for";
  const Response outsider = check(session, "?metadata=true&groups=admin");
  EXPECT_EQ(outsider.status, 403);
  EXPECT_EQ(outsider.header("x-session-metadata"), std::nullopt);
  for (const char* query : {"?metadata", "?metadata=true&", "?metadata=yes", "?metadata=true&metadata=true"}) {
    EXPECT_EQ(check(session, query).status, 500) << query;
  }
}

TEST_F(SessionMetadata, ThatCannotBeKeptMintNothing) {
  const Signed mine = site.mint(user);
  for (const std::string metadata : {R"({"a":{"b":"c"}})", R"({"a":1})", R"({"a":"x","a":"y"})", R"({"a":"b\n"})", R"({"a b":"c"})", "null", "[]", R"("a")", "1"}) {
    expect_problem(mint_body(metadata), 400, "bad_request");
  }
  expect_problem(mint_body(R"({"a":")" + std::string(1024, 'x') + "\"}"), 400, "bad_request");
  EXPECT_EQ(ids_in(site.list(mine)).size(), 1U);
}

TEST_F(SessionMetadata, AreStoredOnlyWhereThereAreAny) {
  RedisClient redis = site.redis.client();
  const Signed none = mint("{}");
  EXPECT_FALSE(redis.hash(key_of(none)).contains("metadata"));
  EXPECT_EQ(users_list().find("metadata"), std::string::npos);
}

TEST_F(SessionMetadata, ThatAreDamagedLetNobodyInByThemAndHideNoSession) {
  const Signed session = mint(R"({"tenant":"acme"})");
  for (const std::string stored : {"{", R"({"tenant":1})", "{\"tenant\":\"acme\",\"x\":\"\xFF\"}", R"("},{"id":")"}) {
    store(session, stored);
    EXPECT_EQ(check(session, "?metadata=true").status, 500) << stored;
    EXPECT_EQ(check(session, "").status, 204) << stored;
    const Document list(users_list());
    ASSERT_EQ(list.root().Size(), 1U);
    EXPECT_FALSE(list.root()[0].HasMember("metadata")) << stored;
  }
}

// The fields of activity stand before it.
TEST(SessionMetadataWithActivity, AreToldApartFromIt) {
  Site site({"--record-activity"});
  const Signed session = signed_by(site.post_internal("/internal/v1/sessions", R"({"user":)" + user_json("alice") + R"(,"kind":"web","place":"Bern","metadata":{"tenant":"acme"}})"));
  const Document list(site.operators.send({"GET", "/internal/v1/users/alice/sessions", {}, {}}).body);
  EXPECT_STREQ(list.root()[0]["metadata"]["tenant"].GetString(), "acme");
  EXPECT_STREQ(list.root()[0]["place"].GetString(), "Bern");
  EXPECT_TRUE(list.root()[0].HasMember("last_seen_at"));
  const Response asked = site.operators.send({"GET", "/internal/v1/check?metadata=true", {session.bearer()}, {}});
  EXPECT_EQ(asked.header("x-session-metadata"), R"({"tenant":"acme"})");
  EXPECT_FALSE(Document(site.list(session).body).root()[0].HasMember("metadata"));
}

}  // namespace
}  // namespace sessiond::test
