// A check waits for few of the commands that long lists need.
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "integration/crowd.h"
#include "integration/site.h"
#include "integration/socket.h"

namespace sessiond::test {
namespace {

// Stands between the worker and Redis, and passes on what the test wants.
class Between {
 public:
  Between(const std::string& path, const std::string& redis_path)
      : door_(listen_at(path)), redis(connect_to(redis_path)) {}

  // Whether the worker would join.
  [[nodiscard]] bool is_wanted() const {
    pollfd door{door_.get(), POLLIN, 0};
    return poll(&door, 1, 5) > 0;
  }
  void join() { worker = Fd(accept(door_.get(), nullptr, nullptr)); }

  // Passes on what either has said.
  void pass() const {
    pollfd ends[] = {{worker.get(), POLLIN, 0}, {redis.get(), POLLIN, 0}};
    if (poll(ends, 2, 5) <= 0) return;
    if (ends[0].revents != 0) write_all(redis.get(), read_some(worker.get()));
    if (ends[1].revents != 0) write_all(worker.get(), read_some(redis.get()));
  }

  // What one of them says until it has said `word` so many times.
  static std::string read(const Fd& from, const std::string& word, std::size_t times) {
    std::string said;
    while (count_of(word, said) < times) said += read_some(from.get());
    return said;
  }

 private:
  Fd door_;

 public:
  Fd worker;
  Fd redis;
};

// Lists of a hundred sessions each, which a worker begins at once: five first, then by threes, and the last one alone.
class Turns : public ::testing::Test {
 protected:
  static constexpr std::size_t kLists = 51;

  Turns() {
    for (int i = 0; i < 100; ++i) owner = site.mint("owner");
  }

  // Returns once all have their index and need their sessions.
  void begin() {
    between.join();
    checker.write(check);
    while (!checker.readable()) between.pass();
    ASSERT_EQ(checker.read_response().status, 204);
    lists.send(std::vector<std::string>(kLists, fastcgi::request("GET", "/api/v1/auth/sessions", owner.token)));
    write_all(between.redis.get(), Between::read(between.worker, "ZRANGE", kLists));
    write_all(between.worker.get(), Between::read(between.redis, "\r\n$36\r\n", 100 * kLists));
  }

  Site site;
  Signed other = site.mint("other");
  Signed owner;
  Between between{site.folder / "between.sock", site.redis.socket()};
  Worker worker{site.folder, {"--redis", site.folder / "between.sock", "--threads", "1", "--store-timeout", "4"}, {}, "second-"};
  HttpPeer checker{worker.internal_socket()};
  std::string check = http1::request("GET", "/internal/v1/check", other.token);
  Crowd lists{worker.public_socket(), kLists};
};

TEST_F(Turns, ACheckWaitsForFewCommandsOfLongLists) {
  begin();
  checker.write(check);
  std::string before = Between::read(between.worker, keys_of(other), 1);
  EXPECT_LT(count_of("HMGET", before), 700U) << "of " << 100 * kLists;
  // A list may wait for its turn as long as anything: here until the worker asks for the ROLE again.
  before += Between::read(between.worker, "ROLE", 1);
  write_all(between.redis.get(), before);
  std::jthread passing([&](const std::stop_token& over) {
    while (!over.stop_requested()) between.pass();
  });
  EXPECT_EQ(checker.read_response().status, 204);
  EXPECT_EQ(by_status(lists.read())[200], kLists) << "and each list has its turn";
}

// A Redis that answers each command in time, but not all.
TEST_F(Turns, AListWhoseTurnComesTooLateIsA503) {
  begin();
  std::jthread passing([&](const std::stop_token& over) {
    while (!over.stop_requested()) {
      pollfd asked{between.worker.get(), POLLIN, 0};
      if (poll(&asked, 1, 0) > 0) write_all(between.redis.get(), read_some(between.worker.get()));
      std::string some(15000, '\0');  // a hundred sessions
      const ssize_t count = recv(between.redis.get(), some.data(), some.size(), MSG_DONTWAIT);
      if (count > 0) write_all(between.worker.get(), some.substr(0, static_cast<std::size_t>(count)));
      poll(nullptr, 0, 200);
    }
  });
  const std::vector<Response> answers = lists.read();
  std::map<int, std::size_t> statuses = by_status(answers);
  EXPECT_GT(statuses[200], 0U);
  EXPECT_GT(statuses[503], 0U);
  EXPECT_EQ(statuses[200] + statuses[503], kLists);
  for (const Response& answer : answers) {
    EXPECT_TRUE(answer.status == 200 || answer.body.find("too much to do") != std::string::npos) << answer.body;
  }
  passing.request_stop();
  passing.join();  // while there is a worker, so that it does not wait for one
}

// A server that takes its time for each answer.
class SlowRedis {
 public:
  SlowRedis(const Site& site, std::chrono::milliseconds time)
      : redis_(site.redis.socket()), between_(site.folder / "between.sock", redis_), time_(time), passing_([this](const std::stop_token& over) {
          while (!over.stop_requested()) pass();
        }) {}

  void take(std::chrono::milliseconds time) { time_ = time; }
  // How often it was connected to.
  [[nodiscard]] int count() const { return count_; }

 private:
  void pass() {
    if (!between_.worker) {
      if (!between_.is_wanted()) return;
      between_.redis = connect_to(redis_);
      between_.join();
      ++count_;
    }
    pollfd ends[] = {{between_.worker.get(), POLLIN, 0}, {between_.redis.get(), POLLIN, 0}};
    if (poll(ends, 2, 5) <= 0) return;
    if (ends[0].revents != 0) pass_on(between_.worker, between_.redis);
    else {
      std::this_thread::sleep_for(time_.load());
      pass_on(between_.redis, between_.worker);
    }
  }
  void pass_on(const Fd& from, const Fd& to) {
    const std::string said = read_some(from.get());
    if (said.empty()) between_.worker = Fd();
    else write_all(to.get(), said);
  }

  std::string redis_;
  Between between_;
  std::atomic<std::chrono::milliseconds> time_;
  std::atomic<int> count_ = 0;
  std::jthread passing_;
};

// AUTH, ROLE and INFO together take longer than one request may.
TEST(ASlowRedis, IsConnectedToHoweverManyRequestsWaitForIt) {
  Site site;
  const Signed alice = site.mint("alice");
  const SlowRedis slow(site, std::chrono::milliseconds(200));
  Worker worker(site.folder, {"--redis", site.folder / "between.sock", "--threads", "1", "--store-timeout", "0.5"}, {}, "second-");
  HttpPeer checker(worker.internal_socket());
  const std::string check = http1::request("GET", "/internal/v1/check", alice.token);
  int status = 0;
  for (int i = 0; i < 1000 && status != 204; ++i) status = checker.ask(check).status;
  EXPECT_EQ(status, 204);
}

TEST(ASlowRedis, IsConnectedToAlsoWhereARequestHasWaitedTooLongForIt) {
  Site site;
  const Signed alice = site.mint("alice");
  SlowRedis slow(site, {});
  Worker worker(site.folder, {"--redis", site.folder / "between.sock", "--threads", "1", "--store-timeout", "1"}, {}, "second-");
  HttpPeer checker(worker.internal_socket());
  const std::string check = http1::request("GET", "/internal/v1/check", alice.token);
  const auto is_let_in = [&] { return checker.ask(check).status == 204; };
  worker.process().wait_until(is_let_in, "a connection");
  slow.take(std::chrono::milliseconds(400));
  site.redis.client()({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
  worker.process().wait_until([&] { return slow.count() == 2; }, "another connection");
  EXPECT_EQ(checker.ask(check).status, 503);
  worker.process().wait_until(is_let_in, "the slow connection");
}

}  // namespace
}  // namespace sessiond::test
