// Rules of groups: the check, and applications that only members of some groups reach.
#include <gtest/gtest.h>

#include "integration/applications.h"

namespace sessiond::test {
namespace {

class GroupRules : public ApplicationsTest {
 protected:
  Signed mint(const std::string& members) {
    return signed_by(site.operators.send({"POST", "/internal/v1/sessions", {"Content-Type: application/json"},
                                          minting_json(user_with(::testing::UnitTest::GetInstance()->current_test_info()->name(), members))}));
  }
  Response check(const std::string& query, const Signed& caller) {
    return site.operators.send({"GET", "/internal/v1/check" + query, {caller.bearer()}, {}});
  }
  Response visit(const std::string& path, const Signed& caller) { return get(path, {caller.cookie()}); }
};

TEST_F(GroupRules, LetInWhoHasOneOfTheGroups) {
  for (const char* groups : {R"(["admin"])", R"(["ops"])", R"(["staff","ops"])", R"(["a,b","\u0061dmin"])"}) {
    const Signed member = mint(R"("groups":)" + std::string(groups));
    const Response response = check("?groups=admin,ops", member);
    EXPECT_EQ(response.status, 204) << groups << response.body;
    EXPECT_EQ(response.header("x-session-id"), member.id);
    const Response page = visit("/app/admins/", member);
    EXPECT_EQ(page.status, 200) << groups;
    EXPECT_EQ(told(page, "X-Session-User"), "LetInWhoHasOneOfTheGroups");
    EXPECT_EQ(told(page, "Cookie"), std::nullopt);
  }
}

TEST_F(GroupRules, AreA403ToWhoHasNoneOfTheGroups) {
  for (const char* members : {"", R"("groups":[])", R"("groups":null)", R"("groups":["staff"])", R"("groups":["Admin","admin ","adm","admins"])",
                              R"("groups":"admin")", R"("groups":"admin,ops")", R"("groups":["admin,ops"])", R"("groups":{"admin":true})", R"("groups":{"staff":"admin"})", R"("groups":[["admin"]])",
                              R"("groups":true)", R"("group":["admin"])", R"("roles":{"groups":["admin"]})"}) {
    const Signed other = mint(members);
    expect_problem(check("?groups=admin,ops", other), 403, "forbidden");
    EXPECT_EQ(check("?groups=admin,ops", other).header("x-session-user"), std::nullopt);
    for (const char* path : {"/app/admins/", "/app/admins/nested/", "/app/nested/admins/"}) {
      const Response response = visit(path, other);
      expect_problem(response, 403, "forbidden");
      EXPECT_EQ(response.header("www-authenticate"), std::nullopt);
    }
    EXPECT_EQ(check("", other).status, 204);
    EXPECT_EQ(visit("/app/", other).status, 200);
  }
}

TEST_F(GroupRules, AreA401WithoutALivingSession) {
  const Signed member = mint(R"("groups":["admin"])");
  EXPECT_EQ(visit("/app/nested/admins/", member).status, 200);
  ASSERT_EQ(site.web.send({"POST", "/api/v1/auth/logout", {member.bearer()}, {}}).status, 204);
  expect_problem(check("?groups=admin", member), 401, "unauthorized");
  expect_problem(site.operators.send({"GET", "/internal/v1/check?groups=admin", {}, {}}), 401, "unauthorized");
  expect_problem(visit("/app/admins/", member), 401, "unauthorized");
  expect_problem(get("/app/admins/", {}), 401, "unauthorized");
}

TEST_F(GroupRules, NameGroupsPercentEncoded) {
  const Signed member = mint(R"("groups":["on call","a,b","z\u00eb","100%","x&y"])");
  for (const char* name : {"on%20call", "a%2Cb", "z%C3%AB", "100%25", "x%26y", "none,on%20call"}) {
    EXPECT_EQ(check("?groups=" + std::string(name), member).status, 204) << name;
  }
  for (const char* name : {"on+call", "a,b", "100", "x"}) {
    expect_problem(check("?groups=" + std::string(name), member), 403, "forbidden");
  }
}

TEST_F(GroupRules, ThatAreMisspeltLetNobodyInAndTheLogSaysWhy) {
  const Signed member = mint(R"("groups":["admin","", "ops"])");
  for (const char* query : {"?", "?groups", "?groups=", "?groups=,", "?groups=admin,", "?groups=,admin", "?groups=admin,,ops", "?group=admin", "?Groups=admin",
                            "?groups=admin&", "?groups=admin&x=1", "?x=1&groups=admin", "?groups=admin&groups=ops", "?groups=%zz", "?groups=admin%", "?admin", "?&"}) {
    expect_problem(check(query, member), 500, "internal_error");
  }
  for (const char* path : {"/app/misspelt/parameter/", "/app/misspelt/check/", "/app/variable/nested/"}) {
    expect_problem(visit(path, member), 503, "internal_error");
  }
  EXPECT_EQ(visit("/app/variable/", member).status, 200) << "where nginx has set it";
  EXPECT_TRUE(site.worker.says("so nobody gets in"));
}

TEST_F(GroupRules, LetNobodyInOnASiteThatAnswers200ForEveryError) {
  HttpClient softened(site.folder / "softened.sock", HttpClient::Answers::kFromAStandIn);
  const auto visit = [&](const std::string& path, const Signed& caller) { return softened.send({"GET", path, {caller.cookie()}, {}}); };
  const Signed member = mint(R"("groups":["admin"])");
  EXPECT_EQ(told(visit("/app/admins/", member), "X-Session-Id"), member.id);
  EXPECT_EQ(visit("/app/misspelt/", member).body, "sorry\n");
  const Signed other = mint(R"("groups":["staff"])");  // the same user, as it is now
  expect_problem(visit("/app/admins/", other), 403, "forbidden");
}

TEST_F(GroupRules, AreNoPlaceForABrowserToGo) {
  const Signed member = mint(R"("groups":["admin"])");
  for (const char* path : {"/sessiond/check", "/sessiond/check-admins", "/sessiond/check-admin", "/sessiond/"}) {
    EXPECT_EQ(visit(path, member).status, 404) << path;
  }
}

TEST(GroupsMember, IsTheSitesChoice) {
  Site site({"--groups-member", "roles"});
  const Signed caller = signed_by(site.post_internal("/internal/v1/sessions", minting_json(user_with("alice", R"("roles":["admin"],"groups":["ops"])"))));
  const auto check = [&](const std::string& query) {
    return site.operators.send({"GET", "/internal/v1/check" + query, {caller.bearer()}, {}}).status;
  };
  EXPECT_EQ(check("?groups=admin"), 204);
  EXPECT_EQ(check("?groups=ops"), 403);
  EXPECT_EQ(check(""), 204);
  for (const char* misspelt : {"?", "?groups=", "?roles=admin"}) EXPECT_EQ(check(misspelt), 500) << "also without check-header: " << misspelt;
}

TEST(GroupsMember, CountsAsItIsNow) {
  Site site({"--check-header", "Remote-Groups: groups"});
  const Signed caller = signed_by(site.post_internal("/internal/v1/sessions", minting_json(user_with("alice", R"("groups":["admin"])"))));
  const auto check = [&] { return site.operators.send({"GET", "/internal/v1/check?groups=admin", {caller.bearer()}, {}}); };
  EXPECT_EQ(check().header("remote-groups"), "admin");
  std::string later = user_with("alice", R"("groups":["ops"])");
  later.replace(later.find("2026-02-03"), 10, "2026-03-03");
  ASSERT_EQ(site.operators.send({"PUT", "/internal/v1/users/alice", {"Content-Type: application/json"}, later}).status, 204);
  expect_problem(check(), 403, "forbidden");
}

}  // namespace
}  // namespace sessiond::test
