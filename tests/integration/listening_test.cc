// Where the worker listens without systemd, as in a container: ports, and Unix sockets with a group and permissions.
#include <grp.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <vector>

#include "integration/fastcgi_client.h"
#include "integration/http_peer.h"
#include "integration/process.h"
#include "integration/redis_server.h"
#include "integration/socket.h"
#include "integration/temp_dir.h"
#include "integration/worker.h"

namespace sessiond::test {
namespace {

/// A worker that listens where these options say, and the Redis that it uses.
class Listening : public ::testing::Test {
 protected:
  Listening() { redis_.start(); }

  [[nodiscard]] std::vector<std::string> words(const std::vector<std::string>& options) const {
    std::vector<std::string> words = {worker_program(), "--config", "/dev/null", "--redis", folder_ / "redis.sock",
                                      "--store-timeout", "10", "--threads", "1"};
    words.insert(words.end(), options.begin(), options.end());
    return words;
  }

  /// The sockets' options, with these instead of those that a test does not care about.
  [[nodiscard]] std::vector<std::string> at(const std::string& open, const std::string& check, const std::string& internal,
                                            const std::vector<std::string>& more = {}) const {
    std::vector<std::string> options = {"--listen", open, "--listen-check", check, "--listen-internal", internal};
    options.insert(options.end(), more.begin(), more.end());
    return words(options);
  }

  TempDir folder_;
  RedisServer redis_{folder_};
  const std::string public_ = folder_ / "public.sock";
  const std::string check_ = folder_ / "check.sock";
  const std::string internal_ = folder_ / "internal.sock";
};

/// The permissions and the group of a file.
std::pair<mode_t, gid_t> rights_of(const std::string& path) {
  struct stat found {};
  if (stat(path.c_str(), &found) != 0) throw std::runtime_error("there is no " + path);
  return {found.st_mode & 07777, found.st_gid};
}

/// A group other than the process's own that it may give away; its own when it is in no other.
gid_t another_group() {
  if (geteuid() == 0) return 1;
  std::vector<gid_t> groups(static_cast<std::size_t>(getgroups(0, nullptr)));
  getgroups(static_cast<int>(groups.size()), groups.data());
  for (const gid_t group : groups) {
    if (group != getegid()) return group;
  }
  return getegid();
}

TEST_F(Listening, AtPortsServesEachRealmAtItsOwn) {
  const std::string open = "127.0.0.1:" + std::to_string(free_port());
  const std::string check = "127.0.0.1:" + std::to_string(free_port());
  const std::string internal = "[::1]:" + std::to_string(free_port("::1"));
  Process worker(at(open, check, internal), folder_ / "worker.log");
  ASSERT_TRUE(worker.says("serving"));
  EXPECT_EQ(FastCgiClient(open).ask(fastcgi::request("GET", "/api/v1/u/me")).status, 401);
  EXPECT_EQ(HttpPeer(check).ask(http1::request("GET", "/internal/v1/check")).status, 401);
  EXPECT_EQ(HttpPeer(check).ask(http1::post("/internal/v1/sessions", "{}")).status, 404);
  const Response minted = HttpPeer(internal).ask(http1::post("/internal/v1/sessions",
      R"({"kind":"web","user":{"id":"1","username":"a","created_at":"2026-01-01T00:00:00Z","updated_at":"2026-01-01T00:00:00Z"}})"));
  EXPECT_EQ(minted.status, 201) << minted.body;

  Process second(at(open, check_, internal_), folder_ / "second.log");
  EXPECT_EQ(second.wait(), 1);
  EXPECT_NE(second.log().find("something listens on " + open + " already"), std::string::npos) << second.log();

  // With clients still connected, as nginx is, the next worker gets the same ports at once.
  HttpPeer connected(check);
  EXPECT_EQ(connected.ask(http1::request("GET", "/healthz")).status, 200);
  EXPECT_EQ(worker.stop(), 0);
  Process next(at(open, check, internal), folder_ / "next.log");
  EXPECT_TRUE(next.says("serving"));
  EXPECT_EQ(next.stop(), 0);
}

TEST_F(Listening, AtUnixSocketsGivesThemTheGroupAndThePermissionsThatWereAskedFor) {
  const gid_t group = another_group();
  Process worker(at(public_, check_, internal_, {"--listen-group", std::to_string(group), "--listen-mode", "666", "--listen-internal-mode", "600"}),
                 folder_ / "worker.log");
  ASSERT_TRUE(worker.says("serving"));
  EXPECT_EQ(rights_of(public_), std::pair(mode_t{0666}, group));
  EXPECT_EQ(rights_of(check_), std::pair(mode_t{0666}, group));
  EXPECT_EQ(rights_of(internal_), std::pair(mode_t{0600}, getegid())) << "who may ask may not mint";
  EXPECT_EQ(worker.stop(), 0);
}

TEST_F(Listening, KnowsGroupsByNameAndLeavesSocketsToItsOwnWithoutOne) {
  const gid_t group = another_group();
  const struct group* const entry = getgrgid(group);
  ASSERT_NE(entry, nullptr);
  Process worker(at(public_, check_, internal_, {"--listen-internal-group", entry->gr_name}), folder_ / "worker.log");
  ASSERT_TRUE(worker.says("serving"));
  EXPECT_EQ(rights_of(public_), std::pair(mode_t{0660}, getegid()));
  EXPECT_EQ(rights_of(internal_), std::pair(mode_t{0660}, group));
  EXPECT_EQ(worker.stop(), 0);
}

TEST_F(Listening, ForAGroupThatIsNotThereRefusesToStart) {
  Process worker(at(public_, check_, internal_, {"--listen-group", "no-such-group"}), folder_ / "worker.log");
  EXPECT_EQ(worker.wait(), 1);
  EXPECT_NE(worker.log().find("there is no group `no-such-group`"), std::string::npos) << worker.log();
  EXPECT_FALSE(connect_to(public_));
}

TEST_F(Listening, OnTheNetworkIsSaid) {
  const std::string check = "0.0.0.0:" + std::to_string(free_port("0.0.0.0"));
  Process worker(at(public_, check, internal_, {"--listen-on-network"}), folder_ / "worker.log");
  ASSERT_TRUE(worker.says("serving"));
  EXPECT_TRUE(worker.says("listen-on-network is on")) << worker.log();
  EXPECT_EQ(worker.stop(), 0);
}

TEST_F(Listening, LogsToStandardOutputWhereThatIsAskedFor) {
  std::vector<std::string> shell = {"/bin/sh", "-c", R"(exec "$0" "$@" 2> /dev/null)"};
  for (const std::string& word : at(public_, check_, internal_, {"--log-output", "stdout", "--log-format", "json"})) shell.push_back(word);
  Process worker(shell, folder_ / "worker.log");
  EXPECT_TRUE(worker.says("serving with 1 threads")) << worker.log();
  EXPECT_TRUE(worker.log().starts_with("{")) << worker.log();
  EXPECT_EQ(worker.stop(), 0);
}

}  // namespace
}  // namespace sessiond::test
