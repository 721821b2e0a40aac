// Requests that another site makes with a person's cookie.
#include <gtest/gtest.h>

#include "integration/applications.h"
#include "integration/site.h"
#include "integration/socket.h"

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

// Over HTTP/3 nginx knows no Host header, as here, where there is none. The site is called example.org.
class WithoutAHostCrossSite : public ApplicationsTest {
 protected:
  std::string log_out(const std::string& origin) {
    const Fd connection = connect_to(site.nginx.socket());
    const Signed caller = site.mint("alice");
    write_all(connection.get(), "POST /api/v1/auth/logout HTTP/1.0\r\n" + caller.cookie() + "\r\nOrigin: " + origin + "\r\n\r\n");
    return read_some(connection.get()).substr(0, 12);
  }
};

TEST_F(WithoutAHostCrossSite, TheSitesOwnOriginIsStillItsOwn) {
  EXPECT_EQ(log_out("https://example.org"), "HTTP/1.1 204");
  EXPECT_EQ(log_out("https://evil.example"), "HTTP/1.1 403");
  EXPECT_EQ(log_out("null"), "HTTP/1.1 403");
}

TEST_F(WithoutAHostCrossSite, AndOverHttp2) {
  for (const auto& [origin, status] : std::vector<std::pair<std::string, int>>{
           {"https://localhost", 204}, {"https://localhost:8443", 403}, {"https://example.org", 403}}) {
    HttpClient client(site.http2_socket(), HttpClient::Answers::kFromAStandIn);
    EXPECT_EQ(client.send({"POST", "/api/v1/auth/logout", {site.mint("alice").cookie(), "Origin: " + origin}, {}, false, true}).status,
              status) << origin;
  }
}

}  // namespace
}  // namespace sessiond::test
