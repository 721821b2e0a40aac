// The log, and whoever reads it, or does not.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): POSIX's, for SIGTERM
#include <sys/stat.h>

#include "integration/crowd.h"
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

  // Signs in so often, each time in the place of the session before. What each line of the log has to say of it.
  std::vector<std::string> sign_in(int times) {
    HttpPeer operators(internal_);
    std::vector<std::string> lines;
    std::optional<std::string> before;
    for (int i = 0; i < times; ++i) {
      const std::string minting = minting_json(user_json("alice"), {.replaces = before});
      const std::string id = signed_by(operators.ask(http1::post("/internal/v1/sessions", minting))).id;
      lines.push_back("minted web session " + id);
      if (before) lines.push_back("ended session " + *before + ": replaced by " + id);
      before = id;
    }
    return lines;
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
  const std::vector<std::string> lines = sign_in(2500);
  ASSERT_EQ(lines.size(), 4999U) << "everybody was answered";

  read_until(lines.back());
  const std::size_t said = log.find(" lines of the log were dropped: nobody read them\n");
  ASSERT_NE(said, std::string::npos) << log.substr(0, 10000);
  const std::size_t begins = log.rfind(' ', said - 1) + 1;
  const std::size_t dropped = std::stoul(log.substr(begins, said - begins));
  EXPECT_GT(dropped, 0U);
  EXPECT_EQ(log.find("lines of the log were dropped", said + 2), std::string::npos) << "said once";

  std::size_t written = 0;
  std::size_t before = 0;
  for (const std::string& line : lines) {
    const std::size_t at = log.find(line, before);
    if (at == std::string::npos) continue;
    ++written;
    before = at;
  }
  EXPECT_EQ(written + dropped, lines.size()) << "lines keep their order, and what is not there is counted";
  EXPECT_GT(written, 4000U) << "only what is too much is dropped";
  EXPECT_EQ(log.substr(0, said).find(lines.back()), std::string::npos) << "it is said where lines are missing";

  const std::string later = sign_in(1).front();
  read_until(later);
}

TEST_F(UnreadLog, KeepsNoWorkerFromEnding) {
  sign_in(250);
  EXPECT_EQ(worker->stop(), 0);
}

TEST_F(UnreadLog, KeepsNoWorkerFromEndingThatHasMoreToSayThanMayWait) {
  sign_in(2500);
  EXPECT_EQ(worker->stop(), 0);
}

TEST_F(UnreadLog, IsWholeForAReaderWhoComesWhenTheWorkerEnds) {
  const std::vector<std::string> lines = sign_in(200);  // most of them wait to be read
  kill(worker->pid(), SIGTERM);
  read_until(" stopping\n");
  for (const std::string& line : lines) EXPECT_NE(log.find(line), std::string::npos);
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
  for (std::size_t i = 0; i < races(3'000); ++i) ids.push_back(signed_by(operators.ask(request)).id);
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
