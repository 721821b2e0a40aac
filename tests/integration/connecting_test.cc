// How the worker comes to its connection to Redis, keeps it, and what it says when it gets none.
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <sstream>
#include <thread>

#include "integration/crowd.h"
#include "integration/readiness.h"
#include "integration/site.h"
#include "integration/socket.h"

namespace sessiond::test {
namespace {

using Clock = std::chrono::steady_clock;

// What a subcommand says, which must fail.
std::string failed(const TempDir& folder, const std::vector<std::string>& subcommand, const std::string& address) {
  std::vector<std::string> words = {worker_program()};
  words.insert(words.end(), subcommand.begin(), subcommand.end());
  words.insert(words.end(), {"--config", "/dev/null", "--redis", address});
  Process process(words, folder / ("failed-" + subcommand[0]));
  EXPECT_EQ(process.wait(), 1) << subcommand[0];
  return process.log();
}

std::vector<std::string> on_port(int port, const std::string& address = "127.0.0.1") {
  return {"--port", std::to_string(port), "--bind", address};
}

// --- What Redis says when it refuses.

TEST(Refusal, ThatTooManyAreConnectedIsSaidInRedisesOwnWords) {
  TempDir folder;
  RedisServer redis(folder);
  redis.start();
  RedisClient holder = redis.client();
  holder({"CONFIG", "SET", "maxclients", "1"});
  const std::string words = "ERR max number of clients reached";
  for (const bool with_password : {true, false}) {
    const std::vector<std::string> options = with_password ? std::vector<std::string>{} : std::vector<std::string>{"--redis-user", ""};
    holder({"CONFIG", "SET", "maxclients", "1"});
    Worker worker(folder, options, {}, with_password ? "with-" : "without-");
    wait_for_reason(worker, words);
    EXPECT_TRUE(worker.says(words)) << worker.log();
    for (const char* verb : {"doctor", "list"}) {
      std::vector<std::string> subcommand = {verb};
      if (std::string(verb) == "list") subcommand.emplace_back("alice");
      const std::string said = failed(folder, subcommand, redis.socket());
      EXPECT_NE(said.find(words), std::string::npos) << said;
    }
    holder({"CONFIG", "SET", "maxclients", "100"});
    wait_until_ready(worker);
  }
}

TEST(Refusal, ToKnowAUserNeverRepeatsThePassword) {
  TempDir folder;
  RedisServer redis(folder, {"--rename-command", "AUTH", "UNKNOWN"});
  redis.start();
  ASSERT_NE(redis.client()({"AUTH", "sessiond", "account-password"}).text.find("account-password"), std::string::npos)
      << "Redis repeats it";
  Worker worker(folder);
  wait_for_reason(worker, "ERR unknown command");
  EXPECT_EQ(ready(worker).body.find("account-password"), std::string::npos);
  EXPECT_EQ(worker.log().find("account-password"), std::string::npos);
}

// Says something to everybody who connects, and closes. No real Redis refuses a peer on this machine for its
// protected mode.
class Refuser {
 public:
  Refuser(const std::string& path, std::string words) : words_(std::move(words)), door_(listen_at(path)) {
    thread_ = std::jthread([this](const std::stop_token& stop) {
      while (!stop.stop_requested()) {
        pollfd waiting{door_.get(), POLLIN, 0};
        if (poll(&waiting, 1, 20) <= 0) continue;
        const Fd peer(accept(door_.get(), nullptr, nullptr));
        write_all(peer.get(), words_);
        ++count_;
      }
    });
  }
  // How many have come.
  [[nodiscard]] int count() const { return count_; }

 private:
  std::string words_;
  Fd door_;
  std::atomic<int> count_ = 0;
  std::jthread thread_;
};

TEST(Refusal, OfProtectedModeIsSaidInRedisesOwnWords) {
  TempDir folder;
  const Refuser refuser(folder / "redis.sock",
                        "-DENIED Redis is running in protected mode because protected mode is enabled and no password is "
                        "set for the default user. In this mode connections are only accepted from the loopback interface. "
                        "If you want to connect from external computers to Redis you may adopt one of the following "
                        "solutions: 1) Just disable protected mode sending the command 'CONFIG SET protected-mode no'\r\n");
  write_file(folder / "password", "secret\n");
  for (const std::string password : {"", "password"}) {
    Worker worker(folder, {"--redis-password-file", password.empty() ? "" : folder / password}, {}, password + "-");
    wait_for_reason(worker, "DENIED Redis is running in protected mode");
    EXPECT_TRUE(worker.says("DENIED Redis is running in protected mode")) << worker.log();
  }
  EXPECT_NE(failed(folder, {"doctor"}, folder / "redis.sock").find("DENIED Redis is running in protected mode"),
            std::string::npos);
}

TEST(Refusal, AServerThatAcceptsAndClosesIsNotAskedInAHotLoop) {
  TempDir folder;
  const Refuser refuser(folder / "redis.sock", "");
  Worker worker(folder, {"--threads", "1"});
  FastCgiClient peer(worker.public_socket());
  const auto since = Clock::now();
  worker.process().wait_until([&] { return refuser.count() > 8; }, "some tries");
  // 20, 40, 80, … ms and half a second from then on.
  EXPECT_GT(Clock::now() - since, std::chrono::milliseconds(1500));
  EXPECT_EQ(peer.ask(fastcgi::kHealthz).status, 200);
}

// --- A connection that is idle.

void wait_for_roles(Worker& worker, RedisClient& redis, int count) {
  const long long before = redis.calls("role");
  worker.process().wait_until([&] { return redis.calls("role") >= before + count; }, "questions for the ROLE");
}

TEST(Idle, AConnectionThatRedisClosesIsReplacedWithoutARequestNoticing) {
  TempDir folder;
  RedisServer redis(folder);
  redis.start();
  Worker worker(folder, {"--threads", "1"});
  HttpPeer peer(worker.internal_socket());
  RedisClient admin = redis.client();
  const std::string check = http1::request("GET", "/internal/v1/check", signed_by(peer.ask(minting_request("alice"))).token);
  for (int i = 0; i < 3; ++i) {
    if (i > 0) wait_for_roles(worker, admin, 2);  // one that ends again at once is not replaced so
    ASSERT_EQ(peer.ask(check).status, 204);
    admin({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
    ASSERT_EQ(peer.ask(check).status, 204) << "at once, whether or not the end was seen first";
  }
  EXPECT_EQ(worker.log().find("no Redis"), std::string::npos) << worker.log();
}

TEST(Idle, AConnectionOutlivesTheTimeoutOfRedis) {
  TempDir folder;
  RedisServer redis(folder, {"--timeout", "2"});
  redis.start();
  Worker worker(folder, {"--threads", "1"});
  HttpPeer peer(worker.internal_socket());
  const std::string check = http1::request("GET", "/internal/v1/check", signed_by(peer.ask(minting_request("alice"))).token);
  const auto own_connection = [](RedisClient admin) {
    std::istringstream lines(admin({"CLIENT", "LIST"}).text);
    for (std::string line; std::getline(lines, line);) {
      if (line.find("user=sessiond") != std::string::npos) return line.substr(0, line.find(' '));
    }
    return std::string("none");
  };
  const std::string before = own_connection(redis.client());
  ASSERT_TRUE(before.starts_with("id=")) << before;
  {
    RedisClient admin = redis.client();
    wait_for_roles(worker, admin, 4);
  }
  EXPECT_EQ(own_connection(redis.client()), before) << "the same";
  EXPECT_EQ(peer.ask(check).status, 204);
  EXPECT_EQ(worker.log().find("no Redis"), std::string::npos) << worker.log();
}

TEST(Idle, AServerThatHangsIsNoticedBeforeARequestComes) {
  TempDir folder;
  RedisServer redis(folder);
  redis.start();
  Worker worker(folder, {"--threads", "1", "--store-timeout", "0.5"});
  redis.pause();
  worker.process().wait_until([&] { return worker.log().find("no reply in time") != std::string::npos; }, "the log");
  redis.resume();
  wait_until_ready(worker);
}

// The kernel's table of connections: whether the one to this port has keepalive's timer (proc_pid_net(5)).
bool has_keepalive(int port) {
  char wanted[16];
  std::snprintf(wanted, sizeof wanted, ":%04X", static_cast<unsigned>(port));
  std::ifstream table("/proc/net/tcp");
  for (std::string line; std::getline(table, line);) {
    std::istringstream fields(line);
    std::string number, local, remote, state, queues, timer;
    fields >> number >> local >> remote >> state >> queues >> timer;
    if (remote.ends_with(wanted) && state == "01" && timer.starts_with("02:")) return true;
  }
  return false;
}

TEST(Idle, ATcpConnectionHasKeepalive) {
  TempDir folder;
  const int port = free_port();
  RedisServer redis(folder, on_port(port));
  redis.start();
  Worker worker(folder, {"--threads", "1", "--redis", "127.0.0.1:" + std::to_string(port)});
  worker.process().wait_until([&] { return has_keepalive(port); }, "keepalive");
}

// --- Addresses.

TEST(Addresses, OfEveryFormLeadToRedis) {
  TempDir folder;
  const int port = free_port();
  RedisServer redis(folder, on_port(port, "127.0.0.1 ::1"));
  redis.start();
  const std::string number = std::to_string(port);
  int i = 0;
  for (const std::string& address :
       {"[::1]:" + number, "redis://[::1]:" + number, "127.0.0.1:" + number, "redis://127.0.0.1:" + number + "/0",
        "tcp://localhost:" + number, "unix://" + redis.socket(), "unix:" + redis.socket()}) {
    Worker worker(folder, {"--threads", "1", "--redis", address}, {}, std::to_string(i++) + "-");
    EXPECT_EQ(ready(worker).status, 200) << address << ": " << worker.log();
  }
}

TEST(Addresses, ThatHoldAPasswordAreRefusedAndItIsPrintedNowhere) {
  TempDir folder;
  for (const char* address : {"redis://alice:hunter2@db:6379", "rediss://:hunter2@db", "hunter2@db:6379", "unix://a:hunter2@/run/r"}) {
    write_file(folder / "conf", std::string("redis = ") + address + "\n");
    Process process({worker_program(), "--check-config", "--config", folder / "conf"}, folder / "said");
    EXPECT_EQ(process.wait(), 1) << address;
    EXPECT_NE(process.log().find("conf:1: `redis`: "), std::string::npos) << process.log();
    EXPECT_EQ(process.log().find("hunter2"), std::string::npos) << process.log();
  }
}

TEST(Addresses, ThatHoldAPasswordAreNotPrintedAtAReloadEither) {
  TempDir folder;
  RedisServer redis(folder);
  redis.start();
  write_file(folder / "conf", "redis = " + redis.socket() + "\n");
  Process process({worker_program(), "--config", folder / "conf", "--listen", folder / "p.sock", "--listen-check", folder / "c.sock",
                   "--listen-internal", folder / "i.sock"},
                  folder / "log");
  process.wait_until([&] { return process.log().find("serving with") != std::string::npos; }, "sessiond");
  write_file(folder / "conf", "redis = redis://alice:hunter2@db:6379\n");
  process.signal(SIGHUP);
  process.wait_until([&] { return process.log().find("nothing is reloaded: ") != std::string::npos; }, "the reload");
  EXPECT_EQ(process.log().find("hunter2"), std::string::npos) << process.log();
  EXPECT_EQ(process.stop(), 0);
}

// --- Redis Cluster.

std::vector<std::string> in_cluster() {
  return {"--port", std::to_string(free_port()), "--cluster-port", std::to_string(free_port()), "--cluster-enabled", "yes"};
}

TEST(Cluster, IsRefusedAtTheStart) {
  TempDir folder;
  RedisServer redis(folder, in_cluster());
  redis.start();
  Process process({worker_program(), "--config", "/dev/null", "--listen", folder / "p.sock", "--listen-check", folder / "c.sock",
                   "--listen-internal", folder / "i.sock",
                   "--redis", redis.socket()},
                  folder / "log");
  EXPECT_EQ(process.wait(), 1);
  EXPECT_NE(process.log().find("one of a Redis Cluster, of which only a part"), std::string::npos) << process.log();
  for (const std::vector<std::string>& subcommand :
       {std::vector<std::string>{"revoke", "--everybody", "--yes"}, {"list", "alice"}, {"doctor"}, {"mint", "alice"}}) {
    const std::string said = failed(folder, subcommand, redis.socket());
    EXPECT_NE(said.find("one of a Redis Cluster, of which only a part"), std::string::npos) << said;
  }
}

TEST(Cluster, ThatComesLaterIsNeverUsed) {
  TempDir folder;
  Worker worker(folder, {"--threads", "1", "--redis-password-file", ""});
  HttpPeer internal(worker.internal_socket());
  ASSERT_EQ(ready(worker).status, 503);
  RedisServer redis(folder, in_cluster());
  redis.start();
  wait_for_reason(worker, "one of a Redis Cluster");
  for (int i = 0; i < 20; ++i) EXPECT_EQ(internal.ask(minting_request("alice")).status, 503);
  EXPECT_TRUE(redis.client().keys().empty());
}

}  // namespace
}  // namespace sessiond::test
