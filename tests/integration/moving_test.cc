// From one server to Sentinel, and on to a Redis Cluster, as MOVING in sessiond-redis(7) says: whoever is signed in
// stays so, and nobody else is.
#include <gtest/gtest.h>

#include <filesystem>
#include <optional>

#include "integration/crowd.h"
#include "integration/readiness.h"
#include "integration/sentinels.h"
#include "integration/site.h"

namespace sessiond::test {
namespace {

const std::vector<std::string> kDurable = {"--appendonly", "yes", "--appendfsync", "always"};
constexpr int kPeople = 40;

// The first words are further rights of the worker's account, whose others stand before them. Nobody takes another's place
// here, so a node that a busy machine leaves waiting need not count as down at once.
std::vector<std::string> as_node_of_a_cluster() {
  return {"+cluster|info", "+cluster|slots", "+asking", "--cluster-enabled", "yes", "--cluster-port", std::to_string(free_port()), "--cluster-node-timeout", "3000"};
}

class Moving : public ::testing::Test {
 protected:
  void start_worker(const std::string& where) {
    std::vector<std::string> words = first.worker_options(where);
    words.insert(words.end(), {"--threads", "1", "--store-timeout", "3"});
    worker.reset();
    worker.emplace(folder, words);
    wait_until_ready(*worker);
  }

  int check(const Signed& session) {
    HttpPeer peer(worker->internal_socket());
    return test::check(peer, session);
  }
  int revoke(const Signed& session) {
    return FastCgiClient(worker->public_socket()).ask(revocation_request(session.token, session.id)).status;
  }

  // Some more people sign in, each twice, and end one of their sessions.
  void let_people_in() {
    HttpPeer peer(worker->internal_socket());
    for (int i = 0; i < kPeople; ++i) {
      const std::string user = "user" + std::to_string(in.size());
      in.push_back(signed_by(peer.ask(minting_request(user))));
      out.push_back(signed_by(peer.ask(minting_request(user))));
      ASSERT_EQ(revoke(out.back()), 204);
    }
  }
  void expect_all_as_they_were() {
    for (const Signed& session : in) ASSERT_EQ(check(session), 204);
    for (const Signed& session : out) ASSERT_EQ(check(session), 401);
  }

  // What redis-cli does to a cluster, while everybody is looked after.
  void run_cluster_tool(std::vector<std::string> words) {
    words.insert(words.begin(), {"redis-cli", "--cluster"});
    Process process(words, folder / words[2]);
    while (process.running()) expect_all_as_they_were();
    ASSERT_EQ(process.wait(), 0) << process.log();
  }

  TempDir folder;
  ReachableRedis first{kDurable};
  ReachableRedis second{kDurable};
  std::optional<Worker> worker;
  std::vector<Signed> in;
  std::vector<Signed> out;
};

TEST_F(Moving, ToSentinelAndThenToAnotherMachineSignsNobodyOutAndNobodyIn) {
  start_worker(first.place());
  let_people_in();
  second.follow(first);
  Sentinels sentinels(folder);
  sentinels.start(first.port);
  start_worker(sentinels.address());
  expect_all_as_they_were();
  let_people_in();

  second.follow(first);
  ASSERT_FALSE(sentinels.client(0)({"SENTINEL", "FAILOVER", "people"}).error);
  // In between nobody knows, and that is said; but nobody is taken for another.
  worker->process().wait_until(
      [&] {
        const int mine = check(in.back());
        EXPECT_TRUE(mine == 204 || mine == 503) << mine;
        EXPECT_NE(check(out.back()), 204);
        return worker->log().find("call " + second.place() + " the primary now") != std::string::npos || mine == 503;
      },
      "the new primary");
  wait_until_ready(*worker);
  expect_all_as_they_were();
  let_people_in();
  first.redis.crash();
  expect_all_as_they_were();
}

// The replica becomes the first node of the cluster, with all that it has.
TEST_F(Moving, ToARedisClusterSignsNobodyOutAndNobodyIn) {
  const std::vector<std::string> as_node = as_node_of_a_cluster();
  ReachableRedis owner_of_all_slots(as_node);
  ASSERT_FALSE(owner_of_all_slots.redis.client()({"CLUSTER", "ADDSLOTSRANGE", "0", "16383"}).error);
  owner_of_all_slots.redis.crash();

  start_worker(first.place());
  let_people_in();
  second.follow(first);
  first.redis.client()({"CONFIG", "SET", "min-replicas-to-write", "99"});
  EXPECT_EQ(revoke(in.front()), 503) << "it could get lost on the way";
  expect_all_as_they_were();
  second.follow(first);
  worker->process().wait_until([&] { return second.redis.client()({"INFO", "persistence"}).text.find("aof_rewrite_in_progress:0") != std::string::npos; }, "all of it on disk");
  second.redis.crash();
  std::filesystem::copy_file(owner_of_all_slots.folder / "redis/nodes.conf", second.folder / "redis/nodes.conf");
  std::vector<std::string> words = as_node;
  words.insert(words.end(), {"--port", std::to_string(second.port), "--bind", "127.0.0.1"});
  words.insert(words.end(), kDurable.begin(), kDurable.end());
  RedisServer node(second.folder, words);
  node.start();
  expect_all_as_they_were();
  first.redis.crash();
  start_worker("redis+cluster://" + second.place());
  expect_all_as_they_were();
  let_people_in();

  // A second node gets some of the slots.
  const ReachableRedis other(as_node_of_a_cluster());
  const auto id_of = [](const RedisServer& server) { return server.client()({"CLUSTER", "MYID"}).text; };
  const auto serves_with = [&](const RedisServer& one, const RedisServer& another) {
    RedisClient client = one.client();
    return client({"CLUSTER", "NODES"}).text.find(id_of(another)) != std::string::npos && client({"CLUSTER", "INFO"}).text.find("cluster_state:ok") != std::string::npos;
  };
  run_cluster_tool({"add-node", other.place(), second.place()});
  worker->process().wait_until([&] { return serves_with(node, other.redis) && serves_with(other.redis, node); }, "a node that is ready for slots");
  run_cluster_tool({"rebalance", second.place(), "--cluster-use-empty-masters", "--cluster-weight", id_of(node) + "=8"});
  EXPECT_FALSE(other.redis.client().keys().empty()) << read_file(folder / "rebalance");
  expect_all_as_they_were();
  EXPECT_EQ(revoke(in.front()), 204);
}

}  // namespace
}  // namespace sessiond::test
