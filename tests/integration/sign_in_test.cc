// The options login-url and return-parameter: who is told where to sign in, and which browsers are sent there.
#include <gtest/gtest.h>

#include "http/request.h"
#include "integration/applications.h"
#include "integration/socket.h"

namespace sessiond::test {
namespace {

using Headers = std::vector<std::string>;

const Headers kNavigates = {"Sec-Fetch-Mode: navigate", "Accept: text/html,application/xhtml+xml"};
constexpr const char* kLogin = "/login?from=gate&to=";
constexpr const char* kPlain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~%";

struct SiteOfPages : Applications {
  explicit SiteOfPages(const std::vector<std::string>& options, const std::string& scheme = "$scheme")
      : Applications("tests/integration/pages.conf",
                     {{"#add_header Strict", "add_header Strict"}, {"default $scheme;", "default " + scheme + ";"}}, options) {}
};

class SignIn : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    site_ = std::make_unique<SiteOfPages>(std::vector<std::string>{"--login-url", "/login?from=gate", "--return-parameter", "to"});
  }
  static void TearDownTestSuite() { site_.reset(); }

  SignIn() : site(*site_), alice(site.mint("alice")) {}
  Response send(const std::string& method, const std::string& path, const Headers& headers) {
    return site.web.send({method, path, headers, {}});
  }
  Response visit(const std::string& path, Headers more = {}) {
    more.insert(more.end(), kNavigates.begin(), kNavigates.end());
    return send("GET", path, more);
  }
  // What nginx answers to a target that no client library would send.
  Response visit_raw(const std::string& target, const std::string& host = "localhost") {
    const Fd nginx = connect_to(site.nginx.socket());
    write_all(nginx.get(), "GET " + target + " HTTP/1.1\r\nHost: " + host + "\r\nAccept: text/html\r\nConnection: close\r\n\r\n");
    std::string text;
    for (std::string more = read_some(nginx.get()); !more.empty(); more = read_some(nginx.get())) text += more;
    Response response = parse_cgi_response(text.substr(text.find("\r\n") + 2));
    response.status = std::stoi(text.substr(text.find(' ')));
    return response;
  }
  static void expect_sent(const Response& response, const std::string& to) {
    EXPECT_EQ(response.status, 302) << response.body;
    EXPECT_EQ(response.header("location"), to);
    EXPECT_EQ(response.header("cache-control"), "no-store");
    EXPECT_EQ(response.header("vary"), "Accept, Authorization, Cookie, Sec-Fetch-Mode");
    EXPECT_EQ(response.header("x-content-type-options"), "nosniff");
    EXPECT_EQ(response.header("x-request-id").value_or("").size(), 32U);
    EXPECT_EQ(response.header("strict-transport-security"), "max-age=31536000");
  }

  SiteOfPages& site;
  const Signed alice;

 private:
  static inline std::unique_ptr<SiteOfPages> site_;
};

TEST_F(SignIn, IsWhereABrowserThatGoesToAPageIsSentWhateverTheApplication) {
  for (const char* path : {"/app/", "/app/nested/", "/app/captured/x", "/app/scgi/", "/app/uwsgi/", "/app/grpc/", "/app/php/", "/app/admins/", "/app/down/",
                           "/app/intercepted/", "/app/two/", "/"}) {
    std::string encoded = path;
    for (std::size_t at = 0; (at = encoded.find('/', at)) != std::string::npos;) encoded.replace(at, 1, "%2F");
    expect_sent(visit(path), kLogin + encoded);
    EXPECT_NE(visit(path, {alice.cookie()}).status, 302) << path;
  }
}

TEST_F(SignIn, IsForWhatABrowserShowsAsAPage) {
  for (const Headers& headers : std::vector<Headers>{{"Sec-Fetch-Mode: navigate"}, {"Sec-Fetch-Mode: navigate", "Accept: */*"}, {"Accept: text/html"},
                                                     {"Accept: application/xhtml+xml, TEXT/HTML;q=0.9"}}) {
    for (const char* method : {"GET", "HEAD"}) expect_sent(send(method, "/app/", headers), std::string(kLogin) + "%2Fapp%2F");
    HttpClient http2(site.http2_socket(), HttpClient::Answers::kFromAStandIn);
    expect_sent(http2.send({"GET", "/app/", headers, {}, false, true}), std::string(kLogin) + "%2Fapp%2F");
  }
}

TEST_F(SignIn, IsNoAnswerToAnythingElse) {
  for (const Headers& headers : std::vector<Headers>{{}, {"Accept:"}, {"Accept: application/json"}, {"Accept: image/webp,*/*"}, {"Sec-Fetch-Mode: cors", "Accept: text/html"},
                                                     {"Sec-Fetch-Mode: no-cors", "Accept: text/html"}, {"Sec-Fetch-Mode: websocket"}, {"Sec-Fetch-Mode: navigates"}}) {
    expect_problem(send("GET", "/app/", headers), 401, "unauthorized");
  }
  for (const char* method : {"POST", "PUT", "DELETE", "PATCH", "OPTIONS"}) {
    const Response response = send(method, "/app/", kNavigates);
    expect_problem(response, 401, "unauthorized");
    EXPECT_EQ(response.header("location"), std::nullopt);
    EXPECT_EQ(response.header("www-authenticate"), "Bearer");
  }
  expect_problem(visit("/api/"), 401, "unauthorized");
  expect_problem(visit("/app/nested/api/"), 401, "unauthorized");
}

TEST_F(SignIn, LearnsTheWholeAddressThatWasAskedForEncoded) {
  for (const std::string& target :
       {std::string("/app/?x=1&y=2"), std::string("/app/a%20b?c=%26&to=https://evil.example"), std::string("//evil.example/app/"), std::string("/\\evil.example"),
        std::string("/app/../x"), std::string("/?'\"<>(){}|^`;,@:!$*[]#x"), std::string("/app/\xC3\xA9\xFF"), std::string("/app/%0D%0AX:%20y"), std::string("/?")}) {
    const Response response = visit_raw(target);
    const std::string location = response.header("location").value_or("");
    ASSERT_TRUE(location.starts_with(kLogin)) << target << ": " << response.status << location;
    const std::string address = location.substr(std::string(kLogin).size());
    EXPECT_EQ(address.find_first_not_of(kPlain), std::string::npos) << address;
    EXPECT_EQ(http::percent_decode(address), target);
  }
  // Of a target in absolute form nginx takes the path.
  EXPECT_EQ(visit_raw("http://evil.example/app/").header("location"), std::string(kLogin) + "%2Fapp%2F");
}

TEST_F(SignIn, LearnsNothingThatAClientSaysBesideItsAddress) {
  const Headers lies = {"X-Forwarded-Uri: /evil", "X-Forwarded-Host: evil.example", "X-Forwarded-Proto: ftp", "X-Session-Login: https://evil.example/"};
  expect_sent(visit("/app/", lies), std::string(kLogin) + "%2Fapp%2F");
  expect_problem(send("GET", "/app/", lies), 401, "unauthorized");
}

TEST_F(SignIn, LeavesOutAnAddressThatIsTooLong) {
  expect_sent(visit("/app/?" + std::string(4000, 'a')), std::string(kLogin) + "%2Fapp%2F%3F" + std::string(4000, 'a'));
  expect_sent(visit("/app/?" + std::string(7500, 'a')), kLogin);
  expect_sent(visit("/app/?" + std::string(2000, '/')), kLogin);
}

TEST_F(SignIn, IsForTheRevokedToo) {
  const Signed bob = site.mint("bob");
  EXPECT_EQ(told(visit("/app/", {bob.cookie()}), "X-Session-User"), "bob");
  ASSERT_EQ(site.web.send({"POST", "/api/v1/auth/logout", {bob.bearer()}, {}}).status, 204);
  expect_sent(visit("/app/", {bob.cookie()}), std::string(kLogin) + "%2Fapp%2F");
  expect_sent(visit("/app/", {"Cookie: __Host-session=nonsense"}), std::string(kLogin) + "%2Fapp%2F");
}

TEST_F(SignIn, IsNotForWhoIsSignedInButMayNot) {
  const Response response = visit("/app/admins/", {alice.cookie()});
  expect_problem(response, 403, "forbidden");
  EXPECT_EQ(response.header("location"), std::nullopt);
}

TEST_F(SignIn, IsNoWordOnWhatTheApplicationOrTheSiteRefuses) {
  for (const char* path : {"/app/status/401", "/app/two/status/401", "/app/nested/status/401"}) {
    const Response response = visit(path, {alice.cookie()});
    EXPECT_EQ(response.status, 401) << path;
    EXPECT_EQ(response.body, "the application's own 401\n") << path;
  }
  const Response intercepted = visit("/app/intercepted/status/401", {alice.cookie()});
  EXPECT_EQ(intercepted.status, 401);
  EXPECT_EQ(intercepted.header("location"), std::nullopt);
  EXPECT_EQ(visit("/password/").header("www-authenticate"), "Basic realm=\"a password\"");
  EXPECT_EQ(visit("/app/down/", {alice.cookie()}).body, "the site's own words\n");
  expect_problem(visit("/app/", {"X-Session-User: root"}), 400, "bad_request");
}

TEST_F(SignIn, OfTheSitesOwnComesFirst) {
  HttpClient own(site.folder / "own.sock", HttpClient::Answers::kFromAStandIn);
  EXPECT_TRUE(own.send({"GET", "/app/", kNavigates, {}}).header("location").value_or("").ends_with("/its-own"));
}

TEST_F(SignIn, IsNoAnswerToAnOutage) {
  SiteOfPages broken({"--login-url", "/login"});
  broken.redis.crash();
  const Response response = broken.web.send({"GET", "/app/", {kNavigates[0], alice.cookie()}, {}});
  expect_problem(response, 503, "internal_error");
  EXPECT_EQ(response.header("location"), std::nullopt);
}

TEST_F(SignIn, SaysNothingInNginxsLog) {
  visit("/app/");
  visit("/password/");
  send("GET", "/app/", {});
  EXPECT_EQ(site.nginx.log().find("uninitialized"), std::string::npos) << site.nginx.log();
}

TEST_F(SignIn, IsToldToGatewaysWithEach401OfTheCheckAndNothingElse) {
  HttpClient gateway(site.worker.check_socket(), HttpClient::Answers::kFromAStandIn);
  const auto check = [&](const std::string& query, Headers headers) {
    const Response response = gateway.send({"GET", "/internal/v1/check" + query, headers, {}});
    return std::pair(response.status, response.header("x-session-login"));
  };
  using Answer = std::pair<int, std::optional<std::string>>;
  const std::string uri = "X-Forwarded-Uri: /a?b";
  EXPECT_EQ(check("", {}), Answer(401, kLogin));
  EXPECT_EQ(check("", {uri}), Answer(401, std::string(kLogin) + "%2Fa%3Fb"));
  EXPECT_EQ(check("", {uri, alice.bearer() + "x"}), Answer(401, std::string(kLogin) + "%2Fa%3Fb"));
  const Signed gone = site.mint("alice", {.replaces = alice.id});
  EXPECT_EQ(check("", {uri, alice.bearer()}), Answer(401, std::string(kLogin) + "%2Fa%3Fb"));
  EXPECT_EQ(check("", {uri, gone.bearer()}), Answer(204, std::nullopt));
  EXPECT_EQ(check("?groups=admin", {uri, gone.bearer()}), Answer(403, std::nullopt));
  EXPECT_EQ(check("?", {uri, gone.bearer()}), Answer(500, std::nullopt));
}

TEST_F(SignIn, IsToldToThePageWithoutAnAddress) {
  for (const Headers& headers : std::vector<Headers>{{}, {"Authorization: Bearer nonsense"}, {"X-Forwarded-Uri: /evil"}}) {
    HttpClient page(site.nginx.socket());
    const Response response = page.send({"GET", "/api/v1/auth/sessions", headers, {}});
    expect_problem(response, 401, "unauthorized");
    EXPECT_EQ(response.header("x-session-login"), kLogin);
  }
  const Response code = site.web.send({"POST", "/api/v1/auth/cli/redeem", {"Content-Type: application/json"}, R"({"code":"AAAAAAAA"})"});
  expect_problem(code, 401, "unauthorized");
  EXPECT_EQ(code.header("x-session-login"), std::nullopt) << "a wrong code is no matter of signing in";
}

TEST(SignInElsewhere, LearnsTheWholeUrlThatWasAskedFor) {
  SiteOfPages site({"--login-url", "https://login.example.org/in"});
  const Response response = site.web.send({"GET", "/app/?x=1&y=2", {"Host: app.example.org:8443", "Accept: text/html"}, {}});
  EXPECT_EQ(response.status, 302);
  EXPECT_EQ(response.header("location"), "https://login.example.org/in?rd=http%3A%2F%2Fapp.example.org%3A8443%2Fapp%2F%3Fx%3D1%26y%3D2");
}

TEST(SignInElsewhere, LearnsTheSchemeThatItsOperatorWroteWhereAProxyEndsTls) {
  SiteOfPages site({"--login-url", "https://login.example.org/"}, "https");
  const Response response = site.web.send({"GET", "/app/", {"Host: example.org", "Accept: text/html"}, {}});
  EXPECT_EQ(response.header("location"), "https://login.example.org/?rd=https%3A%2F%2Fexample.org%2Fapp%2F");
}

TEST(SignInNowhere, IsThe401ThatItIsWithoutTheOption) {
  SiteOfPages site({});
  for (const char* path : {"/app/", "/app/php/", "/app/admins/", "/"}) {
    const Response response = site.web.send({"GET", path, kNavigates, {}});
    expect_problem(response, 401, "unauthorized");
    EXPECT_EQ(response.header("location"), std::nullopt);
    EXPECT_EQ(response.header("vary"), std::nullopt);
  }
  EXPECT_EQ(site.web.send({"GET", "/api/v1/u/me", {}, {}}).header("x-session-login"), std::nullopt);
  HttpClient gateway(site.worker.check_socket(), HttpClient::Answers::kFromAStandIn);
  EXPECT_EQ(gateway.send({"GET", "/internal/v1/check", {"X-Forwarded-Uri: /a"}, {}}).header("x-session-login"), std::nullopt);
}

}  // namespace
}  // namespace sessiond::test
