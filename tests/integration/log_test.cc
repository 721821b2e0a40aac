// The log, and whoever reads it, or does not.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): POSIX's, for SIGTERM
#include <sys/stat.h>

#include "integration/document.h"
#include "integration/site.h"
#include "integration/socket.h"

namespace sessiond::test {
namespace {

// A worker whose standard error is a pipe that nobody reads but the test, when it wants to.
class UnreadLog : public ::testing::Test {
 protected:
  UnreadLog() : redis_(folder_) {
    redis_.start();
    const std::string fifo = folder_ / "log";
    if (mkfifo(fifo.c_str(), 0600) != 0) throw std::runtime_error("no pipe");
    log_ = Fd(open(fifo.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC));
    fcntl(log_.get(), F_SETPIPE_SZ, 4096);  // a few dozen lines
    worker = std::make_unique<Process>(
        std::vector<std::string>{"sh", "-c", R"(fifo=$1; shift; exec "$@" 2> "$fifo")", "sh", fifo, worker_program(), "--config",
                                 "/dev/null", "--listen", folder_ / "public.sock", "--listen-check", folder_ / "check.sock", "--listen-internal", internal_, "--redis",
                                 redis_.socket(), "--store-timeout", "10", "--threads", "2"},
        folder_ / "worker.log");
    worker->wait_until([this] { return static_cast<bool>(connect_to(internal_)); }, "sessiond");
  }

  // Signs so many people in, each a line of the log. The ids of their sessions.
  std::vector<std::string> sign_in(int times) {
    HttpPeer operators(internal_);
    std::vector<std::string> ids;
    for (int i = 0; i < times; ++i) {
      const std::string user = user_json("person " + std::to_string(i));
      ids.push_back(signed_by(operators.ask(http1::post("/internal/v1/sessions", minting_json(user)))).id);
    }
    return ids;
  }

  // Reads the log until `text` is there.
  void read_until(const std::string& text) {
    while (log.find(text) == std::string::npos) {
      pollfd there{log_.get(), POLLIN, 0};
      ASSERT_EQ(poll(&there, 1, static_cast<int>(std::chrono::milliseconds(kPatience).count())), 1) << text << "\n" << log;
      char block[4096];
      const ssize_t count = read(log_.get(), block, sizeof block);
      ASSERT_GT(count, 0);
      log.append(block, static_cast<std::size_t>(count));
    }
  }

  std::string log;  // as far as it was read
  std::unique_ptr<Process> worker;

 private:
  TempDir folder_;
  RedisServer redis_;
  std::string internal_ = folder_ / "internal.sock";
  Fd log_;
};

TEST_F(UnreadLog, DelaysNobodyAndLaterSaysHowMuchItLacks) {
  constexpr int kTimes = 5000;
  const std::vector<std::string> ids = sign_in(kTimes);
  ASSERT_EQ(ids.size(), static_cast<std::size_t>(kTimes)) << "everybody was answered";

  read_until(ids.back());
  const std::size_t said = log.find(" lines of the log were dropped: nobody read them\n");
  ASSERT_NE(said, std::string::npos) << log.substr(0, 10000);
  const std::size_t begins = log.rfind(' ', said - 1) + 1;
  const int dropped = std::stoi(log.substr(begins, said - begins));
  EXPECT_GT(dropped, 0);
  EXPECT_EQ(log.find("lines of the log were dropped", said + 2), std::string::npos) << "said once";

  int written = 0;
  std::size_t before = 0;
  for (const std::string& id : ids) {
    const std::size_t at = log.find(id, before);
    if (at == std::string::npos) continue;
    ++written;
    before = at;
  }
  EXPECT_EQ(written + dropped, kTimes) << "lines keep their order, and what is not there is counted";
  EXPECT_GT(written, 4000) << "only what is too much is dropped";
  EXPECT_EQ(log.substr(0, said).find(ids.back()), std::string::npos) << "it is said where lines are missing";

  const std::string later = sign_in(1).front();
  read_until(later);
}

TEST_F(UnreadLog, KeepsNoWorkerFromEnding) {
  sign_in(500);
  EXPECT_EQ(worker->stop(), 0);
}

TEST_F(UnreadLog, KeepsNoWorkerFromEndingThatHasMoreToSayThanMayWait) {
  sign_in(5000);
  EXPECT_EQ(worker->stop(), 0);
}

TEST_F(UnreadLog, IsWholeForAReaderWhoComesWhenTheWorkerEnds) {
  const std::vector<std::string> ids = sign_in(400);  // most of them wait to be read
  kill(worker->pid(), SIGTERM);
  read_until(" stopping\n");
  for (const std::string& id : ids) EXPECT_NE(log.find(id), std::string::npos);
  EXPECT_EQ(worker->stop(), 0);
}

TEST(Log, IsWholeWhenTheWorkerEnds) {
  TempDir folder;
  RedisServer redis(folder);
  redis.start();
  Worker worker(folder);
  HttpPeer operators(worker.internal_socket());
  const std::string request = http1::post("/internal/v1/sessions", minting_json(user_json("alice")));
  std::vector<std::string> ids;
  for (int i = 0; i < 3000; ++i) ids.push_back(signed_by(operators.ask(request)).id);
  EXPECT_EQ(worker.process().stop(), 0);
  const std::string log = worker.log();
  std::size_t at = 0;
  for (const std::string& id : ids) {
    at = log.find(id, at);
    ASSERT_NE(at, std::string::npos) << "a line is missing, or is not in its place";
  }
  EXPECT_TRUE(log.ends_with(" stopping\n")) << log.substr(at);
}

}  // namespace
}  // namespace sessiond::test
