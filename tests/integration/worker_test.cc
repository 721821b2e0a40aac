// The worker as a process: how it starts, stops and sheds load, and what it lets slip.
#include <gtest/gtest.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): POSIX's, for SIGTERM
#include <sys/resource.h>
#include <sys/stat.h>

#include <filesystem>

#include "integration/document.h"
#include "integration/readiness.h"
#include "integration/site.h"
#include "integration/socket.h"
#include "session/token.h"

namespace sessiond::test {
namespace {

class WorkerProcess : public ::testing::Test {
 protected:
  // Runs the program to its end and returns its exit status; what it printed is in `printed`.
  int run(std::vector<std::string> options) {
    options.insert(options.begin(), worker_program());
    Process process(options, folder / "run.log");
    const int status = process.wait();
    printed = process.log();
    return status;
  }

  TempDir folder;
  std::string printed;
};

TEST_F(WorkerProcess, ItsSocketsAreForItsGroupOnly) {
  Worker worker(folder);
  for (const std::string& socket : {worker.public_socket(), worker.check_socket(), worker.internal_socket()}) {
    struct stat status {};
    ASSERT_EQ(stat(socket.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0660U);
  }
}

TEST_F(WorkerProcess, ASecondCopyIsRefusedAndLeavesTheFirstAlone) {
  Worker worker(folder);
  EXPECT_EQ(run({"--config", "/dev/null", "--listen", worker.public_socket(), "--listen-check", folder / "another.sock",
                 "--listen-internal", folder / "other.sock"}), 1);
  EXPECT_NE(printed.find("something listens on " + worker.public_socket()), std::string::npos) << printed;
  EXPECT_EQ(FastCgiClient(worker.public_socket()).ask(fastcgi::kHealthz).status, 200);
}

// It has few descriptors, so at some of these bounds it has one socket and cannot ask whether somebody listens at the next.
TEST_F(WorkerProcess, ASecondCopyThatCanMakeNoSocketLeavesTheFirstAlone) {
  Worker worker(folder);
  for (int bound = 3; bound < 12; ++bound) {
    Process second({"sh", "-c", "ulimit -n " + std::to_string(bound) + "; exec \"$0\" \"$@\"", worker_program(), "--config", "/dev/null", "--listen",
                    folder / "another.sock", "--listen-check", worker.check_socket(), "--listen-internal", folder / "other.sock"},
                   folder / "second.log");
    EXPECT_NE(second.wait(), 0) << bound;
    EXPECT_EQ(HttpPeer(worker.check_socket()).ask(http1::request("GET", "/internal/v1/check")).status, 401) << bound;
  }
  const std::string log = read_file(folder / "second.log");
  EXPECT_NE(log.find("cannot make a socket for " + worker.check_socket() + ": Too many open files"), std::string::npos) << log;
  EXPECT_NE(log.find("something listens on " + worker.check_socket()), std::string::npos) << log;
}

TEST_F(WorkerProcess, ASocketThatACrashLeftBehindIsReplaced) {
  {
    Process crashed({worker_program(), "--config", "/dev/null", "--listen", folder / "public.sock", "--listen-check",
                     folder / "check.sock", "--listen-internal", folder / "internal.sock", "--redis", folder / "redis.sock"},
                    folder / "crashed.log");
    crashed.wait_until([&] { return static_cast<bool>(connect_to(folder / "internal.sock")); }, "sessiond");
    crashed.signal(SIGKILL);
    crashed.wait();
  }
  ASSERT_TRUE(std::filesystem::exists(folder / "public.sock"));
  Worker worker(folder);
  EXPECT_EQ(FastCgiClient(worker.public_socket()).ask(fastcgi::kHealthz).status, 200);
}

TEST_F(WorkerProcess, ASocketThatCannotBeOpenedIsNamed) {
  EXPECT_EQ(run({"--config", "/dev/null", "--listen", folder / "no/such/folder.sock", "--listen-check", folder / "c.sock",
                 "--listen-internal", folder / "i.sock"}), 1);
  EXPECT_NE(printed.find(folder / "no/such/folder.sock"), std::string::npos) << printed;
}

TEST_F(WorkerProcess, AConfigurationIsCheckedWithoutStarting) {
  write_file(folder / "good.conf", "# a comment\nthreads = 2\nweb-lifetime = 12h\n");
  EXPECT_EQ(run({"--config", folder / "good.conf", "--check-config"}), 0) << printed;
  write_file(folder / "bad.conf", "threads = 2\n\nweb-lifetime = soon\n");
  EXPECT_EQ(run({"--config", folder / "bad.conf", "--check-config"}), 1);
  EXPECT_NE(printed.find(folder / "bad.conf:3: `web-lifetime` is `soon`"), std::string::npos) << printed;
}

TEST_F(WorkerProcess, SigtermLetsWhatIsInFlightFinish) {
  RedisServer redis(folder);
  redis.start();
  Worker worker(folder, {"--threads", "2", "--store-timeout", "10"});
  FastCgiClient idle(worker.public_socket());
  ASSERT_EQ(idle.ask(fastcgi::kHealthz).status, 200);
  redis.pause();
  std::vector<FastCgiClient> peers;
  for (int i = 0; i < 100; ++i) {
    peers.emplace_back(worker.public_socket());
    ASSERT_EQ(peers.back().ask(fastcgi::kHealthz).status, 200);
    peers.back().write(fastcgi::request("GET", "/readyz"));
  }
  for (const FastCgiClient& peer : peers) peer.wait_until_taken();
  worker.process().signal(SIGTERM);
  EXPECT_EQ(idle.read_to_end(), "") << "an idle connection ends at once";
  redis.resume();
  for (FastCgiClient& peer : peers) EXPECT_EQ(peer.read_response().status, 200);
  EXPECT_EQ(worker.process().wait(), 0);
}

TEST_F(WorkerProcess, WhatIsInFlightAtTheStopTimeoutIsToldSo) {
  RedisServer redis(folder);
  redis.start();
  Process worker({worker_program(), "--config", "/dev/null", "--redis", redis.socket(), "--listen", folder / "public.sock",
                  "--listen-check", folder / "check.sock", "--listen-internal", folder / "internal.sock", "--threads", "1",
                  "--store-timeout", "60", "--stop-timeout", "0.2"},
                 folder / "worker.log");
  worker.wait_until([&] { return static_cast<bool>(connect_to(folder / "internal.sock")); }, "sessiond");
  FastCgiClient peer(folder / "public.sock");
  ASSERT_EQ(ready(peer).status, 200);
  redis.pause();
  peer.write(fastcgi::request("GET", "/readyz"));
  ASSERT_EQ(FastCgiClient(folder / "public.sock").ask(fastcgi::kHealthz).status, 200);
  worker.signal(SIGTERM);
  EXPECT_EQ(peer.read_response().status, 503);
  EXPECT_EQ(worker.wait(), 0) << worker.log();
  redis.resume();
}

TEST_F(WorkerProcess, RunningOutOfDescriptorsDelaysButLosesNobody) {
  Worker worker(folder, {"--threads", "1"});
  const rlimit few{40, 40};
  ASSERT_EQ(prlimit(worker.process().pid(), RLIMIT_NOFILE, &few, nullptr), 0);
  std::vector<FastCgiClient> peers;
  for (int i = 0; i < 60; ++i) {
    peers.emplace_back(worker.public_socket());
    peers.back().write(fastcgi::request("GET", "/healthz", "", false));
  }
  for (FastCgiClient& peer : peers) EXPECT_EQ(peer.read_response().status, 200);

  peers.clear();
  for (int i = 0; i < 60; ++i) {  // these stay open, until they go all at once
    peers.emplace_back(worker.public_socket());
    peers.back().write(fastcgi::kHealthz);
  }
  worker.process().wait_until([&] { return worker.log().find("cannot accept connections") != std::string::npos; }, "the log");
  EXPECT_EQ(peers.front().read_response().status, 200);
  peers.clear();
  EXPECT_EQ(FastCgiClient(worker.public_socket()).ask(fastcgi::kHealthz).status, 200);
}

TEST_F(WorkerProcess, NothingThatSignsInIsInItsLog) {
  Site site({"--dev-login", "--log-level", "debug"});
  const Signed mine = site.mint("alice", {.user_agent = "line\nforged"});
  const Signed other = site.mint("alice");
  site.list(mine);
  site.web.send({"GET", "/api/v1/u/me", {mine.cookie()}, {}});
  site.web.send({"GET", "/api/v1/u/me?token=" + mine.token, {}, {}});
  site.operators.send({"GET", "/internal/v1/check", {mine.bearer()}, {}});
  const Response grant = site.web.send({"POST", "/api/v1/auth/cli/request-grant", {mine.bearer()}, {}});
  const std::string code = Document(grant.body)["code"].GetString();
  const Response redeemed = site.web.send(
      {"POST", "/api/v1/auth/cli/redeem", {"Content-Type: application/json"}, R"({"code":")" + code + R"("})"});
  const std::string cli_token = Document(redeemed.body)["token"].GetString();
  site.web.send({"POST", "/api/v1/auth/dev-login", {"Content-Type: application/json"}, R"({"username":"bob"})"});
  const Signed left = site.mint("alice");
  site.web.send({"POST", "/api/v1/auth/logout", {left.bearer()}, {}});
  site.revoke(mine, other.id);
  site.web.send({"DELETE", "/api/v1/auth/sessions", {mine.bearer()}, {}});
  site.web.send({"GET", "/api/v1/u/me", {other.bearer()}, {}});
  site.web.send({"GET", "/api/v1/u/me", {"Authorization: Bearer ses_%0Aforged"}, {}});
  site.redis.client()({"SET", key_of(mine), "no hash"});
  site.list(mine);
  site.worker.process().signal(SIGTERM);
  site.worker.process().wait();

  const std::string log = site.worker.log();
  EXPECT_NE(log.find("minted web session " + mine.id), std::string::npos) << "the log is the right one\n" << log;
  for (const std::string& token : {mine.token, other.token, left.token, cli_token}) {
    EXPECT_EQ(log.find(token), std::string::npos);
    EXPECT_EQ(log.find(token.substr(50)), std::string::npos) << "not the secret half either";
  }
  EXPECT_EQ(log.find(code), std::string::npos);
  EXPECT_EQ(log.find("\nforged"), std::string::npos);
}

TEST_F(WorkerProcess, EachLineOfTheLogThatIsAboutARequestNamesIt) {
  Site site;
  const auto expect_line = [&](const std::string& text, const Response& response) {
    ASSERT_TRUE(site.worker.says(text)) << text << "\n" << site.worker.log();
    const std::string log = site.worker.log();
    const std::size_t at = log.find(text);
    EXPECT_NE(log.substr(at, log.find('\n', at) - at).find("request_id=" + *response.header("x-request-id")), std::string::npos)
        << log;
  };
  const Response minted = site.post_internal("/internal/v1/sessions", minting_json(user_json("alice")));
  const std::string id = Document(minted.body)["id"].GetString();
  expect_line("minted web session " + id, minted);
  const Signed other = site.mint("alice");
  const Signed last = site.mint("alice");
  expect_line("revoked session " + id, site.revoke(last, id));
  expect_line("revoked 1 sessions", site.web.send({"DELETE", "/api/v1/auth/sessions", {last.bearer()}, {}}));
  expect_line("logged out of session " + last.id, site.web.send({"POST", "/api/v1/auth/logout", {last.bearer()}, {}}));
  site.redis.crash();
  expect_line("answered 503", site.list(other));
}

}  // namespace
}  // namespace sessiond::test
