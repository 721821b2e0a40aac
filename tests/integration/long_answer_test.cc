// Lists far longer than a socket takes at once: whole and in order, and a burden to nobody else.
#include <gtest/gtest.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): POSIX's, for SIGTERM

#include <algorithm>

#include "integration/document.h"
#include "integration/site.h"

namespace sessiond::test {
namespace {

constexpr std::size_t kMany = 700;  // with such User-Agents half a megabyte, and no multiple of a piece

// A user with many sessions, and a worker with one thread.
class LongAnswer : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = std::make_unique<TempDir>();
    redis_ = std::make_unique<RedisServer>(*folder_);
    redis_->start();
    const Worker worker(*folder_, {"--threads", "1", "--max-sessions", "1000"});
    HttpPeer minter(worker.internal_socket());
    const std::string minting = http1::post(
        "/internal/v1/sessions", minting_json(user_json("owner of many"), {.user_agent = std::string(512, 'x')}));
    for (std::size_t i = 0; i < kMany; ++i) sessions.push_back(signed_by(minter.ask(minting)));
    std::ranges::reverse(sessions);
  }
  static void TearDownTestSuite() {
    sessions.clear();
    redis_.reset();
    folder_.reset();
  }

  void start(const std::string& receive_timeout) {
    worker = std::make_unique<Worker>(*folder_, std::vector<std::string>{"--threads", "1", "--receive-timeout", receive_timeout});
  }

  [[nodiscard]] FastCgiClient peer() const { return FastCgiClient(worker->public_socket()); }
  [[nodiscard]] static std::string list() { return fastcgi::request("GET", "/api/v1/auth/sessions", sessions[kMany / 2].token); }
  // Sends the request for the list and leaves its answer unread.
  [[nodiscard]] FastCgiClient peer_that_does_not_read() const {
    FastCgiClient client = peer();
    client.write(list());
    worker->process().wait_until([&] { return client.readable(); }, "the answer to begin");
    return client;
  }
  void expect_served() const {
    FastCgiClient other = peer();
    for (int i = 0; i < 100; ++i) {
      ASSERT_EQ(other.ask(fastcgi::request("GET", "/api/v1/u/me", sessions[0].token)).status, 200);
    }
  }
  [[nodiscard]] static std::vector<std::string> ids() {
    std::vector<std::string> ids;
    for (const Signed& session : sessions) ids.push_back(session.id);
    return ids;
  }

  [[nodiscard]] static RedisClient redis() { return redis_->client(); }

  std::unique_ptr<Worker> worker;
  inline static std::vector<Signed> sessions;  // that live, newest first

 private:
  inline static std::unique_ptr<TempDir> folder_;
  inline static std::unique_ptr<RedisServer> redis_;
};

TEST_F(LongAnswer, ListsAllOfManyNewestFirstAndMarksTheCurrentOne) {
  start("30");
  const Response answer = peer().ask(list());
  EXPECT_EQ(ids_in(answer), ids());
  const Document listed(answer.body);
  std::size_t i = 0;
  for (const Json& session : listed.root().GetArray()) ASSERT_EQ(session["is_current"].GetBool(), i++ == kMany / 2);
}

TEST_F(LongAnswer, LeavesOutThoseOfManyThatAreGoneAndForgetsThem) {
  start("30");
  for (const std::size_t gone : {kMany - 1, kMany / 2 + 1, std::size_t{100}, std::size_t{25}, std::size_t{0}}) {
    redis()({"DEL", key_of(sessions[gone])});
    sessions.erase(sessions.begin() + static_cast<std::ptrdiff_t>(gone));
  }
  EXPECT_EQ(ids_in(peer().ask(list())), ids());
  EXPECT_EQ(redis()({"ZCARD", keys_of(sessions[0]) + "sessions"}).integer, static_cast<long long>(sessions.size()));
}

TEST_F(LongAnswer, APeerThatReadsItLateDelaysNobodyAndGetsItWhole) {
  start("30");
  FastCgiClient late = peer_that_does_not_read();
  expect_served();
  EXPECT_EQ(ids_in(late.read_response()), ids());
  EXPECT_EQ(ids_in(late.ask(list())), ids()) << "and the connection goes on";
}

TEST_F(LongAnswer, APeerThatNeverReadsItIsCutOff) {
  start("1");
  FastCgiClient never = peer_that_does_not_read();
  expect_served();
  never.wait_for_end();
  EXPECT_LT(never.read_to_end().size(), kMany * 512);
  expect_served();
}

TEST_F(LongAnswer, APeerThatLeavesHalfwayHarmsNobody) {
  start("30");
  for (int i = 0; i < 20; ++i) static_cast<void>(peer_that_does_not_read());
  expect_served();
}

TEST_F(LongAnswer, AStoppingWorkerSendsItToTheEnd) {
  start("30");
  FastCgiClient late = peer_that_does_not_read();
  worker->process().signal(SIGTERM);
  worker->process().wait_until([&] { return worker->log().find("stopping") != std::string::npos; }, "the stopping");
  EXPECT_EQ(ids_in(late.read_response()), ids());
  EXPECT_EQ(worker->process().wait(), 0);
}

TEST_F(LongAnswer, AStoppingWorkerSendsItToTheEndOverHttpToo) {
  start("30");
  HttpPeer late(worker->internal_socket());
  late.write(http1::request("GET", "/internal/v1/users/owner%20of%20many/sessions"));
  worker->process().wait_until([&] { return late.readable(); }, "the answer to begin");
  worker->process().signal(SIGTERM);
  worker->process().wait_until([&] { return worker->log().find("stopping") != std::string::npos; }, "the stopping");
  EXPECT_EQ(ids_in(late.read_response()), ids());
  EXPECT_EQ(worker->process().wait(), 0);
}

}  // namespace
}  // namespace sessiond::test
