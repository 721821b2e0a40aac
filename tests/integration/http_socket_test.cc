// The check socket under peers that are slow, silent, broken or hostile.
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <thread>

#include "integration/site.h"
#include "integration/socket.h"

namespace sessiond::test {
namespace {

const std::string kHealthz = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
const std::string kReadyz = "GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n";  // answered after a trip to Redis

// A connection to the check socket, of which the tests say each byte.
class Peer {
 public:
  explicit Peer(const std::string& socket) : fd_(connect_to(socket)) {
    if (!fd_) throw std::runtime_error("nobody listens at " + socket);
  }

  // False when the worker has closed the connection.
  bool write(std::string_view bytes) const { return write_all(fd_.get(), bytes); }
  void say_no_more() const { shutdown(fd_.get(), SHUT_WR); }
  void wait_until_taken() const { test::wait_until_taken(fd_.get()); }
  [[nodiscard]] bool readable() const {
    pollfd end{fd_.get(), POLLIN, 0};
    return poll(&end, 1, 0) > 0;
  }

  // Waits for a whole answer. Throws when the worker closes first.
  Response read(const std::string& method = "GET") {
    while (buffer_.find("\r\n\r\n") == std::string::npos) read_more();
    const std::size_t end = buffer_.find("\r\n\r\n") + 4;
    Response response;
    response.status = std::stoi(buffer_.substr(9));
    for (std::size_t at = 0; at < end; at = buffer_.find("\r\n", at) + 2) add_header_line(response, buffer_.substr(at, buffer_.find("\r\n", at) - at));
    const bool has_body = method != "HEAD" && response.status >= 200;
    const std::size_t size = has_body ? std::stoul(response.header("content-length").value_or("0")) : 0;
    while (buffer_.size() < end + size) read_more();
    response.body = buffer_.substr(end, size);
    buffer_.erase(0, end + size);
    return response;
  }
  Response ask(std::string_view request) {
    write(request);
    return read();
  }
  // Waits until the worker closes the connection. What it sent before.
  std::string read_to_end() {
    std::string all = std::move(buffer_);
    for (std::string more = read_some(fd_.get()); !more.empty(); more = read_some(fd_.get())) all += more;
    return all;
  }
  // Waits, without reading, until the worker closes the connection.
  void wait_for_end() const {
    pollfd end{fd_.get(), 0, 0};  // POLLHUP is always told
    const auto patience = std::chrono::duration_cast<std::chrono::milliseconds>(kPatience);
    if (poll(&end, 1, static_cast<int>(patience.count())) != 1) throw std::runtime_error("the worker does not close the connection");
  }

 private:
  void read_more() {
    const std::string more = read_some(fd_.get());
    if (more.empty()) throw std::runtime_error("the worker closed the connection before its answer");
    buffer_ += more;
  }

  Fd fd_;
  std::string buffer_;
};

// A worker with one thread, which whoever delays it delays for all.
class HttpSocket : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = std::make_unique<TempDir>();
    redis_ = std::make_unique<RedisServer>(*folder_);
    redis_->start();
    worker_ = std::make_unique<Worker>(*folder_, std::vector<std::string>{"--threads", "1", "--receive-timeout", "2"});
    FastCgiClient operators(worker_->internal_socket());
    session_ = signed_by(operators.ask(fastcgi::post("/internal/v1/sessions", minting_json(user_json("alice")))));
  }
  static void TearDownTestSuite() {
    worker_.reset();
    redis_.reset();
    folder_.reset();
  }

  static Peer connection() { return Peer(worker_->check_socket()); }
  // A request on a connection of its own, which must be answered.
  static void expect_served() { EXPECT_EQ(connection().ask(kHealthz).status, 200); }
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
  Peer peer = connection();
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
  Peer peer = connection();
  const std::string other = session_.token.substr(0, session_.token.size() - 4) + "AAAA";
  EXPECT_EQ(peer.ask(check(session_.bearer() + "\r\n" + session_.bearer() + "\r\n")).status, 401);
  EXPECT_EQ(peer.ask(check(session_.cookie() + "\r\nCookie: __Host-session=" + other + "\r\n")).status, 401);
  EXPECT_EQ(peer.ask(check("Cookie: a=1\r\n" + session_.cookie() + "\r\nCookie: b=2\r\n")).status, 204);
}

TEST_F(HttpSocket, ReachesTheCheckAndHealthAndNothingElse) {
  Peer peer = connection();
  EXPECT_EQ(peer.ask(kHealthz).body, R"({"status":"ok"})");
  EXPECT_EQ(peer.ask(kReadyz).status, 200);
  const std::string body = minting_json(user_json("mallory"));
  const std::string head = " HTTP/1.1\r\nHost: x\r\n" + session_.cookie() + "\r\nContent-Type: application/json\r\nContent-Length: ";
  for (const char* path : {"/internal/v1/sessions", "/internal/v1/users/alice/sessions", "/internal/v1/users/alice/sessions/x",
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
  Peer peer = connection();
  for (int i = 0; i < 100; ++i) ASSERT_EQ(peer.ask(check()).status, 204);
}

TEST_F(HttpSocket, HeadIsAnsweredWithoutABody) {
  Peer peer = connection();
  peer.write("HEAD /healthz HTTP/1.1\r\nHost: x\r\n\r\n" + check());
  const Response head = peer.read("HEAD");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.header("content-length"), "15");
  EXPECT_EQ(peer.read().status, 204) << "what follows is the next answer";
}

TEST_F(HttpSocket, AConnectionThatIsNotToBeKeptIsClosedAfterItsAnswer) {
  for (const char* request : {"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "GET /healthz HTTP/1.0\r\n\r\n",
                              "GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"}) {
    Peer peer = connection();
    const Response response = peer.ask(request);
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.header("connection"), "close");
    EXPECT_EQ(peer.read_to_end(), "");
  }
}

TEST_F(HttpSocket, RequestsAtOnceAreAnsweredInTheirOrder) {
  Peer peer = connection();
  std::string all;
  for (int i = 0; i < 200; ++i) all += check() + kHealthz + check("");  // two wait for nothing, one for Redis
  ASSERT_TRUE(peer.write(all));
  for (int i = 0; i < 200; ++i) {
    ASSERT_EQ(peer.read().status, 204);
    ASSERT_EQ(peer.read().status, 200);
    ASSERT_EQ(peer.read().status, 401);
  }
  EXPECT_FALSE(peer.readable());
}

TEST_F(HttpSocket, WhoAsksWithoutEndDelaysNobody) {
  Peer greedy = connection();
  std::string all;
  for (int i = 0; i < 2000; ++i) all += kHealthz;
  std::jthread asking([&] { greedy.write(all); });
  for (int i = 0; i < 20; ++i) expect_served();
  for (int i = 0; i < 2000; ++i) ASSERT_EQ(greedy.read().status, 200);
}

TEST_F(HttpSocket, HalfARequestDelaysNobodyAndIsAnsweredWhenTheRestComes) {
  const std::string request = check();
  Peer halting = connection();
  for (std::size_t sent = 0; sent < request.size(); ++sent) {
    halting.write(request.substr(sent, 1));
    if (sent % 16 == 0) expect_served();
  }
  EXPECT_EQ(halting.read().status, 204);
}

TEST_F(HttpSocket, APeerThatStopsHalfwayOrNeverBeginsIsCutOff) {
  const std::string sized = "POST /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhell";
  const std::string chunked = "POST /healthz HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n";
  std::vector<Peer> stopped;
  for (const std::string& bytes : {std::string(), std::string("G"), std::string("GET /healthz HTTP/1.1\r\n"), kHealthz.substr(0, kHealthz.size() - 1), sized, chunked}) {
    stopped.push_back(connection());
    stopped.back().write(bytes);
  }
  stopped.push_back(connection());
  ASSERT_EQ(stopped.back().ask(kHealthz).status, 200);
  stopped.back().write("GET /he");
  expect_served();
  for (Peer& peer : stopped) EXPECT_EQ(peer.read_to_end(), "");
}

TEST_F(HttpSocket, APeerThatSendsAByteNowAndThenIsCutOff) {
  Peer slow = connection();
  const auto start = std::chrono::steady_clock::now();
  while (slow.write("G") && std::chrono::steady_clock::now() - start < kPatience) poll(nullptr, 0, 50);
  EXPECT_LT(std::chrono::steady_clock::now() - start, kPatience);
}

TEST_F(HttpSocket, APeerThatSaysNoMoreIsAnswered) {
  Peer peer = connection();
  peer.write(check() + kHealthz);
  peer.say_no_more();
  EXPECT_EQ(peer.read().status, 204);
  EXPECT_EQ(peer.read().status, 200);
  EXPECT_EQ(peer.read_to_end(), "");

  Peer half = connection();
  half.write(check().substr(0, 30));
  half.say_no_more();
  EXPECT_EQ(half.read_to_end(), "");
}

TEST_F(HttpSocket, APeerThatReadsNoAnswerIsCutOffAndDelaysNobody) {
  Peer never = connection();
  std::string all;
  for (int i = 0; i < 1000; ++i) all += kHealthz;
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
  std::vector<Peer> idle;
  for (int i = 0; i < 1000; ++i) {
    idle.push_back(connection());
    if (i % 2 == 0) {
      ASSERT_EQ(idle.back().ask(kHealthz).status, 200);
    }
  }
  expect_served();
  for (Peer& peer : idle) ASSERT_EQ(peer.ask(check()).status, 204) << "and each still serves";
}

TEST_F(HttpSocket, WhoWaitsToSendABodyIsToldToDoSo) {
  const std::string head = "POST /internal/v1/check HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: ";
  Peer peer = connection();
  EXPECT_EQ(peer.ask(head + "5\r\n\r\n").status, 100);
  EXPECT_EQ(peer.ask("hello").status, 405);
  EXPECT_EQ(peer.ask(head + "5\r\n\r\nhello").status, 405) << "who does not wait is told nothing";
  EXPECT_EQ(peer.ask(head + "16385\r\n\r\n").status, 413) << "and who would send too much is told so at once";
}

TEST_F(HttpSocket, TheLargestRequestIsServedAndALargerOneIsNot) {
  Peer peer = connection();
  const std::string frame = check("X: \r\n" + session_.cookie() + "\r\n");
  EXPECT_EQ(peer.ask(check("X: " + std::string(65536 - frame.size(), 'a') + "\r\n" + session_.cookie() + "\r\n")).status, 204);
  const Response head = peer.ask(check("X: " + std::string(65536, 'a') + "\r\n"));
  EXPECT_EQ(head.status, 431);
  EXPECT_EQ(head.header("connection"), "close");
  peer.wait_for_end();

  Peer other = connection();
  const std::string post = "POST /internal/v1/check HTTP/1.1\r\nHost: x\r\nContent-Length: ";
  EXPECT_EQ(other.ask(post + "16384\r\n\r\n" + std::string(16384, 'a')).status, 405);
  EXPECT_EQ(other.ask(post + "16385\r\n\r\n" + std::string(16385, 'a')).status, 413);
  other.wait_for_end();
}

struct Foul {
  const char* name;
  std::string bytes;
};

class HttpSocketFoul : public HttpSocket, public ::testing::WithParamInterface<Foul> {};

// The request that is hidden behind would be answered 200.
TEST_P(HttpSocketFoul, IsToldSoInTheContractsShapeAndGetsNoSecondAnswer) {
  Peer bystander = connection();
  ASSERT_EQ(bystander.ask(kHealthz).status, 200);
  Peer peer = connection();
  peer.write(GetParam().bytes + kHealthz);
  const Response response = peer.read();
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(response.header("content-type"), "application/json");
  EXPECT_EQ(response.header("connection"), "close");
  EXPECT_EQ(response.body.find(R"({"code":"bad_request","error":")"), 0U) << response.body;
  EXPECT_EQ(peer.read_to_end(), "");
  EXPECT_EQ(bystander.ask(kHealthz).status, 200);
}

std::string post(const std::string& headers, const std::string& body) {
  return "POST /internal/v1/check HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n" + body;
}

INSTANTIATE_TEST_SUITE_P(
    Peers, HttpSocketFoul,
    ::testing::Values(Foul{"LengthAndCoding", post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")},
                      Foul{"TwoLengths", post("Content-Length: 0\r\nContent-Length: 34\r\n", "")},
                      Foul{"TwoEqualLengths", post("Content-Length: 0\r\nContent-Length: 0\r\n", "")},
                      Foul{"AnotherCoding", post("Transfer-Encoding: xchunked\r\n", "")},
                      Foul{"AFoldedLength", post("Content-Length:\r\n 0\r\n", "")},
                      Foul{"AFoldedHeader", post("X: y\r\n z\r\n", "")}, Foul{"ANul", post("X: " + std::string(1, '\0') + "\r\n", "")},
                      Foul{"ALineFeed", post("X: y\nContent-Length: 34\r\n", "")},
                      Foul{"ALineFeedBehindTheHead", "GET /healthz HTTP/1.1\r\nHost: x\r\n\n"},
                      Foul{"NoHost", "GET /healthz HTTP/1.1\r\n\r\n"}, Foul{"AnAbsoluteTarget", "GET http://x/healthz HTTP/1.1\r\nHost: x\r\n\r\n"},
                      Foul{"AWrongChunk", post("Transfer-Encoding: chunked\r\n", "1\r\nxx\r\n0\r\n\r\n")},
                      Foul{"FastCgi", fastcgi::request("GET", "/healthz")}, Foul{"Tls", std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xFC", 9)}),
    [](const auto& each) { return each.param.name; });

// --- Stopping.

struct Stopping : ::testing::Test {
  Stopping() : redis(folder) {
    redis.start();
    worker = std::make_unique<Worker>(folder, std::vector<std::string>{"--threads", "1"});
  }
  void stop() {
    worker->process().signal(SIGTERM);
    ASSERT_TRUE(worker->says("stopping"));
  }

  TempDir folder;
  RedisServer redis;
  std::unique_ptr<Worker> worker;
};

class HttpSocketAtTheEnd : public Stopping {};

TEST_F(HttpSocketAtTheEnd, WhatIsInFlightIsAnsweredAndIdleConnectionsAreClosed) {
  Peer idle(worker->check_socket());
  ASSERT_EQ(idle.ask(kHealthz).status, 200);
  Peer asking(worker->check_socket());
  ASSERT_EQ(asking.ask(kReadyz).status, 200);
  redis.pause();
  asking.write(kReadyz);
  asking.wait_until_taken();
  stop();
  EXPECT_EQ(idle.read_to_end(), "");
  redis.resume();
  const Response response = asking.read();
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.header("connection"), "close");
  EXPECT_EQ(asking.read_to_end(), "");
  EXPECT_EQ(worker->process().wait(), 0);
}

TEST_F(HttpSocketAtTheEnd, ARequestThatHasBegunMayComeToItsEnd) {
  Peer begun(worker->check_socket());
  begun.write(kHealthz.substr(0, 20));
  begun.wait_until_taken();
  stop();
  begun.write(kHealthz.substr(20));
  EXPECT_EQ(begun.read().status, 200);
  EXPECT_EQ(worker->process().wait(), 0);
}

}  // namespace
}  // namespace sessiond::test
