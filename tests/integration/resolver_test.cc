// Redis behind a host name: no loop waits for a resolver, and every address is tried.
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <filesystem>

#include "integration/crowd.h"
#include "integration/readiness.h"
#include "integration/site.h"
#include "integration/socket.h"

namespace sessiond::test {
namespace {

using Clock = std::chrono::steady_clock;

// The system's resolver with names of our own, for a worker that is told to load it first. Each of our look-ups is
// a line in $FOLDER/lookups.
constexpr const char* kResolver = R"c(
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef int Look_up(const char*, const char*, const struct addrinfo*, struct addrinfo**);

static FILE* open_in_folder(const char* name, const char* mode) {
  char path[4096];
  snprintf(path, sizeof path, "%s/%s", getenv("FOLDER"), name);
  return fopen(path, mode);
}

int getaddrinfo(const char* host, const char* port, const struct addrinfo* hints, struct addrinfo** found) {
  Look_up* look_up = (Look_up*)dlsym(RTLD_NEXT, "getaddrinfo");
  if ((hints != NULL && (hints->ai_flags & AI_NUMERICHOST)) || !strstr(host, ".test")) return look_up(host, port, hints, found);
  FILE* lookups = open_in_folder("lookups", "a");
  fprintf(lookups, "%s\n", host);
  fclose(lookups);
  if (strcmp(host, "nowhere.test") == 0) return EAI_NONAME;
  char first[64] = "127.0.0.1", second[64] = "";
  FILE* addresses = open_in_folder(host, "r");
  while (addresses == NULL) {  // for ever
    usleep(10000);
    addresses = open_in_folder(host, "r");
  }
  fscanf(addresses, "%63s %63s", first, second);
  fclose(addresses);
  int error = look_up(first, port, hints, found);
  if (error == 0 && second[0] != 0) error = look_up(second, port, hints, &(*found)->ai_next);
  return error;
}
)c";

class Resolver : public ::testing::Test {
 protected:
  Resolver() {
    write_file(folder / "resolver.c", kResolver);
    Process compiler({"g++", "-x", "c", "-w", "-shared", "-fPIC", folder / "resolver.c", "-o", folder / "resolver.so", "-ldl"},
                     folder / "compiler.log");
    if (compiler.wait() != 0) throw std::runtime_error(compiler.log());
  }

  [[nodiscard]] std::vector<std::string> environment() const {
    return {"LD_PRELOAD=" + runtime_ + folder / "resolver.so", "FOLDER=" + folder.path(),
            "ASAN_OPTIONS=verify_asan_link_order=0"};
  }
  [[nodiscard]] std::vector<std::string> on(const std::string& address) const {
    return {"--port", std::to_string(port), "--bind", address};
  }
  [[nodiscard]] std::string at(const std::string& name) const { return name + ":" + std::to_string(port); }
  [[nodiscard]] std::size_t lookups() const {
    if (!std::filesystem::exists(folder / "lookups")) return 0;
    const std::string lines = read_file(folder / "lookups");
    return static_cast<std::size_t>(std::ranges::count(lines, '\n'));
  }
  // What a subcommand says, which must fail.
  std::string failed(const std::string& address) {
    Process process({worker_program(), "list", "alice", "--config", "/dev/null", "--redis", address, "--store-timeout", "0.5"},
                    folder / "said", environment());
    EXPECT_EQ(process.wait(), 1);
    return process.log();
  }

  TempDir folder;
  const int port = free_port();

 private:
  // ThreadSanitizer's wants to be loaded first.
  const std::string runtime_ = read_file(worker_program()).find("libtsan.so.2") == std::string::npos ? "" : "libtsan.so.2 ";
};

TEST_F(Resolver, ANameThatDoesNotResolveIsSaidAndHoldsNothingUp) {
  Worker worker(folder, {"--redis", at("nowhere.test")}, environment());
  FastCgiClient peer(worker.public_socket());
  const std::string words = "the name nowhere.test does not resolve: Name or service not known";
  worker.process().wait_until([&] { return ready(peer).body.find(words) != std::string::npos; }, "the reason");
  EXPECT_EQ(ready(peer).status, 503);
  EXPECT_EQ(peer.ask(fastcgi::kHealthz).status, 200);
  EXPECT_TRUE(worker.says(words)) << worker.log();
  const std::string said = failed(at("nowhere.test"));
  EXPECT_NE(said.find(words), std::string::npos) << said;
}

TEST_F(Resolver, OneThatHangsHoldsUpNoLoopAndIsAskedOnce) {
  RedisServer redis(folder, on("127.0.0.1"));
  redis.start();
  Worker worker(folder, {"--redis", at("hangs.test"), "--threads", "2", "--store-timeout", "0.3"}, environment());
  FastCgiClient peer(worker.public_socket());
  const auto since = Clock::now();
  for (int i = 0; i < 5; ++i) {
    const auto asked = Clock::now();
    ASSERT_EQ(peer.ask(fastcgi::kHealthz).status, 200);
    EXPECT_LT(Clock::now() - asked, std::chrono::seconds(2));
    const Response response = ready(peer);
    ASSERT_EQ(response.status, 503);
    EXPECT_NE(response.body.find("the name hangs.test does not resolve in time"), std::string::npos) << response.body;
  }
  worker.process().wait_until([&] { return Clock::now() - since > std::chrono::seconds(2); }, "some timeouts");
  EXPECT_EQ(lookups(), 2U) << "one a loop";
  EXPECT_EQ(worker.log().find("hangs:"), std::string::npos) << "no loop hangs: " << worker.log();

  write_file(folder / "hangs.test", "127.0.0.1\n");
  worker.process().wait_until([&] { return ready(peer).status == 200; }, "the answer of the resolver");
}

TEST_F(Resolver, OneThatHangsHoldsUpNoStopAndNoSubcommand) {
  const auto since = Clock::now();
  {
    Worker worker(folder, {"--redis", at("hangs.test")}, environment());
    worker.process().wait_until([&] { return lookups() > 0; }, "a look-up");
  }
  const std::string said = failed(at("hangs.test"));
  EXPECT_NE(said.find("the name hangs.test does not resolve in time"), std::string::npos) << said;
  EXPECT_LT(Clock::now() - since, std::chrono::seconds(15)) << "it would never end by itself";
}

TEST_F(Resolver, ADeadAddressLeavesTimeForALivingOne) {
  RedisServer redis(folder, on("127.0.0.1"));
  redis.start();
  // Whoever connects here waits: the few who may be waiting already are.
  const Fd dead = listen_at("127.0.0.2", port, 0);
  ASSERT_TRUE(dead);
  std::vector<Fd> crowd;
  for (int i = 0; i < 4; ++i) {
    crowd.emplace_back(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(0x7F000002);
    connect(crowd.back().get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  }
  write_file(folder / "two.test", "127.0.0.2 127.0.0.1\n");
  Worker worker(folder, {"--redis", at("two.test"), "--threads", "1", "--store-timeout", "4"}, environment());
  FastCgiClient peer(worker.public_socket());
  EXPECT_EQ(ready(peer).status, 200) << "this very request, which waited: " << worker.log();
}

TEST_F(Resolver, WhatIsWrongWithEachAddressIsSaid) {
  write_file(folder / "two.test", "127.0.0.2 127.0.0.3\n");
  Worker worker(folder, {"--redis", at("two.test")}, environment());
  FastCgiClient peer(worker.public_socket());
  worker.process().wait_until(
      [&] {
        const std::string body = ready(peer).body;
        return body.find("127.0.0.2: Connection refused, 127.0.0.3: Connection refused") != std::string::npos;
      },
      "the reasons");
}

TEST_F(Resolver, IsAskedAnewAtEachConnectSoThatTheNameCanMove) {
  TempDir other_folder;
  RedisServer before(folder, on("127.0.0.1"));
  RedisServer after(other_folder, on("127.0.0.2"));
  before.start();
  after.start();
  write_file(folder / "moves.test", "127.0.0.1\n");
  Worker worker(folder, {"--redis", at("moves.test"), "--threads", "1"}, environment());
  HttpPeer peer(worker.internal_socket());
  ASSERT_EQ(peer.ask(minting_request("alice")).status, 201);
  write_file(folder / "moves.test", "127.0.0.2\n");
  before.client()({"REPLICAOF", "127.0.0.1", "1"});
  worker.process().wait_until([&] { return peer.ask(minting_request("alice")).status == 201; }, "the new address");
  EXPECT_EQ(after.client().keys("*:sessions").size(), 1U);
}

}  // namespace
}  // namespace sessiond::test
