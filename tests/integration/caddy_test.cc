// Caddy asks the check socket by forward_auth, as nginx/examples/Caddyfile has it, for an application behind it.
#include <gtest/gtest.h>

#include "integration/applications.h"
#include "integration/contract.h"
#include "integration/front_end.h"
#include "integration/socket.h"

namespace sessiond::test {
namespace {

class Caddy : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { started_ = std::make_unique<Started>(); }
  static void TearDownTestSuite() { started_.reset(); }

  struct Started {
    explicit Started(const std::vector<std::string>& options = {}, const Edits& edits = {})
        : site(options), applications({"python3", "tests/integration/applications.py", site.folder.path()}, site.folder / "applications.log"),
          caddy(start_caddy(site.folder, edits)) {
      applications.wait_until([this] { return bool{connect_to(site.folder / "http.app")}; }, "an application");
    }
    Site site;
    Process applications;
    FrontEnd caddy;
    HttpClient web{caddy.address, HttpClient::Answers::kFromAStandIn};
  };

  Response get(const std::vector<std::string>& headers, const std::string& path = "/") {
    return started_->web.send({"GET", path, headers, {}});
  }
  static void expect_refused(const Response& response, int status) {
    EXPECT_EQ(response.status, status);
    EXPECT_EQ(response.body.find("Body-Hash"), std::string::npos) << "the application has answered";
    expect_contract(response, From::kWorker);
  }

  static inline std::unique_ptr<Started> started_;
  Site& site = started_->site;
  const Signed session = site.mint("álice");
  const std::string user = "%C3%A1lice";
};

TEST_F(Caddy, LetsInTheSignedInAndTellsTheApplicationWho) {
  for (const std::string& credential : {session.cookie(), session.bearer()}) {
    const Response response = get({credential}, "/x%2Fy?a=b&groups=admin");
    EXPECT_EQ(response.status, 200) << response.body;
    EXPECT_EQ(told(response, "X-Session-User"), user);
    EXPECT_EQ(told(response, "X-Session-Id"), session.id);
    EXPECT_EQ(told(response, "X-Session-Kind"), "web");
  }
}

TEST_F(Caddy, LetsInNobodyElse) {
  const Response unsigned_one = get({});
  expect_refused(unsigned_one, 401);
  EXPECT_EQ(unsigned_one.header("www-authenticate"), "Bearer");
  for (const std::string& headers : {session.cookie() + "x", session.bearer() + "x", std::string("X-Session-User: root")}) {
    expect_refused(get({headers}), 401);
    expect_refused(get({headers}, "/?a=b"), 401);
  }
  expect_refused(get({session.cookie(), "Authorization: Bearer ses_"}), 401);
  for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS", "PROPFIND"}) {
    expect_refused(started_->web.send({method, "/", {}, {}}), 401);
  }
}

TEST_F(Caddy, LetsNobodyInWhoseSessionWasRevoked) {
  ASSERT_EQ(get({session.cookie()}).status, 200);
  ASSERT_EQ(site.revoke(session, session.id).status, 204);
  expect_refused(get({session.cookie()}), 401);
}

TEST_F(Caddy, PassesNoWordOfTheWorkersFromAClient) {
  const Response response = get({session.cookie(), "X-Session-User: root", "x-session-user: root", "X-Session-Expires-At: root", "X-Session-Impersonator: root", "X-Session-Metadata: root", "Remote-User: root",
                                 "Remote-Email: root", "X_Session_User: root", "x-session_id: root", "REMOTE_USER: root", "X.Session.Kind: root"});
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(told(response, "X-Session-User"), user);
  EXPECT_EQ(response.body.find("root"), std::string::npos) << response.body;
}

TEST_F(Caddy, TellsTheApplicationWhoActsAsTheUserAndOfNobodyElse) {
  const Signed theirs = site.mint("alice", {.impersonator = "{op-7}"});
  EXPECT_EQ(told(get({theirs.cookie()}), "X-Session-Impersonator"), "{op-7}");
  EXPECT_EQ(told(get({session.cookie()}), "X-Session-Impersonator").value_or(""), "");
}

TEST_F(Caddy, PassesAUserIdThatReadsAsItsOwnVariableAsItIs) {
  const Signed odd = site.mint("{http.request.uuid}{env.PATH}");
  EXPECT_EQ(told(get({odd.cookie()}), "X-Session-User"), "{http.request.uuid}{env.PATH}");
}

TEST_F(Caddy, KeepsWhatSignsInFromTheApplicationAndNothingElse) {
  const std::string ours = "__Host-session=" + session.token;
  EXPECT_EQ(told(get({"Cookie: a=1; " + ours + "; b=2"}), "Cookie"), "a=1; b=2");
  EXPECT_EQ(told(get({"Cookie: a=1", "Cookie: " + ours, "Cookie: b=2"}), "Cookie").value_or("").find(session.token), std::string::npos);
  for (const std::string& header : {ours, ours + ";" + ours, ours + "; x__Host-session=1; " + ours, "\t" + ours + ";a=1", "a=1;\t " + ours}) {
    const Response response = get({"Cookie: " + header});
    EXPECT_EQ(response.status, 200) << header;
    EXPECT_EQ(response.body.find(session.token), std::string::npos) << response.body;
    EXPECT_EQ(response.body.find("x__Host-session=1") == std::string::npos, header.find("x__Host-session=1") == std::string::npos);
  }
  for (const char* scheme : {"Bearer ", "bEARER   "}) {
    EXPECT_EQ(get({"Authorization: " + (scheme + session.token)}).body.find(session.token), std::string::npos);
  }
  EXPECT_EQ(told(get({session.cookie(), "Authorization: Basic YTpi"}), "Authorization"), "Basic YTpi");
}

TEST_F(Caddy, AsksForRequestsOfEveryKind) {
  for (const bool unsized : {false, true}) {
    const Response response = started_->web.send({"POST", "/", {session.cookie()}, std::string(1'000'000, 'x'), unsized});
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(told(response, "X-Session-User"), user);
  }
  EXPECT_EQ(get({session.cookie(), "Connection: Upgrade", "Upgrade: websocket", "TE: trailers", "Range: bytes=0-1"}).status, 200);
  EXPECT_EQ(get({session.cookie(), "Cookie: a=" + std::string(60'000, 'x')}).status, 200);
  // The worker's 431, or Caddy's 502 when it was still sending.
  EXPECT_GE(get({session.cookie(), "Cookie: a=" + std::string(70'000, 'x')}).status, 400);
  // As a client that waits before it sends a body.
  const Fd client = connect_to(started_->caddy.address);
  write_all(client.get(), "POST / HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 4\r\nConnection: close\r\n" +
                              session.cookie() + "\r\n\r\n");
  std::string answer = read_some(client.get());
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 100 ")) << answer;
  write_all(client.get(), "body");
  for (std::string more = answer; !more.empty(); answer += more) more = read_some(client.get());
  EXPECT_NE(answer.find("X-Session-User: " + user), std::string::npos) << answer;
}

TEST_F(Caddy, LetsNobodyInAtAnAddressThatEndsInABareQuestionMark) {
  expect_refused(get({session.cookie()}, "/?"), 500);
  expect_refused(get({}, "/?"), 401);
}

TEST_F(Caddy, PassesWhatTheCheckSaysAndNothingWhereItSaysNothing) {
  const std::string line = R"(request_header Remote-Email "()^[{]http[.].*" "$1")";
  Started another({"--check-header", "Remote-Email: email"}, {{"X-Session-Impersonator\n", "X-Session-Impersonator Remote-Email\n"},
                                                            {"`" + line + "`", "this"},
                                                            {"reverse_proxy unix/", line + "\n\t\treverse_proxy unix/"}});
  const auto email = [&](const std::string& user_id, const std::string& members) {
    std::string json = user_json(user_id);
    json.replace(json.size() - 1, 1, members + "}");
    const Signed one = signed_by(another.site.post_internal("/internal/v1/sessions", minting_json(json)));
    const Response response = another.web.send({"GET", "/", {one.cookie(), "Remote-Email: root"}, {}});
    EXPECT_EQ(told(response, "X-Session-User"), user_id) << response.body;
    return told(response, "Remote-Email").value_or("");
  };
  EXPECT_EQ(email("alice", R"(,"email":"a@example.org")"), "a@example.org");
  EXPECT_EQ(email("carol", R"(,"email":"{env.PATH}")"), "{env.PATH}");
  EXPECT_EQ(email("dave", ""), "");
}

TEST_F(Caddy, SendsABrowserThatGoesToAPageToSignInWhereItsOperatorSaysSo) {
  Started another({"--login-url", "/login"}, {{"\t\t\t#\t", "\t\t\t"}});
  const auto visit = [&](const std::string& method, const std::vector<std::string>& headers) {
    return another.web.send({method, "/x%2Fy?a=b&c=d", headers, {}});
  };
  for (const char* method : {"GET", "HEAD"}) {
    const Response response = visit(method, {"Sec-Fetch-Mode: navigate", "X-Forwarded-Uri: /evil"});
    EXPECT_EQ(response.status, 302);
    EXPECT_EQ(response.header("location"), "/login?rd=%2Fx%252Fy%3Fa%3Db%26c%3Dd");
    EXPECT_EQ(response.header("cache-control"), "no-store");
  }
  expect_refused(visit("GET", {"Sec-Fetch-Mode: cors"}), 401);
  expect_refused(visit("GET", {}), 401);
  expect_refused(visit("POST", {"Sec-Fetch-Mode: navigate"}), 401);
  EXPECT_EQ(told(visit("GET", {another.site.mint("alice").cookie(), "Sec-Fetch-Mode: navigate"}), "X-Session-User"), "alice");
  another.site.redis.crash();
  expect_refused(visit("GET", {session.cookie(), "Sec-Fetch-Mode: navigate"}), 503);
}

TEST_F(Caddy, LetsNobodyInWhileTheWorkerOrRedisIsAway) {
  Started another;
  const Signed alice = another.site.mint("alice");
  const auto visit = [&] { return another.web.send({"GET", "/", {alice.cookie()}, {}}); };
  ASSERT_EQ(visit().status, 200);
  another.site.redis.crash();
  expect_refused(visit(), 503);
  another.site.worker.process().stop();
  EXPECT_EQ(visit().status, 502);
  EXPECT_EQ(visit().body, "");
}

}  // namespace
}  // namespace sessiond::test
