// Signing in without a password, for development.
#include <gtest/gtest.h>

#include "integration/document.h"
#include "integration/site.h"

namespace sessiond::test {
namespace {

constexpr const char* kPath = "/api/v1/auth/dev-login";

Response log_in(Site& site, const std::string& body) {
  return site.web.send({"POST", kPath, {"Content-Type: application/json", "User-Agent: a browser"}, body});
}

class DevLogin : public SiteTest {};

TEST_F(DevLogin, SignsInAnyoneByACookieOfOneDay) {
  const Response response = log_in(site, R"({"username":"Ada Lovelace"})");
  ASSERT_EQ(response.status, 200) << response.body;
  const Document user_shown(response.body);
  EXPECT_STREQ(user_shown["username"].GetString(), "Ada Lovelace");
  for (const char* name : {"id", "created_at", "updated_at"}) EXPECT_TRUE(user_shown[name].IsString()) << name;

  const std::string cookie = response.header("set-cookie").value_or("");
  EXPECT_TRUE(cookie.starts_with("__Host-session=ses_")) << cookie;
  EXPECT_TRUE(cookie.ends_with("; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=86400")) << cookie;
  const Response listed = site.web.send({"GET", "/api/v1/auth/sessions", {"Cookie: " + cookie.substr(0, cookie.find(';'))}, {}});
  ASSERT_EQ(listed.status, 200);
  EXPECT_STREQ(Document(listed.body).root()[0]["user_agent"].GetString(), "a browser");
}

TEST_F(DevLogin, AlwaysMintsANewTokenWhateverCookieCame) {
  const Signed planted = site.mint(user);
  const Response response = site.web.send(
      {"POST", kPath, {"Content-Type: application/json", planted.cookie()}, R"({"username":"victim"})"});
  ASSERT_EQ(response.status, 200);
  EXPECT_EQ(response.header("set-cookie").value_or("").find(planted.token), std::string::npos);
}

TEST_F(DevLogin, WantsAUsernameAndNothingElse) {
  for (const char* body : {"", "{}", R"({"username":""})", R"({"username":7})", R"({"username":"a\u0000b"})",
                           R"({"username":"a","admin":true})"}) {
    expect_problem(log_in(site, body), 400, "bad_request");
  }
  expect_problem(log_in(site, "{\"username\":\"" + std::string(65, 'a') + "\"}"), 400, "bad_request");
}

TEST(DevLoginOff, DoesNotExist) {
  Site strict(std::vector<std::string>{});
  const Response response = log_in(strict, R"({"username":"alice"})");
  expect_problem(response, 404, "not_found");
  EXPECT_EQ(response.body, strict.web.send({"POST", "/api/v1/auth/nothing", {}, ""}).body);
}

}  // namespace
}  // namespace sessiond::test
