// What reaches an application behind a login: whose the request is, from nginx alone, and nothing that
// signs anybody in.
#include "integration/applications.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include "integration/socket.h"

namespace sessiond::test {
namespace {

// A way to pass requests on, and how an application of that kind sees a header.
struct ApplicationKind {
  std::string path;
  bool cgi;
  [[nodiscard]] std::string name(std::string header) const {
    if (!cgi) return header;
    for (char& c : header) c = c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return "HTTP_" + header;
  }
};
const std::vector<ApplicationKind> kKinds = {{"/app/", false}, {"/app/grpc/", false}, {"/app/php/", true}, {"/app/scgi/", true}, {"/app/uwsgi/", true}};

// The names that are the worker's word, in spellings that nginx takes by default.
const std::vector<std::string> kNames = {"X-Session-User", "x-session-user", "X-Session-Id", "X-Session-Kind",
                                         "X-Session-Expires-At", "X-Session-Auth-Time", "X-Session-Amr", "X-Session-Acr",
                                         "X-Session-Impersonator", "X-Session-Metadata", "Remote-User", "REMOTE-USER"};

class AnApplication : public ApplicationsTest {
 protected:
  // What the application at /app/ gets as `name` when the client sends these headers beside the session's.
  std::optional<std::string> gets(const std::string& name, std::vector<std::string> headers) {
    const Response response = get("/app/", headers);
    EXPECT_EQ(response.status, 200) << response.body;
    return told(response, name);
  }
  std::optional<std::string> cookies_of(const std::string& header) { return gets("Cookie", {session.bearer(), "Cookie: " + header}); }
  std::string ours() { return "__Host-session=" + session.token; }
};

TEST_F(AnApplication, OfEveryKindLearnsTheUser) {
  for (const ApplicationKind& kind : kKinds) {
    const Response response = get(kind.path, {session.cookie()});
    EXPECT_EQ(response.status, 200) << kind.path;
    EXPECT_EQ(told(response, kind.name("X-Session-User")), user) << kind.path;
    EXPECT_EQ(told(response, kind.name("X-Session-Id")), session.id) << kind.path;
    EXPECT_EQ(told(response, kind.name("X-Session-Kind")), "web") << kind.path;
    EXPECT_EQ(told(response, "REMOTE_USER").value_or(user), user) << kind.path;
    EXPECT_EQ(told(response, "REMOTE_USER").has_value(), kind.cgi) << kind.path;
  }
}

TEST_F(AnApplication, OfEveryKindLearnsHowTheUserSignedIn) {
  const Signed proven = site.mint("bob", {.proof = R"("auth_time":"2026-01-02T03:04:05.678Z","amr":["pwd","otp"],"acr":"2fa")"});
  for (const ApplicationKind& kind : kKinds) {
    const Response response = get(kind.path, {proven.cookie()});
    EXPECT_EQ(told(response, kind.name("X-Session-Auth-Time")), "2026-01-02T03:04:05.678Z") << kind.path;
    EXPECT_EQ(told(response, kind.name("X-Session-Amr")), "pwd,otp") << kind.path;
    EXPECT_EQ(told(response, kind.name("X-Session-Acr")), "2fa") << kind.path;
    const Response other = get(kind.path, {session.cookie()});
    for (const char* name : {"X-Session-Auth-Time", "X-Session-Amr", "X-Session-Acr"}) EXPECT_EQ(told(other, kind.name(name)), std::nullopt) << kind.path;
  }
}

TEST_F(AnApplication, OfEveryKindLearnsWhoActsAsTheUser) {
  const Signed theirs = site.mint("álice", {.impersonator = "öp 7"});
  for (const ApplicationKind& kind : kKinds) {
    const Response response = get(kind.path, {theirs.cookie()});
    EXPECT_EQ(told(response, kind.name("X-Session-User")), user) << kind.path;
    EXPECT_EQ(told(response, kind.name("X-Session-Impersonator")), "%C3%B6p 7") << kind.path;
    EXPECT_EQ(told(get(kind.path, {session.cookie()}), kind.name("X-Session-Impersonator")), std::nullopt) << kind.path;
  }
}

TEST_F(AnApplication, OfEveryKindIsClosedToTheUnsigned) {
  for (const ApplicationKind& kind : kKinds) expect_problem(get(kind.path, {}), 401, "unauthorized");
  for (const char* path : {"/app/nested/", "/app/unbuffered/", "/app/two/"}) expect_problem(get(path, {}), 401, "unauthorized");
}

TEST_F(AnApplication, WhereverItIsNeverGetsTheWorkersWordFromAClient) {
  for (const std::string& name : kNames) {
    for (const char* value : {"root", "0"}) {
      for (const char* path : {"/app/", "/app/nested/", "/app/php/", "/app/scgi/", "/app/uwsgi/", "/app/grpc/", "/open/",
                               "/open/php/", "/api/v1/u/me", "/settings/sessions/", "/nothing"}) {
        expect_problem(get(path, {session.bearer(), name + ": " + value}), 400, "bad_request");
      }
    }
  }
}

TEST_F(AnApplication, NeverGetsItWithUnderscoresEither) {
  for (const char* forged : {"X_Session_User: root", "X-Session_User: root", "REMOTE_USER: root", "x_session_id: root"}) {
    // nginx drops them, and where it was told not to, they are refused.
    for (const char* path : {"/app/nested/", "/open/"}) {
      const Response response = get(path, {session.bearer(), forged});
      EXPECT_EQ(response.status, 200);
      EXPECT_EQ(response.body.find("root"), std::string::npos) << response.body;
    }
    for (const char* path : {"/app/", "/app/php/", "/open/"}) {
      expect_problem(site.underscores.send({"GET", path, {session.bearer(), forged}, {}}), 400, "bad_request");
    }
  }
}

TEST_F(AnApplication, OfEveryKindGetsOnlyTheWorkersWordHoweverOftenAClientSaysItself) {
  // nginx before 1.23 looks only at the first of several, which is empty here.
  const std::vector<std::pair<std::string, std::string>> words = {
      {"X-Session-User", user}, {"X-Session-Id", session.id}, {"X-Session-Kind", "web"}, {"X-Session-Expires-At", ""},
      {"X-Session-Auth-Time", ""}, {"X-Session-Amr", ""}, {"X-Session-Acr", ""}, {"X-Session-Impersonator", ""}, {"Remote-User", ""}};
  for (const auto& [name, word] : words) {
    for (const ApplicationKind& kind : kKinds) {
      const Response response = get(kind.path, {session.cookie(), name + ";", name + ": root", name + ": root"});
      if (response.status == 400) continue;
      EXPECT_EQ(response.status, 200);
      EXPECT_EQ(told(response, kind.name(name)).value_or(""), word) << kind.path;
      EXPECT_EQ(told(response, "REMOTE_USER").value_or(user), user) << kind.path;
    }
  }
}

TEST_F(AnApplication, OfEveryKindLearnsWhatTheCheckSaysOfTheUser) {
  std::string json = user_json("somebody in groups");
  json.replace(json.size() - 1, 1, R"(,"email":"a@example.org","groups":["a,b","ops"],"display_name":"Zoë"})");
  const Signed member = signed_by(site.operators.send(
      {"POST", "/internal/v1/sessions", {"Content-Type: application/json"}, minting_json(json)}));
  for (const ApplicationKind& kind : kKinds) {
    const Response response = get(kind.path, {member.cookie()});
    EXPECT_EQ(told(response, kind.name("Remote-Email")), "a@example.org") << kind.path;
    EXPECT_EQ(told(response, kind.name("Remote-Groups")), "a%2Cb,ops") << kind.path;
    EXPECT_EQ(told(response, kind.name("Remote-Name")), "Zo%C3%AB") << kind.path;
  }
}

TEST_F(AnApplication, WhereverItIsNeverGetsAHeaderOfTheCheckFromAClient) {
  // This user has none of these, so that nothing of the worker's could take their place.
  for (const char* name : {"Remote-Email", "remote-groups", "REMOTE-NAME"}) {
    for (const char* value : {"forged", "0"}) {
      for (const char* path : {"/app/", "/app/nested/", "/app/php/", "/app/scgi/", "/app/uwsgi/", "/app/grpc/", "/open/", "/open/php/"}) {
        expect_problem(get(path, {session.bearer(), std::string(name) + ": " + value}), 400, "bad_request");
      }
    }
    for (const ApplicationKind& kind : kKinds) {
      // nginx before 1.23 looks only at the first of several, which is empty here.
      const Response response = get(kind.path, {session.cookie(), std::string(name) + ";", std::string(name) + ": forged"});
      if (response.status == 400) continue;
      EXPECT_EQ(response.status, 200);
      EXPECT_EQ(response.body.find("forged"), std::string::npos) << kind.path << response.body;
    }
  }
}

TEST_F(AnApplication, OfEveryKindGetsNoProxyHeader) {
  for (const ApplicationKind& kind : kKinds) {
    const Response response = get(kind.path, {session.cookie(), "Proxy: http://evil.example"});
    EXPECT_EQ(response.body.find("evil.example"), std::string::npos) << kind.path;
  }
}

// PHP drops it by itself; other applications of FastCGI do not.
TEST_F(AnApplication, ThatSpeaksFastCgiWithoutPhpGetsNoProxyHeaderEither) {
  const Fd door = listen_at(site.folder / "fastcgi.app");
  const Fd client = connect_to(site.nginx.socket());
  write_all(client.get(), "GET /app/fastcgi/ HTTP/1.1\r\nHost: localhost\r\n" + session.cookie() +
                              "\r\nProxy: http://evil.example\r\n\r\n");
  pollfd knock{door.get(), POLLIN, 0};
  ASSERT_EQ(poll(&knock, 1, static_cast<int>(std::chrono::milliseconds(kPatience).count())), 1) << "nginx passes nothing on";
  const Fd nginx(accept(door.get(), nullptr, nullptr));
  const std::string end = fastcgi::record(fastcgi::kStdin, "");
  std::string request = read_some(nginx.get());
  for (std::string more = request; !request.ends_with(end) && !more.empty(); request += more) more = read_some(nginx.get());
  EXPECT_NE(request.find("HTTP_X_SESSION_USER" + user), std::string::npos);
  EXPECT_EQ(request.find("evil.example"), std::string::npos);
}

TEST_F(AnApplication, OfEveryKindGetsItsOwnCookiesAndNotTheSessions) {
  for (const ApplicationKind& kind : kKinds) {
    const Response response = get(kind.path, {"Cookie: a=1; " + ours() + "; b=2"});
    EXPECT_EQ(told(response, kind.name("Cookie")), "a=1; b=2") << kind.path;
    EXPECT_EQ(response.body.find(session.token), std::string::npos) << kind.path;
  }
}

TEST_F(AnApplication, GetsAllOtherCookiesByteForByte) {
  EXPECT_EQ(cookies_of(ours()), std::nullopt);
  EXPECT_EQ(cookies_of(ours() + ";"), std::nullopt);
  EXPECT_EQ(cookies_of("a=1"), "a=1");
  EXPECT_EQ(cookies_of(ours() + "; a=1;b=2"), "a=1;b=2");
  EXPECT_EQ(cookies_of("a=1;" + ours() + ";b=\"2\""), "a=1;b=\"2\"");
  EXPECT_EQ(cookies_of("a=1;\t " + ours()), "a=1");
  EXPECT_EQ(cookies_of("a=1;;  b = 2 ;c; " + ours() + "; \xC3\xA9=%00"), "a=1;;  b = 2 ;c; \xC3\xA9=%00");
  EXPECT_EQ(cookies_of(ours() + "; a=1; " + ours()), "a=1");
  EXPECT_EQ(cookies_of(ours() + "; " + ours() + "; a=1"), "a=1");
  EXPECT_EQ(cookies_of("a=1; " + ours() + "; b=2; " + ours()), "a=1; b=2");
  const std::string large = "a=" + std::string(3500, 'x') + "; " + ours() + "; b=" + std::string(3500, ';');
  EXPECT_EQ(cookies_of(large), "a=" + std::string(3500, 'x') + "; b=" + std::string(3500, ';'));
}

TEST_F(AnApplication, GetsCookiesWhoseNamesOnlyLookLikeTheSessions) {
  for (const std::string cookie : {"x__Host-session=1", "__Host-session2=1", "__host-session=1", "a=__Host-session=1",
                                   "__Host-session", "__Host-session =1", "\"__Host-session\"=1"}) {
    EXPECT_EQ(cookies_of(cookie), cookie);
    EXPECT_EQ(cookies_of(cookie + "; " + ours()), cookie);
    EXPECT_EQ(cookies_of(ours() + "; " + cookie), cookie);
  }
}

TEST_F(AnApplication, GetsNoCookieRatherThanTheSessionsSentThreeTimes) {
  EXPECT_EQ(cookies_of("a=1; " + ours() + "; " + ours() + "; " + ours()), std::nullopt);
}

TEST_F(AnApplication, GetsItsCookiesFromSeveralHeaders) {
  for (const bool http2 : {false, true}) {
    HttpClient client(http2 ? site.http2_socket() : site.nginx.socket(), HttpClient::Answers::kFromAStandIn);
    const Response response = client.send({"GET", "/app/", {"Cookie: a=1", session.cookie(), "Cookie: b=2"}, {}, false, http2});
    EXPECT_EQ(told(response, "X-Session-User"), user);
    EXPECT_EQ(told(response, "Cookie"), "a=1; b=2");
  }
}

TEST_F(AnApplication, OfEveryKindGetsNoBearerOfASession) {
  const Signed cli = site.mint("álice", {.kind = "cli"});
  for (const ApplicationKind& kind : kKinds) {
    for (const std::string& bearer : {"Bearer " + session.token, "bEARER   " + session.token, "Bearer " + cli.token}) {
      const Response response = get(kind.path, {"Authorization: " + bearer});
      EXPECT_EQ(told(response, kind.name("X-Session-User")), user) << kind.path;
      EXPECT_EQ(told(response, kind.name("Authorization")).value_or(""), "") << kind.path;
      EXPECT_EQ(response.body.find(bearer.substr(bearer.rfind(' ') + 1)), std::string::npos) << kind.path;
    }
  }
}

TEST_F(AnApplication, OfEveryKindGetsItsOwnAuthorizationBesideTheCookie) {
  for (const ApplicationKind& kind : kKinds) {
    for (const std::string value : {"Bearer eyJhbGciOiJIUzI1NiJ9.e30.c2Vz", "Basic YTpi", "Bearer ses", "Bearer Pat_1"}) {
      const Response response = get(kind.path, {session.cookie(), "Authorization: " + value});
      EXPECT_EQ(response.status, 200) << kind.path << value;
      EXPECT_EQ(told(response, kind.name("X-Session-User")), user) << kind.path;
      EXPECT_EQ(told(response, kind.name("Authorization")), value) << kind.path;
    }
  }
}

TEST_F(AnApplication, IsClosedToABadBearerOfASessionWhateverTheCookie) {
  for (const std::string value : {"Bearer ses_", "Bearer pat_nonsense"}) {
    const Response response = get("/app/", {session.cookie(), "Authorization: " + value});
    expect_problem(response, 401, "unauthorized");
    EXPECT_EQ(response.header("www-authenticate"), "Bearer error=\"invalid_token\"");
  }
  EXPECT_EQ(get("/app/", {"Authorization: Bearer eyJhbGciOiJIUzI1NiJ9.e30.c2Vz"}).status, 401);
}

TEST_F(AnApplication, GetsWhatItsLocationsPatternCaptured) {
  // The snippet's own patterns must not take the place of `$1`.
  const std::string name(300, 'n');
  const Response response = get("/app/captured/x/" + name, {"Cookie: a=1; " + ours() + "; b=2", "Authorization: Basic YTpi"});
  EXPECT_EQ(told(response, "X-Of-The-Location"), name);
  EXPECT_EQ(told(response, "Cookie"), "a=1; b=2");
  EXPECT_EQ(told(get("/app/captured/n", {session.bearer(), session.cookie()}), "X-Of-The-Location"), "n");
}

}  // namespace
}  // namespace sessiond::test
