// The primary changes: what was revoked at the new one is vouched for nowhere, and all goes on there.
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>

#include "integration/crowd.h"
#include "integration/site.h"
#include "integration/socket.h"

namespace sessiond::test {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kHealed{2};

// Two real servers, of which one follows the other, and an address that leads to either: a link, as a name,
// a proxy or a virtual address does elsewhere. Who is connected stays connected.
class Failover : public ::testing::Test {
 protected:
  Failover() : first(first_folder, {"--port", std::to_string(port), "--bind", "127.0.0.1", "--repl-diskless-sync-delay", "0"}),
               second(second_folder) {
    first.start();
    second.start();
    lead_to(first);
  }

  void lead_to(const RedisServer& server) const {
    std::filesystem::create_symlink(server.socket(), address + ".new");
    std::filesystem::rename(address + ".new", address);
  }

  // The second gets all that the first has.
  void replicate() {
    RedisClient follower = second.client();
    follower({"REPLICAOF", "127.0.0.1", std::to_string(port)});
    const auto all = first.client().keys();
    ASSERT_TRUE(happens([&] { return follower.keys() == all; }));
  }

  // The first becomes a replica that learns of nothing any more, as one that was cut off from its new primary.
  void fail_over() {
    second.client()({"REPLICAOF", "NO", "ONE"});
    first.client()({"REPLICAOF", "127.0.0.1", "1"});
  }

  const int port = free_port();
  TempDir first_folder;
  TempDir second_folder;
  RedisServer first;
  RedisServer second;
  const std::string address = first_folder / "address";
};

TEST_F(Failover, ATokenThatIsRevokedAtTheNewPrimaryIsNotVouchedForByTheOldOne) {
  Worker worker(first_folder, {"--redis", address, "--store-timeout", "1", "--threads", "1"});
  HttpPeer peer(worker.internal_socket());
  FastCgiClient web(worker.public_socket());
  const Signed mine = signed_by(peer.ask(minting_request("alice")));
  const Signed revoked = signed_by(peer.ask(minting_request("alice")));
  replicate();
  fail_over();

  Worker at_the_new_one(second_folder, {"--threads", "1"});
  FastCgiClient web_there(at_the_new_one.public_socket());
  ASSERT_EQ(web_there.ask(revocation_request(mine.token, revoked.id)).status, 204);
  const auto since = Clock::now();
  EXPECT_EQ(wait_until_not_vouched_for(peer, revoked), 503) << "neither vouched for nor told off: nobody knows";
  EXPECT_LT(Clock::now() - since, kHealed + kNoise);
  EXPECT_TRUE(stays(
      [&] {
        return check(peer, revoked) == 503 && check(peer, mine) == 503 && web.ask(fastcgi::request("GET", "/api/v1/auth/sessions", mine.token)).status == 503;
      },
      std::chrono::milliseconds(1500)));

  lead_to(second);
  const auto led = Clock::now();
  worker.process().wait_until([&] { return check(peer, mine) == 204; }, "the new primary");
  EXPECT_LT(Clock::now() - led, kHealed + kNoise);
  EXPECT_EQ(check(peer, revoked), 401);
  EXPECT_EQ(web.ask(revocation_request(mine.token, mine.id)).status, 204) << "changes, too";
}

TEST_F(Failover, AChangeThatAReplicaRefusesSendsTheNextToWhereTheAddressLeadsNow) {
  Worker worker(first_folder, {"--redis", address, "--threads", "1"});
  HttpPeer peer(worker.internal_socket());
  const std::string refused = "no Redis at " + address + ": Redis answers: READONLY";
  // Unless the question for its role, one a second, was faster.
  for (int i = 0; i < 20 && worker.log().find(refused) == std::string::npos; ++i) {
    first.client()({"REPLICAOF", "NO", "ONE"});
    lead_to(first);
    worker.process().wait_until([&] { return peer.ask(minting_request("alice")).status == 201; }, "the first");
    lead_to(second);
    first.client()({"REPLICAOF", "127.0.0.1", "1"});
    const auto since = Clock::now();
    const int status = peer.ask(minting_request("alice")).status;
    ASSERT_TRUE(status == 503 || status == 201) << status;
    worker.process().wait_until([&] { return peer.ask(minting_request("alice")).status == 201; }, "the second");
    EXPECT_LT(Clock::now() - since, kHealed + kNoise);
    second.client()({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
  }
  EXPECT_TRUE(worker.says(refused)) << worker.log();
}

TEST_F(Failover, AServerThatIsAReplicaFromTheStartNeverVouches) {
  Signed mine;
  {
    Worker before(first_folder, {}, {}, "before-");
    HttpPeer peer(before.internal_socket());
    mine = signed_by(peer.ask(minting_request("alice")));
    ASSERT_EQ(check(peer, mine), 204);
  }
  first.client()({"REPLICAOF", "127.0.0.1", "1"});
  Worker worker(first_folder, {"--threads", "1"});
  HttpPeer peer(worker.internal_socket());
  FastCgiClient web(worker.public_socket());
  for (int i = 0; i < 50; ++i) {
    ASSERT_EQ(check(peer, mine), 503);
    ASSERT_EQ(web.ask(fastcgi::request("GET", "/api/v1/u/me", mine.token)).status, 503);
    ASSERT_EQ(web.ask(revocation_request(mine.token, mine.id)).status, 503);
  }
  const Response ready = web.ask(fastcgi::request("GET", "/readyz"));
  EXPECT_EQ(ready.status, 503);
  EXPECT_NE(ready.body.find("replica"), std::string::npos) << ready.body;
  for (const char* verb : {"doctor", "list"}) {
    std::vector<std::string> words = {worker_program(), verb, "--config", "/dev/null", "--redis", first.socket()};
    if (std::string(verb) == "list") words.emplace_back("alice");
    Process process(words, first_folder / verb);
    EXPECT_EQ(process.wait(), 1);
    EXPECT_NE(process.log().find("read-only replica"), std::string::npos) << process.log();
  }
}

}  // namespace
}  // namespace sessiond::test
