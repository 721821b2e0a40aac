// Behind a login, the check's refusal and outage are sessiond's to word. All other errors stay the
// application's, nginx's or the site's; and the site's own headers stay on all that sessiond says.
#include <gtest/gtest.h>

#include "integration/applications.h"

namespace sessiond::test {
namespace {

constexpr const char* kOfTheSite = "the site's own words\n";

std::string own(int status) { return "the application's own " + std::to_string(status) + "\n"; }

class ErrorPages : public ApplicationsTest {
 protected:
  Response visit(const std::string& path) { return get(path, {session.cookie()}); }
};

TEST_F(ErrorPages, AnApplicationsOwnErrorsStay) {
  for (const int status : {400, 401, 403, 404, 500, 502, 503}) {
    const Response response = visit("/app/status/" + std::to_string(status));
    EXPECT_EQ(response.status, status);
    EXPECT_EQ(response.body, own(status));
    EXPECT_EQ(response.header("www-authenticate"), std::nullopt);
    EXPECT_EQ(response.header("retry-after"), std::nullopt);
  }
}

TEST_F(ErrorPages, WithInterceptedErrorsTheyStayWhereTheLocationHasAnErrorPageOfItsOwn) {
  for (const int status : {401, 500}) {
    for (const std::string path : {"/app/intercepted/status/", "/app/two/status/"}) {
      const Response response = visit(path + std::to_string(status));
      EXPECT_EQ(response.status, status) << path;
      EXPECT_EQ(response.body, own(status)) << path;
    }
  }
  EXPECT_EQ(visit("/app/two/status/404").body, kOfTheSite);
}

// The location lets nginx word them, which then is not the check's refusal of who has signed in.
TEST_F(ErrorPages, WithInterceptedErrorsAnApplicationsRefusalIsNoWordOfSessionds) {
  for (const int status : {401, 403, 500}) {
    const Response response = visit("/app/handed/status/" + std::to_string(status));
    EXPECT_EQ(response.status, status);
    EXPECT_EQ(response.header("content-type"), "text/html") << response.body;
    EXPECT_EQ(response.body.find("\"code\""), std::string::npos) << response.body;
    EXPECT_EQ(response.header("retry-after"), std::nullopt);
  }
  expect_problem(get("/app/handed/", {}), 401, "unauthorized");
}

TEST_F(ErrorPages, TheSitesOwnPagesStayForAnApplicationThatIsDown) {
  for (const char* path : {"/app/down/", "/app/down/here/"}) {
    const Response response = visit(path);
    EXPECT_EQ(response.status, 502) << path;
    EXPECT_EQ(response.body, kOfTheSite) << path;
  }
}

TEST_F(ErrorPages, TheChecksRefusalIsSessiondsToWord) {
  for (const char* path : {"/app/", "/app/down/", "/app/down/here/", "/app/two/", "/app/broken/"}) {
    const Response response = get(path, {});
    expect_problem(response, 401, "unauthorized");
    EXPECT_EQ(response.header("www-authenticate"), "Bearer") << path;
  }
  // Where the location has error pages of its own, it is at least nginx's.
  const Response plain = get("/app/intercepted/", {});
  EXPECT_EQ(plain.status, 401);
  EXPECT_EQ(plain.header("www-authenticate"), "Bearer");
}

TEST_F(ErrorPages, NginxsOwnErrorsStay) {
  const Response password = get("/password/", {});
  EXPECT_EQ(password.status, 401);
  EXPECT_EQ(password.header("www-authenticate"), "Basic realm=\"a password\"");
  EXPECT_EQ(password.header("content-type"), "text/html");
  const Response broken = visit("/app/broken/");
  EXPECT_EQ(broken.status, 500);
  EXPECT_EQ(broken.header("content-type"), "text/html");
  EXPECT_EQ(broken.header("retry-after"), std::nullopt);
}

TEST_F(ErrorPages, NothingIsSaidOfVariablesThatNobodySet) {
  get("/password/", {});
  visit("/app/");
  get("/open/", {});
  EXPECT_EQ(site.nginx.log().find("uninitialized"), std::string::npos) << site.nginx.log();
}

TEST_F(ErrorPages, AnOutageIsSessiondsToWordAndOnlyThat) {
  Applications broken;
  broken.redis.crash();
  for (const char* path : {"/app/", "/app/nested/", "/app/php/", "/app/down/", "/app/down/here/", "/app/two/"}) {
    const Response response = broken.web.send({"GET", path, {session.cookie()}, {}});
    expect_problem(response, 503, "internal_error");
    EXPECT_EQ(response.header("retry-after"), "1") << path;
  }
  EXPECT_EQ(broken.web.send({"GET", "/app/intercepted/", {session.cookie()}, {}}).status, 500);
  EXPECT_EQ(broken.web.send({"GET", "/open/status/500", {}, {}}).body, own(500));
}

TEST_F(ErrorPages, OfASiteThatAnswers200ForEveryErrorLetNobodyIn) {
  Applications soft;
  const auto visit = [&] {
    HttpClient softened(soft.folder / "softened.sock", HttpClient::Answers::kFromAStandIn);
    return softened.send({"GET", "/app/", {}, {}}).body;
  };
  EXPECT_EQ(visit(), "sorry\n") << "signed out";
  soft.worker.process().stop();
  EXPECT_EQ(visit(), "sorry\n") << "nobody to ask";
}

TEST_F(ErrorPages, AWorkerThatIsGoneIsAnOutage) {
  Applications broken;
  broken.worker.process().stop();
  const Response response = broken.web.send({"GET", "/app/", {session.cookie()}, {}});
  expect_problem(response, 503, "internal_error");
  EXPECT_EQ(response.header("retry-after"), "1");
  expect_problem(broken.web.send({"GET", "/api/v1/u/me", {session.cookie()}, {}}), 502, "internal_error");
}

TEST_F(ErrorPages, TheSitesOwnHeadersStayOnAllThatSessiondSays) {
  // Those of the server on the worker's answers; those of sessiond-headers.conf where nginx answers.
  const Response list = get("/api/v1/auth/sessions", {session.bearer()});
  EXPECT_EQ(list.status, 200);
  EXPECT_EQ(list.header("x-of-the-site"), "yes");
  EXPECT_EQ(get("/api/v1/u/me", {}).header("x-of-the-site"), "yes");

  const std::string large(20'000, 'x');
  for (const HttpRequest& request : std::vector<HttpRequest>{
           {"GET", "/settings/sessions/", {}, {}},
           {"GET", "/settings/sessions/app.js", {}, {}},
           {"GET", "/api/v1/openapi.json", {}, {}},
           {"GET", "/app/", {}, {}},                                  // 401
           {"GET", "/app/", {"X-Session-User: root"}, {}},            // 400
           {"POST", "/api/v1/auth/cli/redeem", {}, large},            // 413
       }) {
    EXPECT_EQ(site.web.send(request).header("strict-transport-security"), "max-age=31536000") << request.path;
  }
  Applications broken;
  broken.redis.crash();
  EXPECT_EQ(broken.web.send({"GET", "/app/", {session.cookie()}, {}}).header("strict-transport-security"), "max-age=31536000");
}

}  // namespace
}  // namespace sessiond::test
