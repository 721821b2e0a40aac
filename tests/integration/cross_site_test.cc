// Requests that another site makes with a person's cookie.
#include <gtest/gtest.h>

#include "integration/site.h"

namespace sessiond::test {
namespace {

struct Sender {
  std::vector<std::string> headers;
  bool refused;
};

class CrossSite : public SiteTest, public ::testing::WithParamInterface<Sender> {
 protected:
  Response send(const std::string& method, const std::string& path, const std::string& credential) {
    std::vector<std::string> headers = GetParam().headers;
    headers.push_back(credential);
    return site.web.send({method, path, headers, {}});
  }
};

TEST_P(CrossSite, ADeletionByCookieIsRefusedWhenTheBrowserSaysSo) {
  const Signed mine = site.mint(user);
  const Signed other = site.mint(user);
  const Response response = send("DELETE", "/api/v1/auth/sessions/" + other.id, mine.cookie());
  EXPECT_EQ(response.header("vary"), "Origin, Sec-Fetch-Site");
  if (GetParam().refused) {
    expect_problem(response, 403, "forbidden");
    EXPECT_EQ(site.list(other).status, 200);
  } else {
    EXPECT_EQ(response.status, 204);
    EXPECT_EQ(site.list(other).status, 401);
  }
}

TEST_P(CrossSite, SoIsALogout) {
  const Signed mine = site.mint(user);
  const Response response = send("POST", "/api/v1/auth/logout", mine.cookie());
  EXPECT_EQ(response.status, GetParam().refused ? 403 : 204);
  EXPECT_EQ(site.list(mine).status, GetParam().refused ? 200 : 401);
}

TEST_P(CrossSite, ABearerTokenIsExempt) {
  const Signed mine = site.mint(user);
  const Response response = send("POST", "/api/v1/auth/logout", mine.bearer());
  EXPECT_EQ(response.status, 204);
  EXPECT_EQ(response.header("vary"), std::nullopt);
}

TEST_P(CrossSite, ReadingIsExempt) {
  const Signed mine = site.mint(user);
  for (const char* method : {"GET", "HEAD"}) {
    EXPECT_EQ(send(method, "/api/v1/auth/sessions", mine.cookie()).status, 200);
  }
}

// The site is called localhost here.
INSTANTIATE_TEST_SUITE_P(
    Senders, CrossSite,
    ::testing::Values(Sender{{}, false}, Sender{{"Sec-Fetch-Site: same-origin"}, false},
                      Sender{{"Sec-Fetch-Site: none"}, false}, Sender{{"Sec-Fetch-Site: cross-site"}, true},
                      Sender{{"Sec-Fetch-Site: same-site"}, true}, Sender{{"Sec-Fetch-Site: anything"}, true},
                      Sender{{"Sec-Fetch-Site: same-origin", "Origin: https://evil.example"}, false},
                      Sender{{"Sec-Fetch-Site: cross-site", "Origin: http://localhost"}, true},
                      Sender{{"Origin: http://localhost"}, false}, Sender{{"Origin: https://LOCALHOST"}, false},
                      Sender{{"Origin: https://localhost:8443", "Host: localhost:8443"}, false},
                      Sender{{"Origin: http://localhost:81"}, true}, Sender{{"Origin: https://evil.example"}, true},
                      Sender{{"Origin: https://localhost.evil.example"}, true}, Sender{{"Origin: null"}, true},
                      Sender{{"Origin: localhost"}, true}));

class Outsider : public SiteTest {};

TEST_F(Outsider, LearnsNothingOfWhetherTheSessionIsThere) {
  const Signed mine = site.mint(user);
  const Signed other = site.mint(user);
  const std::vector<std::string> headers = {"Sec-Fetch-Site: cross-site", mine.cookie()};
  const Response there = site.web.send({"DELETE", "/api/v1/auth/sessions/" + other.id, headers, {}});
  const Response nowhere = site.web.send({"DELETE", "/api/v1/auth/sessions/x", headers, {}});
  EXPECT_EQ(there.status, 403);
  EXPECT_EQ(there.body, nowhere.body);
}

}  // namespace
}  // namespace sessiond::test
