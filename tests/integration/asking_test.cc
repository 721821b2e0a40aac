// How nginx asks the check socket on an application's behalf.
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <iterator>
#include <set>
#include <sstream>

#include "integration/applications.h"
#include "integration/socket.h"

namespace sessiond::test {
namespace {

class Asking : public ApplicationsTest {};

// The connections to a Unix socket, each by a number that no other has (proc(5), /proc/net/unix).
std::set<std::string> connections_to(const std::string& path) {
  constexpr std::size_t kFlags = 3;
  constexpr std::size_t kNumber = 6;
  std::set<std::string> numbers;
  std::ifstream table("/proc/net/unix");
  for (std::string line; std::getline(table, line);) {
    if (!line.ends_with(" " + path)) continue;
    std::istringstream words(line);
    const std::vector<std::string> word{std::istream_iterator<std::string>(words), {}};
    const bool listens = word[kFlags] == "00010000";
    if (!listens) numbers.insert(word[kNumber]);
  }
  return numbers;
}

// Without connections that others have left in nginx's hands.
struct AskingAnew : ::testing::Test {
  // Ends the worker and listens in its place.
  Fd stand_in() {
    site.worker.process().stop();
    std::filesystem::remove(site.worker.check_socket());
    return listen_at(site.worker.check_socket());
  }

  Applications site;
  const Signed alice = site.mint("alice");
};

// The next connection that nginx opens.
Fd accept_at(const Fd& door) {
  pollfd knock{door.get(), POLLIN, 0};
  if (poll(&knock, 1, static_cast<int>(std::chrono::milliseconds(kPatience).count())) != 1) throw std::runtime_error("nginx asks nothing");
  return Fd(accept(door.get(), nullptr, nullptr));
}

std::string read_question(const Fd& nginx) {
  std::string question = read_some(nginx.get());
  for (std::string more = question; !question.ends_with("\r\n\r\n") && !more.empty(); question += more) more = read_some(nginx.get());
  return question;
}

TEST_F(AskingAnew, OneConnectionIsKeptWhateverIsAnswered) {
  const auto visit = [&](const std::vector<std::string>& headers) { return site.web.send({"GET", "/app/", headers, {}}).status; };
  ASSERT_EQ(visit({alice.cookie()}), 200);
  const std::set<std::string> kept = connections_to(site.worker.check_socket());
  EXPECT_EQ(kept.size(), 1U);
  for (int i = 0; i < 20; ++i) {
    ASSERT_EQ(visit({alice.cookie()}), 200);
    ASSERT_EQ(visit({}), 401);
    ASSERT_EQ(visit({alice.cookie() + "x"}), 401);
  }
  EXPECT_EQ(connections_to(site.worker.check_socket()), kept);
}

TEST_F(AskingAnew, AnswersStayTheWorkersHoweverASiteProxies) {
  HttpClient odd(site.folder / "odd.sock", HttpClient::Answers::kFromAStandIn);
  const Signed bob = site.mint("bob");
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(odd.send({"GET", "/app/", {alice.cookie()}, {}}).body, "alice\n");
    EXPECT_EQ(odd.send({"GET", "/app/", {}, {}}).status, 401);
    EXPECT_EQ(odd.send({"GET", "/app/", {bob.bearer()}, {}}).body, "bob\n");
    EXPECT_EQ(odd.send({"POST", "/app/", {bob.cookie()}, std::string(5'000, 'x')}).body, "bob\n");
  }
  ASSERT_EQ(site.web.send({"POST", "/api/v1/auth/logout", {bob.bearer()}, {}}).status, 204);
  EXPECT_EQ(odd.send({"GET", "/app/", {bob.bearer()}, {}}).status, 401);
}

TEST_F(AskingAnew, AKeptConnectionOfAWorkerThatWentIsNobodysTrouble) {
  const auto visit = [&] { return site.web.send({"GET", "/app/", {alice.cookie()}, {}}).status; };
  ASSERT_EQ(visit(), 200);
  site.worker.process().stop();
  ASSERT_EQ(visit(), 503);
  const Worker another(site.folder);
  EXPECT_EQ(visit(), 200);
}

TEST_F(AskingAnew, AQuestionOfWhichAKeptConnectionDiesIsAskedAgainHoweverASiteProxies) {
  const Fd door = stand_in();
  HttpClient odd(site.folder / "odd.sock", HttpClient::Answers::kFromAStandIn);
  const auto visit = [&] { return std::async(std::launch::async, [&] { return odd.send({"GET", "/app/", {alice.cookie()}, {}}).body; }); };
  const std::string answer = "HTTP/1.1 204 No Content\r\nX-Session-User: alice\r\n\r\n";

  auto first = visit();
  Fd kept = accept_at(door);
  EXPECT_FALSE(read_question(kept).empty());
  write_all(kept.get(), answer);
  EXPECT_EQ(first.get(), "alice\n");

  auto second = visit();
  EXPECT_FALSE(read_question(kept).empty());
  kept = Fd();  // as when a worker is killed that has just read it
  const Fd another = accept_at(door);
  EXPECT_FALSE(read_question(another).empty());
  write_all(another.get(), answer);
  EXPECT_EQ(second.get(), "alice\n");
}

TEST_F(AskingAnew, OfAClientsHeadersNothingIsPassedOnButWhatIsNamed) {
  const Fd door = stand_in();
  const Fd client = connect_to(site.nginx.socket());
  write_all(client.get(), "POST /app/?unnamed HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer a-named-one\r\nCookie: another=named\r\n"
                          "X-Request-Id: unnamed\r\nX-Unheard-Of: unnamed\r\nForwarded: for=unnamed\r\nX-HTTP-Method-Override: unnamed\r\n"
                          "Range: bytes=unnamed\r\nContent-Type: text/unnamed\r\nContent-Length: 7\r\n\r\nunnamed");
  const std::string question = read_question(accept_at(door));
  EXPECT_TRUE(question.starts_with("HEAD /internal/v1/check HTTP/1.1\r\n")) << question;
  for (const char* named : {"Bearer a-named-one", "another=named"}) EXPECT_NE(question.find(named), std::string::npos) << named;
  EXPECT_EQ(question.find("unnamed"), std::string::npos) << question;
}

TEST_F(AskingAnew, AFailureIsInTheLogUnderTheIdThatTheClientIsTold) {
  site.redis.crash();
  const Response response = site.web.send({"GET", "/app/", {alice.cookie()}, {}});
  expect_problem(response, 503, "internal_error");
  EXPECT_TRUE(site.worker.says("request_id=" + response.header("x-request-id").value_or("none"))) << site.worker.log();
}

TEST_F(Asking, AMalformedHeaderIsTheClientsFaultAndNoOutage) {
  for (const char* header : {"Cookie: a=\x01", "Authorization: Bearer \x7F"}) expect_problem(get("/app/", {header}), 400, "bad_request");
  EXPECT_EQ(get("/app/", {session.cookie()}).status, 200);
}

TEST_F(Asking, ABodyOrALengthOfTheClientsIsNoPartOfTheQuestion) {
  const std::string hidden = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(site.web.send({"POST", "/app/", {session.cookie()}, hidden}).status, 200);
    EXPECT_EQ(site.web.send({"POST", "/app/", {session.cookie()}, hidden, true}).status, 200);
    EXPECT_EQ(site.web.send({"POST", "/app/", {"Expect: 100-continue"}, hidden}).status, 401);
  }
}

}  // namespace
}  // namespace sessiond::test
