// The sockets that speak HTTP under peers that are slow, silent, broken or hostile.
#include <gtest/gtest.h>
#include <poll.h>

#include <set>
#include <thread>

#include "integration/site.h"

namespace sessiond::test {
namespace {

const std::string kHealthzOverHttp = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
const std::string kReadyz = "GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n";  // answered after a trip to Redis

// A worker with one thread, which whoever delays it delays for all.
class HttpSocket : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = std::make_unique<TempDir>();
    redis_ = std::make_unique<RedisServer>(*folder_);
    redis_->start();
    worker_ = std::make_unique<Worker>(*folder_, std::vector<std::string>{"--threads", "1", "--receive-timeout", "2"});
    HttpPeer operators(worker_->internal_socket());
    session_ = signed_by(operators.ask(http1::post("/internal/v1/sessions", minting_json(user_json("alice")))));
  }
  static void TearDownTestSuite() {
    worker_.reset();
    redis_.reset();
    folder_.reset();
  }

  static HttpPeer connection() { return HttpPeer(worker_->check_socket()); }
  // A request on a connection of its own, which must be answered.
  static void expect_served() { EXPECT_EQ(connection().ask(kHealthzOverHttp).status, 200); }
  static std::string check(const std::string& headers) {
    return "GET /internal/v1/check HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n";
  }
  static std::string check() { return check(session_.cookie() + "\r\n"); }

  inline static std::unique_ptr<TempDir> folder_;
  inline static std::unique_ptr<RedisServer> redis_;
  inline static std::unique_ptr<Worker> worker_;
  inline static Signed session_;
};

TEST_F(HttpSocket, SaysWhoCallsByCookieAndByBearer) {
  HttpPeer peer = connection();
  for (const std::string& header : {session_.cookie(), session_.bearer()}) {
    const Response response = peer.ask(check(header + "\r\nX-Request-Id: 0123456789abcdef\r\n"));
    EXPECT_EQ(response.status, 204);
    EXPECT_EQ(response.header("x-session-user"), "alice");
    EXPECT_EQ(response.header("x-session-id"), session_.id);
    EXPECT_EQ(response.header("x-request-id"), "0123456789abcdef");
    EXPECT_EQ(response.header("cache-control"), "no-store");
    EXPECT_EQ(response.header("content-length"), std::nullopt);
    EXPECT_EQ(response.header("connection"), std::nullopt);
  }
  EXPECT_EQ(peer.ask(check("")).status, 401);
  EXPECT_EQ(peer.ask(check("Cookie: __Host-session=" + session_.token + "x\r\n")).status, 401);
}

TEST_F(HttpSocket, ACallerWhoSaysTwoThingsIsNobody) {
  HttpPeer peer = connection();
  const std::string other = session_.token.substr(0, session_.token.size() - 4) + "AAAA";
  EXPECT_EQ(peer.ask(check(session_.bearer() + "\r\n" + session_.bearer() + "\r\n")).status, 401);
  EXPECT_EQ(peer.ask(check(session_.cookie() + "\r\nCookie: __Host-session=" + other + "\r\n")).status, 401);
  EXPECT_EQ(peer.ask(check("Cookie: a=1\r\n" + session_.cookie() + "\r\nCookie: b=2\r\n")).status, 204);
}

TEST_F(HttpSocket, ReachesTheCheckAndHealthAndNothingElse) {
  HttpPeer peer = connection();
  EXPECT_EQ(peer.ask(kHealthzOverHttp).body, R"({"status":"ok"})");
  EXPECT_EQ(peer.ask(kReadyz).status, 200);
  const std::string body = minting_json(user_json("mallory"));
  const std::string head = " HTTP/1.1\r\nHost: x\r\n" + session_.cookie() + "\r\nContent-Type: application/json\r\nContent-Length: ";
  for (const char* path : {"/internal/v1/sessions", "/internal/v1/users/alice/sessions", "/internal/v1/users/alice/sessions/x",
                           "/internal/v1/introspect", "/metrics", "/oauth/revoke",
                           "/api/v1/auth/sessions", "/api/v1/auth/logout", "/api/v1/u/me", "/api/v1/auth/cli/request-grant",
                           "/api/v1/auth/cli/redeem", "/api/v1/auth/dev-login"}) {
    for (const char* method : {"GET", "POST", "DELETE"}) {
      const Response response = peer.ask(std::string(method) + " " + path + head + std::to_string(body.size()) + "\r\n\r\n" + body);
      EXPECT_EQ(response.status, 404) << method << " " << path;
    }
  }
  EXPECT_EQ(peer.ask(check()).status, 204) << "and nothing was revoked";
}

TEST_F(HttpSocket, AConnectionServesRequestAfterRequest) {
  HttpPeer peer = connection();
  for (int i = 0; i < 100; ++i) ASSERT_EQ(peer.ask(check()).status, 204);
}

TEST_F(HttpSocket, HeadIsAnsweredWithoutABody) {
  HttpPeer peer = connection();
  peer.write("HEAD /healthz HTTP/1.1\r\nHost: x\r\n\r\n" + check());
  const Response head = peer.read_response();
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.header("content-length"), "15");
  EXPECT_EQ(peer.read_response().status, 204) << "what follows is the next answer";
}

TEST_F(HttpSocket, AConnectionThatIsNotToBeKeptIsClosedAfterItsAnswer) {
  for (const char* request : {"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "GET /healthz HTTP/1.0\r\n\r\n",
                              "GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"}) {
    HttpPeer peer = connection();
    const Response response = peer.ask(request);
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.header("connection"), "close");
    EXPECT_EQ(peer.read_to_end(), "");
  }
}

TEST_F(HttpSocket, RequestsAtOnceAreAnsweredInTheirOrder) {
  HttpPeer peer = connection();
  std::string all;
  for (int i = 0; i < 200; ++i) all += check() + kHealthzOverHttp + check("");  // two wait for nothing, one for Redis
  ASSERT_TRUE(peer.write(all));
  for (int i = 0; i < 200; ++i) {
    ASSERT_EQ(peer.read_response().status, 204);
    ASSERT_EQ(peer.read_response().status, 200);
    ASSERT_EQ(peer.read_response().status, 401);
  }
  EXPECT_FALSE(peer.readable());
}

TEST_F(HttpSocket, WhoAsksWithoutEndDelaysNobody) {
  HttpPeer greedy = connection();
  std::string all;
  for (int i = 0; i < 2000; ++i) all += kHealthzOverHttp;
  std::jthread asking([&] { greedy.write(all); });
  for (int i = 0; i < 20; ++i) expect_served();
  for (int i = 0; i < 2000; ++i) ASSERT_EQ(greedy.read_response().status, 200);
}

TEST_F(HttpSocket, HalfARequestDelaysNobodyAndIsAnsweredWhenTheRestComes) {
  const std::string request = check();
  HttpPeer halting = connection();
  for (std::size_t sent = 0; sent < request.size(); ++sent) {
    halting.write(request.substr(sent, 1));
    if (sent % 16 == 0) expect_served();
  }
  EXPECT_EQ(halting.read_response().status, 204);
}

TEST_F(HttpSocket, APeerThatStopsHalfwayOrNeverBeginsIsCutOff) {
  const std::string sized = "POST /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhell";
  const std::string chunked = "POST /healthz HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n";
  std::vector<HttpPeer> stopped;
  for (const std::string& bytes : {std::string(), std::string("G"), std::string("GET /healthz HTTP/1.1\r\n"), kHealthzOverHttp.substr(0, kHealthzOverHttp.size() - 1), sized, chunked}) {
    stopped.push_back(connection());
    stopped.back().write(bytes);
  }
  stopped.push_back(connection());
  ASSERT_EQ(stopped.back().ask(kHealthzOverHttp).status, 200);
  stopped.back().write("GET /he");
  expect_served();
  for (HttpPeer& peer : stopped) EXPECT_EQ(peer.read_to_end(), "");
}

TEST_F(HttpSocket, APeerThatSendsAByteNowAndThenIsCutOff) {
  HttpPeer slow = connection();
  const auto start = std::chrono::steady_clock::now();
  while (slow.write("G") && std::chrono::steady_clock::now() - start < kPatience) poll(nullptr, 0, 50);
  EXPECT_LT(std::chrono::steady_clock::now() - start, kPatience);
}

TEST_F(HttpSocket, APeerIsNotCutOffBecauseTheWorkerWasHeldUp) {
  HttpPeer peer = connection();
  const std::string request = check();
  peer.write(request.substr(0, 30));
  peer.wait_until_taken();
  worker_->process().pause();
  peer.write(request.substr(30));
  poll(nullptr, 0, 2500);  // longer than the receive timeout
  worker_->process().resume();
  EXPECT_EQ(peer.read_response().status, 204);
}

TEST_F(HttpSocket, APeerThatSaysNoMoreIsAnswered) {
  HttpPeer peer = connection();
  peer.write(check() + kHealthzOverHttp);
  peer.say_no_more();
  EXPECT_EQ(peer.read_response().status, 204);
  EXPECT_EQ(peer.read_response().status, 200);
  EXPECT_EQ(peer.read_to_end(), "");

  HttpPeer half = connection();
  half.write(check().substr(0, 30));
  half.say_no_more();
  EXPECT_EQ(half.read_to_end(), "");
}

TEST_F(HttpSocket, APeerThatReadsNoAnswerIsCutOffAndDelaysNobody) {
  HttpPeer never = connection();
  std::string all;
  for (int i = 0; i < 1000; ++i) all += kHealthzOverHttp;
  std::jthread asking([&] {
    for (int i = 0; i < 100 && never.write(all); ++i) continue;
  });
  for (int i = 0; i < 100; ++i) expect_served();
  never.wait_for_end();
  expect_served();
}

TEST_F(HttpSocket, APeerThatLeavesBeforeItsAnswerHarmsNobody) {
  for (int i = 0; i < 200; ++i) connection().write(check());
  expect_served();
}

TEST_F(HttpSocket, ARequestCutAtAnyByteHarmsNobody) {
  const std::string request = check();
  for (std::size_t size = 0; size < request.size(); ++size) connection().write(request.substr(0, size));
  expect_served();
}

TEST_F(HttpSocket, AThousandIdleConnectionsDelayNobody) {
  std::vector<HttpPeer> idle;
  for (int i = 0; i < 1000; ++i) {
    idle.push_back(connection());
    if (i % 2 == 0) {
      ASSERT_EQ(idle.back().ask(kHealthzOverHttp).status, 200);
    }
  }
  expect_served();
  for (HttpPeer& peer : idle) ASSERT_EQ(peer.ask(check()).status, 204) << "and each still serves";
}

TEST_F(HttpSocket, WhoWaitsToSendABodyIsToldToDoSo) {
  const std::string head = "POST /internal/v1/check HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: ";
  HttpPeer peer = connection();
  EXPECT_EQ(peer.ask(head + "5\r\n\r\n").status, 100);
  EXPECT_EQ(peer.ask("hello").status, 405);
  EXPECT_EQ(peer.ask(head + "5\r\n\r\nhello").status, 405) << "who does not wait is told nothing";
  EXPECT_EQ(peer.ask(head + "16385\r\n\r\n").status, 413) << "and who would send too much is told so at once";
}

TEST_F(HttpSocket, TheLargestRequestIsServedAndALargerOneIsNot) {
  HttpPeer peer = connection();
  const std::string frame = check("X: \r\n" + session_.cookie() + "\r\n");
  EXPECT_EQ(peer.ask(check("X: " + std::string(65536 - frame.size(), 'a') + "\r\n" + session_.cookie() + "\r\n")).status, 204);
  const Response head = peer.ask(check("X: " + std::string(65536, 'a') + "\r\n"));
  EXPECT_EQ(head.status, 431);
  EXPECT_EQ(head.header("connection"), "close");

  HttpPeer other = connection();
  const std::string post = "POST /internal/v1/check HTTP/1.1\r\nHost: x\r\nContent-Length: ";
  EXPECT_EQ(other.ask(post + "16384\r\n\r\n" + std::string(16384, 'a')).status, 405);
  EXPECT_EQ(other.ask(post + "16385\r\n\r\n" + std::string(16385, 'a')).status, 413);
  peer.wait_for_end();  // both linger for as long
  other.wait_for_end();
}

// --- Bodies, on the internal socket.

class HttpBody : public HttpSocket {
 protected:
  static std::string minting(const std::string& headers, const std::string& body) {
    return "POST /internal/v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" + headers + "\r\n" + body;
  }
  static std::string sized(const std::string& body) { return minting("Content-Length: " + std::to_string(body.size()) + "\r\n", body); }
  static std::string chunked(const std::string& chunks) { return minting("Transfer-Encoding: chunked\r\n", chunks); }
  // A chunk of each character.
  static std::string in_chunks(const std::string& body, const std::string& extension = "") {
    std::string chunks;
    for (const char c : body) chunks += "1" + extension + "\r\n" + c + "\r\n";
    return chunks + "0\r\n";
  }
  static std::string padded(std::size_t size) { return body() + std::string(size - body().size(), ' '); }
  static std::string body() { return minting_json(user_json("bob")); }

  HttpPeer peer{worker_->internal_socket()};
};

TEST_F(HttpBody, MayComeByLengthOrInChunksWithExtensionsAndTrailers) {
  for (const std::string& request : {sized(body()), chunked(in_chunks(body()) + "\r\n"), chunked(in_chunks(body(), ";a=\"b\"") + "\r\n"),
                                     chunked(in_chunks(body()) + "Authorization: Bearer x\r\nX-Request-Id: forged\r\n\r\n")}) {
    const Response minted = peer.ask(request);
    EXPECT_EQ(minted.status, 201) << request.substr(0, 200) << minted.body;
    EXPECT_NE(minted.header("x-request-id"), "forged");
  }
}

TEST_F(HttpBody, IsWholeHoweverItIsCut) {
  for (const std::string& request : {sized(body()), chunked(in_chunks(body(), ";x") + "T: r\r\n\r\n")}) {
    for (const char c : request) ASSERT_TRUE(peer.write(std::string(1, c)));
    EXPECT_EQ(peer.read_response().status, 201);
  }
}

TEST_F(HttpBody, OfRequestsAtOnceBelongsToItsOwn) {
  const std::string user = "/internal/v1/users/carol";
  const std::string json = "Host: x\r\nContent-Type: application/json\r\n";
  const std::string mint = sized(minting_json(user_json("carol")));
  const std::string named = R"({"id":"carol","username":"carola","created_at":"2026-01-02T03:04:05Z","updated_at":"2026-03-03T03:04:05Z"})";
  const std::string put = "PUT " + user + " HTTP/1.1\r\n" + json + "Content-Length: " + std::to_string(named.size()) + "\r\n\r\n" + named;
  const std::string end = "DELETE " + user + "/sessions HTTP/1.1\r\n" + json + "Content-Length: 2\r\n\r\n{}";  // which it has none of
  std::string all;
  for (int i = 0; i < 50; ++i) all += mint + put + http1::request("GET", user) + kHealthzOverHttp + end + http1::request("GET", user);
  ASSERT_TRUE(peer.write(all));
  for (int i = 0; i < 50; ++i) {
    ASSERT_EQ(peer.read_response().status, 201);
    ASSERT_EQ(peer.read_response().status, 204);
    ASSERT_EQ(peer.read_response().body, named);
    ASSERT_EQ(peer.read_response().status, 200);
    ASSERT_EQ(peer.read_response().status, 400);
    ASSERT_EQ(peer.read_response().status, 200);
  }
}

TEST_F(HttpBody, IsSentByWhoWaitsToBeToldSo) {
  const std::string head = minting("Expect: 100-continue\r\nContent-Length: " + std::to_string(body().size()) + "\r\n", "");
  EXPECT_EQ(peer.ask(head).status, 100);
  EXPECT_EQ(peer.ask(body()).status, 201);
  EXPECT_EQ(peer.ask(minting("Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n", "")).status, 100);
  EXPECT_EQ(peer.ask(in_chunks(body()) + "\r\n").status, 201);
}

TEST_F(HttpBody, IsOfSixteenKilobytesAtMostInEitherForm) {
  EXPECT_EQ(peer.ask(sized(padded(16'384))).status, 201);
  EXPECT_EQ(peer.ask(chunked("4000\r\n" + padded(16'384) + "\r\n0\r\n\r\n")).status, 201);
  for (const std::string& request : {sized(padded(16'385)), chunked("4001\r\n" + padded(16'385) + "\r\n0\r\n\r\n"),
                                     chunked("4000\r\n" + padded(16'384) + "\r\n1\r\n \r\n0\r\n\r\n"),
                                     chunked("1;" + std::string(40'000, 'x') + "\r\n{\r\n"), chunked("0\r\nX: " + std::string(40'000, 'x'))}) {
    HttpPeer sender(worker_->internal_socket());
    EXPECT_EQ(sender.ask(request).status, 413) << request.substr(0, 200);
    EXPECT_EQ(sender.read_to_end(), "");
  }
}

TEST_F(HttpBody, FarTooLargeIsReadAwaySoThatItsSenderLearnsWhy) {
  EXPECT_TRUE(peer.write(sized(padded(4'000'000))));
  EXPECT_EQ(peer.read_response().status, 413);
  EXPECT_EQ(peer.read_to_end(), "");
}

TEST_F(HttpBody, OfAFormIsRefusedAsOfAnotherType) {
  EXPECT_EQ(peer.ask("POST /internal/v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                     "Content-Length: 3\r\n\r\na=1").status, 415);
}

TEST_F(HttpSocket, ARequestIsCalledAsItSaysOrIsGivenAName) {
  HttpPeer peer(worker_->internal_socket());
  EXPECT_EQ(peer.ask(check("X-Request-Id: from-the-service\r\n")).header("x-request-id"), "from-the-service");
  std::set<std::string> given;
  for (const std::string& header : {std::string(), std::string("X-Request-Id: two words\r\n"), "X-Request-Id: " + std::string(129, 'x') + "\r\n",
                                    std::string("X-Request-Id: one\r\nX-Request-Id: other\r\n"), std::string("X-Request-Id:\r\n")}) {
    given.insert(peer.ask(check(header)).header("x-request-id").value());
  }
  EXPECT_EQ(given.size(), 5U);
  for (const std::string& id : given) EXPECT_TRUE(id.size() == 32 && id.find_first_not_of("0123456789abcdef") == std::string::npos) << id;
}

struct FoulRequest {
  const char* name;
  std::string bytes;
};

class HttpSocketFoul : public HttpSocket, public ::testing::WithParamInterface<FoulRequest> {};

// The request that is hidden behind would be answered 200.
TEST_P(HttpSocketFoul, IsToldSoInTheContractsShapeAndGetsNoSecondAnswer) {
  for (const std::string& socket : {worker_->check_socket(), worker_->internal_socket()}) {
    HttpPeer bystander(socket);
    ASSERT_EQ(bystander.ask(kHealthzOverHttp).status, 200);
    HttpPeer peer(socket);
    peer.write(GetParam().bytes + kHealthzOverHttp);
    const Response response = peer.read_response();
    EXPECT_EQ(response.status, 400);
    EXPECT_EQ(response.header("connection"), "close");
    EXPECT_EQ(peer.read_to_end(), "");
    EXPECT_EQ(bystander.ask(kHealthzOverHttp).status, 200);
  }
}

std::string post(const std::string& headers, const std::string& body) {
  return "POST /internal/v1/sessions HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n" + body;
}

INSTANTIATE_TEST_SUITE_P(
    Peers, HttpSocketFoul,
    ::testing::Values(FoulRequest{"LengthAndCoding", post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")},
                      FoulRequest{"TwoLengths", post("Content-Length: 0\r\nContent-Length: 34\r\n", "")},
                      FoulRequest{"TwoEqualLengths", post("Content-Length: 0\r\nContent-Length: 0\r\n", "")},
                      FoulRequest{"AnotherCoding", post("Transfer-Encoding: xchunked\r\n", "")},
                      FoulRequest{"AFoldedLength", post("Content-Length:\r\n 0\r\n", "")},
                      FoulRequest{"AFoldedHeader", post("X: y\r\n z\r\n", "")}, FoulRequest{"ANul", post("X: " + std::string(1, '\0') + "\r\n", "")},
                      FoulRequest{"ALineFeed", post("X: y\nContent-Length: 34\r\n", "")},
                      FoulRequest{"ALineFeedBehindTheHead", "GET /healthz HTTP/1.1\r\nHost: x\r\n\n"},
                      FoulRequest{"NoHost", "GET /healthz HTTP/1.1\r\n\r\n"}, FoulRequest{"AnAbsoluteTarget", "GET http://x/healthz HTTP/1.1\r\nHost: x\r\n\r\n"},
                      FoulRequest{"AWrongChunk", post("Transfer-Encoding: chunked\r\n", "1\r\nxx\r\n0\r\n\r\n")},
                      FoulRequest{"FastCgi", fastcgi::kHealthz}, FoulRequest{"Tls", std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xFC", 9)}),
    [](const auto& each) { return each.param.name; });

// A worker that has more patience than the tests: what should happen at once must.
struct PatientWorker : ::testing::Test {
  PatientWorker() : redis(folder) {
    redis.start();
    worker = std::make_unique<Worker>(folder, std::vector<std::string>{"--threads", "1", "--receive-timeout", "60", "--stop-timeout", "60"});
  }
  // Returns when it stops, which shows as it closes what is idle. What was opened earlier is accepted by then.
  void stop() const {
    HttpPeer idle(worker->check_socket());
    ASSERT_EQ(idle.ask(kHealthzOverHttp).status, 200);
    worker->process().signal(SIGTERM);
    ASSERT_EQ(idle.read_to_end(), "");
  }

  TempDir folder;
  RedisServer redis;
  std::unique_ptr<Worker> worker;
};

using HttpSocketOfAPatientWorker = PatientWorker;

TEST_F(HttpSocketOfAPatientWorker, WhatComesWhileARequestIsAnsweredIsReadOnThen) {
  HttpPeer peer(worker->check_socket());
  redis.pause();
  peer.write(kReadyz + kHealthzOverHttp.substr(0, 10));
  peer.wait_until_taken();
  peer.write(kHealthzOverHttp.substr(10));  // waits in the socket
  EXPECT_EQ(HttpPeer(worker->check_socket()).ask(kHealthzOverHttp).status, 200);
  redis.resume();
  EXPECT_EQ(peer.read_response().status, 200);
  EXPECT_EQ(peer.read_response().status, 200);
}

TEST_F(HttpSocketOfAPatientWorker, WhatComesInTheMomentOfAnAnswerWaitsItsTurn) {
  for (int i = 0; i < 8; ++i) {  // which of the two the worker sees first is not ours to say
    HttpPeer peer(worker->check_socket());
    redis.pause();
    peer.write(kReadyz + kReadyz);
    peer.wait_until_taken();
    worker->process().pause();
    peer.write("GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n");
    redis.resume();
    redis.client()({"PING"});  // Redis has answered the worker, too
    worker->process().resume();
    for (const int status : {200, 200, 404}) EXPECT_EQ(peer.read_response().status, status);
  }
}

// --- Stopping.

class HttpSocketAtTheEnd : public PatientWorker {};

TEST_F(HttpSocketAtTheEnd, WhatIsInFlightIsAnsweredAndIdleConnectionsAreClosed) {
  HttpPeer idle(worker->check_socket());
  ASSERT_EQ(idle.ask(kHealthzOverHttp).status, 200);
  HttpPeer asking(worker->check_socket());
  ASSERT_EQ(asking.ask(kReadyz).status, 200);
  redis.pause();
  asking.write(kReadyz);
  asking.wait_until_taken();
  stop();
  EXPECT_EQ(idle.read_to_end(), "");
  redis.resume();
  const Response response = asking.read_response();
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.header("connection"), "close");
  EXPECT_EQ(asking.read_to_end(), "");
  EXPECT_EQ(worker->process().wait(), 0);
}

TEST_F(HttpSocketAtTheEnd, APeerThatWasRefusedIsNotWaitedFor) {
  worker.reset();
  worker = std::make_unique<Worker>(folder, std::vector<std::string>{"--receive-timeout", "1000", "--stop-timeout", "1000"});
  HttpPeer refused(worker->internal_socket());
  EXPECT_EQ(refused.ask("nonsense\r\n\r\n").status, 400);
  stop();
  EXPECT_EQ(worker->process().wait(), 0);
}

TEST_F(HttpSocketAtTheEnd, ARequestThatHasBegunMayComeToItsEnd) {
  HttpPeer first(worker->check_socket());
  HttpPeer second(worker->check_socket());
  ASSERT_EQ(second.ask(kHealthzOverHttp).status, 200);
  for (HttpPeer* begun : {&first, &second}) {
    begun->write(kHealthzOverHttp.substr(0, 20));
    begun->wait_until_taken();
  }
  stop();
  for (HttpPeer* begun : {&first, &second}) {
    begun->write(kHealthzOverHttp.substr(20));
    const Response response = begun->read_response();
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.header("connection"), "close");
    EXPECT_EQ(begun->read_to_end(), "");
  }
  EXPECT_EQ(worker->process().wait(), 0);
}

TEST_F(HttpSocketAtTheEnd, AConnectionThatWasJustOpenedHasItsFirstAnswer) {
  HttpPeer opened(worker->check_socket());
  stop();
  const Response response = opened.ask(kHealthzOverHttp);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.header("connection"), "close");
  EXPECT_EQ(opened.read_to_end(), "");
  EXPECT_EQ(worker->process().wait(), 0);
}

TEST_F(HttpSocketAtTheEnd, WhoHasLeftIsNotWaitedFor) {
  redis.pause();
  {
    HttpPeer gone(worker->check_socket());
    gone.write(kReadyz);
    gone.wait_until_taken();
  }
  redis.resume();
  stop();
  EXPECT_EQ(worker->process().wait(), 0);
}

}  // namespace
}  // namespace sessiond::test
