// What sessiond-nginx(7), TRAPS, tells operators to write does what it says: traps.conf has it all.
#include <gtest/gtest.h>

#include "integration/applications.h"

namespace sessiond::test {
namespace {

class Traps : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    site_ = std::make_unique<Applications>(
        "tests/integration/traps.conf",
        std::vector<std::pair<std::string, std::string>>{
            {"$http_remote_user ", " "}, {"__Host-session=", "__Host-(?:session|other)="}});
  }
  static void TearDownTestSuite() { site_.reset(); }

  Response visit(const std::string& path, std::vector<std::string> headers = {}) {
    headers.push_back(session.cookie());
    return get(path, headers);
  }
  Response get(const std::string& path, const std::vector<std::string>& headers) { return site_->web.send({"GET", path, headers, {}}); }
  // A site with a page to sign in sends people there in the place of a 401.
  void expect_closed(const std::string& path) {
    const Response response = get(path, {"Authorization: Basic cm9vdDp4"});
    EXPECT_EQ(response.status, 302) << path << "\n" << response.body;
    EXPECT_TRUE(response.header("location").value_or("").ends_with("/login")) << path;
  }

  static inline std::unique_ptr<Applications> site_;
  const Signed session = site_->mint("alice");
};

TEST_F(Traps, AReturnBehindTryFilesIsForTheSignedIn) {
  expect_closed("/hello/");
  EXPECT_EQ(visit("/hello/").body, "hello\n");
}

TEST_F(Traps, ARewriteThatBreaksIsChecked) {
  expect_closed("/broken-off/");
  EXPECT_EQ(told(visit("/broken-off/"), "X-Session-User"), "alice");
}

TEST_F(Traps, ANestedLocationWithTheSnippetLearnsTheUserAndNoCookie) {
  expect_closed("/app/nested/");
  const Response response = visit("/app/nested/", {"X-Of-The-Location: no"});
  EXPECT_EQ(told(response, "X-Of-The-Location"), "yes");
  EXPECT_EQ(told(response, "X-Session-User"), "alice");
  EXPECT_EQ(told(response, "Cookie"), std::nullopt);
}

TEST_F(Traps, PhpBelowAProtectedPathIsProtectedAndTheUserIsTheWorkersWord) {
  expect_closed("/app/x.php");
  const Response response = visit("/app/x.php", {"Authorization: Basic cm9vdDp4"});  // root:x
  EXPECT_EQ(told(response, "REMOTE_USER"), "alice");
  EXPECT_EQ(told(response, "HTTP_X_SESSION_USER"), "alice");
}

TEST_F(Traps, APathOfWhichAPatternFitsIsProtectedAllTheSame) {
  EXPECT_EQ(get("/x.txt", {}).body, "what nobody protects\n");
  expect_closed("/app/x.txt");
}

TEST_F(Traps, ARewriteBelowTheIncludeComesAfterTheTestOfForgedHeaders) {
  expect_closed("/old/");
  EXPECT_EQ(told(visit("/old/"), "X-Session-User"), "alice");
  expect_problem(visit("/old/", {"X-Session-User: root"}), 400, "bad_request");
}

TEST_F(Traps, ARewriteOfEverythingDoesNotLetAnApplicationAnswerForTheWorker) {
  HttpClient rewriting(site_->folder / "rewriting.sock", HttpClient::Answers::kFromAStandIn);
  for (const char* path : {"/", "/index.php", "/secret", "/sessiond/check"}) {
    EXPECT_GE(rewriting.send({"GET", path, {}, {}}).status, 400) << path;
  }
  EXPECT_EQ(told(rewriting.send({"GET", "/secret", {session.cookie()}, {}}), "X-Session-User"), "alice");
}

TEST_F(Traps, AProxysRemoteUserPassesNginxButNotToAnApplication) {
  const Response response = visit("/app/", {"Remote-User: somebody"});
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(told(response, "Remote-User"), std::nullopt);
  expect_problem(visit("/app/", {"Remote-User: somebody", "X-Session-User: root"}), 400, "bad_request");
}

TEST_F(Traps, NoSessionCookieOfTwoNamesReachesAnApplication) {
  const std::string both = "Cookie: a=1; __Host-other=secret; b=2; __Host-session=" + session.token;
  for (const char* path : {"/app/", "/open/"}) EXPECT_EQ(told(get(path, {both}), "Cookie"), "a=1; b=2") << path;
}

TEST_F(Traps, AnUnprotectedApplicationGetsNothingThatSignsIn) {
  const Response cookie = visit("/open/");
  EXPECT_EQ(cookie.status, 200);
  EXPECT_EQ(told(cookie, "Cookie"), std::nullopt);
  EXPECT_EQ(told(get("/open/", {session.bearer()}), "Authorization"), std::nullopt);
  EXPECT_EQ(told(get("/open/", {"Authorization: Bearer of.its.own"}), "Authorization"), "Bearer of.its.own");
}

TEST_F(Traps, WhereAnotherRuleLetsPeopleInTheUserIsEmptyAndCannotBeForged) {
  const Response response = get("/any/", {});
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(told(response, "X-Session-User"), std::nullopt);
  expect_problem(get("/any/", {"X-Session-User: root"}), 400, "bad_request");
}

TEST_F(Traps, ThereANamedCaptureIsWhatTheAddressSays) {
  const Response response = get("/any/x/captured", {"Cookie: a=1; __Host-session=x; b=2", "Authorization: Bearer ses_x"});
  EXPECT_EQ(told(response, "X-Of-The-Location"), "x");
  EXPECT_EQ(told(response, "Cookie"), "a=1; b=2");
}

TEST_F(Traps, TheSitesOwnErrorPagesStay) { EXPECT_EQ(get("/nothing", {}).body, "the site's own page\n"); }

}  // namespace
}  // namespace sessiond::test
