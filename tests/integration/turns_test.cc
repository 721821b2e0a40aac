// A check waits for few of the commands that long lists need.
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <thread>

#include "integration/crowd.h"
#include "integration/site.h"
#include "integration/socket.h"

namespace sessiond::test {
namespace {

std::size_t count_of(const std::string& word, const std::string& text) {
  std::size_t count = 0;
  for (std::size_t at = 0; (at = text.find(word, at)) != std::string::npos; at += word.size()) ++count;
  return count;
}

// Stands between the worker and Redis, and passes on what the test wants.
class Between {
 public:
  Between(const std::string& path, const std::string& redis_path)
      : door_(socket(AF_UNIX, SOCK_STREAM, 0)), redis(connect_to(redis_path)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    if (bind(door_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 || listen(door_.get(), 8) != 0) {
      throw std::runtime_error("cannot listen at " + path);
    }
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

// Lists of a hundred sessions each, which a worker begins at once.
class Turns : public ::testing::Test {
 protected:
  static constexpr std::size_t kLists = 50;

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

// A server that takes 0.2 s for each answer: AUTH, ROLE and INFO together take longer than one request may.
TEST(ASlowRedis, IsConnectedToHoweverManyRequestsWaitForIt) {
  Site site;
  const Signed alice = site.mint("alice");
  Between between(site.folder / "between.sock", site.redis.socket());
  std::jthread passing([&](const std::stop_token& over) {
    between.join();
    while (!over.stop_requested()) {
      pollfd ends[] = {{between.worker.get(), POLLIN, 0}, {between.redis.get(), POLLIN, 0}};
      if (poll(ends, 2, 5) <= 0) continue;
      if (ends[0].revents != 0) {
        const std::string commands = read_some(between.worker.get());
        if (commands.empty()) {
          between.redis = connect_to(site.redis.socket());
          between.join();
        }
        write_all(between.redis.get(), commands);
      }
      if (ends[1].revents != 0) {
        const std::string answer = read_some(between.redis.get());
        poll(nullptr, 0, 200);
        write_all(between.worker.get(), answer);
      }
    }
  });
  Worker worker(site.folder, {"--redis", site.folder / "between.sock", "--threads", "1", "--store-timeout", "0.5"}, {}, "second-");
  HttpPeer checker(worker.internal_socket());
  const std::string check = http1::request("GET", "/internal/v1/check", alice.token);
  int status = 0;
  for (int i = 0; i < 1000 && status != 204; ++i) status = checker.ask(check).status;
  EXPECT_EQ(status, 204);
  passing.request_stop();
  passing.join();  // while there is a worker, so that it does not wait for one
}

}  // namespace
}  // namespace sessiond::test
