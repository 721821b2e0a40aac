// A Redis Cluster: everybody is served wherever their slot is, also while it moves or its owner fails.
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <set>
#include <thread>

#include "integration/crowd.h"
#include "integration/document.h"
#include "integration/odd_server.h"
#include "integration/protocol.h"
#include "integration/readiness.h"
#include "integration/redis_cluster.h"
#include "integration/site.h"
#include "integration/socket.h"

namespace sessiond::test {
namespace {

// A cluster and a worker. What the worker is asked goes through one connection to each socket.
class InCluster : public testing::Test {
 protected:
  explicit InCluster(const RedisCluster::Setup& setup = {}) : cluster(setup) {}

  [[nodiscard]] std::vector<std::string> options(const std::vector<std::string>& more = {}) {
    std::vector<std::string> words = cluster.worker_options();
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }

  void start_worker(const std::vector<std::string>& more = {"--threads", "2", "--store-timeout", "3"}) {
    worker = std::make_unique<Worker>(folder, options(more));
    wait_until_ready(*worker);
  }

  Response ask(const std::string& request) { return FastCgiClient(worker->public_socket()).ask(request); }
  Response list(const Signed& caller) { return ask(fastcgi::request("GET", "/api/v1/auth/sessions", caller.token)); }
  Response revoke(const Signed& caller, const std::string& id) { return ask(revocation_request(caller.token, id)); }
  Signed mint(const std::string& user) { return signed_by(HttpPeer(worker->internal_socket()).ask(minting_request(user))); }
  std::string obtain_code(const Signed& caller) {
    const Response granted = ask(fastcgi::request("POST", "/api/v1/auth/cli/request-grant", caller.token));
    EXPECT_EQ(granted.status, 200) << granted.body;
    return Document(granted.body)["code"].GetString();
  }
  Response redeem(const std::string& code) { return ask(fastcgi::post("/api/v1/auth/cli/redeem", "{\"code\":\"" + code + "\"}")); }

  // Runs a subcommand with all rights, and hands over what it said.
  std::string run(std::vector<std::string> words, int expected = 0) {
    words.insert(words.begin(), worker_program());
    words.insert(words.end(), {"--config", "/dev/null", "--redis", cluster.address()});
    Process process(words, folder / ("said-" + std::to_string(++runs_)));
    EXPECT_EQ(process.wait(), expected) << process.log();
    return process.said();
  }

  // Where a session's slot is, and where it could be.
  struct Move {
    int slot;
    RedisCluster::Node& from;
    RedisCluster::Node& to;
  };
  Move move_of(const Signed& session) {
    const int slot = slot_of(session);
    RedisCluster::Node& from = cluster.owner(slot);
    return {slot, from, &from == &cluster[0] ? cluster[1] : cluster[0]};
  }

  std::size_t number_of(const RedisCluster::Node& node) {
    return static_cast<std::size_t>(std::ranges::find(cluster.nodes(), &node, [](const auto& it) { return it.get(); }) - cluster.nodes().begin());
  }

  int slot_of(const Signed& session) {
    const std::vector<std::string> keys = cluster.keys("*:session:" + session.id);
    return cluster.slot_of(keys.at(0));
  }

  // The others forget the first server and give its slots, in which nothing is, to the second.
  void forget_the_first() {
    for (const std::size_t other : {1U, 2U}) cluster[other].client()({"CLUSTER", "FORGET", cluster[0].id});
    cluster[1].client()({"CLUSTER", "ADDSLOTSRANGE", "0", "5461"});
  }

  TempDir folder;
  RedisCluster cluster;
  std::unique_ptr<Worker> worker;

 private:
  int runs_ = 0;
};

TEST_F(InCluster, EverybodyIsServedWhereverTheirSlotIs) {
  start_worker();
  for (int i = 0; i < 60; ++i) {
    const std::string user = "user" + std::to_string(i);
    const Signed first = mint(user);
    const Signed second = mint(user);
    ASSERT_EQ(ids_in(list(first)).size(), 2U);
    const Response redeemed = redeem(obtain_code(first));
    ASSERT_EQ(redeemed.status, 200) << redeemed.body;
    ASSERT_EQ(ids_in(list(first)).size(), 3U);
    ASSERT_EQ(revoke(first, second.id).status, 204);
    ASSERT_EQ(list(second).status, 401);
    ASSERT_EQ(ids_in(list(first)).size(), 2U);
  }
  for (const auto& node : cluster.nodes()) EXPECT_FALSE(node->client().keys().empty()) << node->place();
  EXPECT_EQ(worker->log().find("says again"), std::string::npos) << worker->log();
}

TEST_F(InCluster, ACodeOfASessionThatEndedBuysNothing) {
  start_worker();
  for (int i = 0; i < 20; ++i) {
    const Signed caller = mint("user" + std::to_string(i));
    const std::string code = obtain_code(caller);
    ASSERT_EQ(revoke(caller, caller.id).status, 204);
    ASSERT_EQ(redeem(code).status, 401);
  }
  EXPECT_TRUE(cluster.keys().empty()) << "grants of ended sessions are deleted in every slot";
}

TEST_F(InCluster, UsersAreDisabledAndEnabledWhereverTheirSlotIs) {
  start_worker({"--threads", "2", "--store-timeout", "3", "--bar-users"});
  HttpPeer operators(worker->internal_socket());
  const auto of_user = [&](const std::string& user, const std::string& verb) {
    return operators.ask(http1::request("POST", "/internal/v1/users/" + user + "/" + verb)).status;
  };
  for (int i = 0; i < 60; ++i) {
    const std::string user = "user" + std::to_string(i);
    const Signed before = mint(user);
    const std::string code = obtain_code(before);
    ASSERT_EQ(of_user(user, "disable"), 200);
    ASSERT_EQ(list(before).status, 401);
    ASSERT_EQ(operators.ask(minting_request(user)).status, 403);
    ASSERT_EQ(redeem(code).status, 403);
    if (i % 2 == 0) continue;
    ASSERT_EQ(of_user(user, "enable"), 204);
    ASSERT_EQ(list(mint(user)).status, 200);
  }
  EXPECT_NE(run({"doctor", "--keys", "--bar-users"}, 1).find("30 users are disabled"), std::string::npos);
}

TEST_F(InCluster, ABarOnItsWayToAnotherServerKeepsOut) {
  start_worker({"--threads", "2", "--store-timeout", "3", "--bar-users"});
  const Signed over = mint("alice");
  const auto& [slot, from, to] = move_of(over);
  ASSERT_EQ(from.client()({"DEL", keys_of(over) + "sessions"}).integer, 1);
  ASSERT_EQ(HttpPeer(worker->internal_socket()).ask(http1::request("DELETE", "/internal/v1/users/alice/sessions")).status, 200);
  ASSERT_EQ(list(over).status, 401);
  cluster.begin_migration(slot, from, to);
  while (cluster.migrate_keys(slot, from, to, 1) > 0) ASSERT_EQ(list(over).status, 401);
  cluster.end_migration(slot, from, to);
  EXPECT_EQ(list(over).status, 401);
  EXPECT_EQ(list(mint("alice")).status, 200);
}

TEST_F(InCluster, OperatorsSeeTheWholeOfIt) {
  start_worker();
  std::vector<Signed> everybody;
  for (int i = 0; i < 60; ++i) everybody.push_back(mint("user" + std::to_string(i)));
  const std::string examined = run({"doctor", "--keys"}, 1);  // which advises appendonly
  EXPECT_NE(examined.find("60 sessions of 60 users, 0 faults"), std::string::npos) << examined;
  for (const auto& node : cluster.nodes()) EXPECT_NE(("\n" + examined).find("\n" + node->place() + ": "), std::string::npos) << examined;
  EXPECT_EQ(Document(run({"doctor", "--json"}, 1))["servers"].Size(), 3U);
  EXPECT_EQ(examined.find("cluster-allow-reads-when-down"), std::string::npos) << examined;
  cluster[1].client()({"CONFIG", "SET", "cluster-allow-reads-when-down", "yes"});
  EXPECT_NE(run({"doctor"}, 1).find("cluster-allow-reads-when-down is yes"), std::string::npos);
  EXPECT_NE(run({"revoke", "--everybody", "--yes"}).find("revoked 60 sessions"), std::string::npos);
  for (const Signed& session : everybody) EXPECT_EQ(list(session).status, 401);
  EXPECT_TRUE(cluster.keys().empty());
}

TEST_F(InCluster, OperatorsFindAndEndByWhatIsKnownWhereverItIs) {
  start_worker();
  std::vector<Signed> cli;
  for (int i = 0; i < 40; ++i) {
    const std::string user = "user" + std::to_string(i);
    mint(user);
    cli.push_back(signed_by(HttpPeer(worker->internal_socket()).ask(http1::post("/internal/v1/sessions", minting_json(user_json(user), {.kind = "cli"})))));
  }
  EXPECT_EQ(Document(run({"list", "--everybody", "--json"})).root().Size(), 80U);
  EXPECT_EQ(Document(run({"list", "--everybody", "--json", "--kind", "cli"})).root().Size(), 40U);
  EXPECT_EQ(run({"revoke", "user7", "--created-before", "90d", "--yes"}), "revoked 0 sessions\n");
  EXPECT_EQ(run({"revoke", "--everybody", "--kind", "cli", "--dry-run"}), "would revoke 40 sessions\n");
  EXPECT_EQ(run({"revoke", "--everybody", "--kind", "cli", "--yes"}), "revoked 40 sessions\n");
  for (const Signed& session : cli) EXPECT_EQ(list(session).status, 401);
  EXPECT_EQ(run({"revoke", "--everybody", "--kind", "web", "--yes"}), "revoked 40 sessions\n");
  EXPECT_TRUE(cluster.keys().empty());
}

TEST_F(InCluster, ASlotThatHasMovedIsFollowed) {
  start_worker();
  const Signed alice = mint("alice");
  const auto& [slot, from, to] = move_of(alice);
  cluster.migrate_slot(slot, from, to);
  EXPECT_EQ(list(alice).status, 200);
  const Signed again = mint("alice");
  EXPECT_EQ(revoke(alice, again.id).status, 204);
  EXPECT_EQ(list(again).status, 401);
}

TEST_F(InCluster, WhileASlotIsOnItsWayItsSessionsAreReadAndChangesWaitForItsEnd) {
  start_worker();
  const Signed alice = mint("alice");
  const Signed other = mint("alice");
  const auto& [slot, from, to] = move_of(alice);
  cluster.begin_migration(slot, from, to);
  EXPECT_EQ(ids_in(list(alice)).size(), 2U);
  // Key by key: some are here, some there.
  while (cluster.migrate_keys(slot, from, to, 1) > 0) ASSERT_EQ(ids_in(list(alice)).size(), 2U);
  FastCgiClient waiting(worker->public_socket());
  ASSERT_TRUE(waiting.write(revocation_request(alice.token, other.id)));
  ASSERT_EQ(ids_in(list(alice)).size(), 2U);
  cluster.end_migration(slot, from, to);
  EXPECT_EQ(waiting.read_response().status, 204);
  EXPECT_EQ(list(other).status, 401);
}

TEST_F(InCluster, AListIsWholeThoughHalfOfItIsOnItsWay) {
  start_worker();
  const Signed alice = mint("alice");
  for (int i = 0; i < 30; ++i) mint("alice");
  const auto& [slot, from, to] = move_of(alice);
  cluster.begin_migration(slot, from, to);
  for (int i = 0; i < 33; i += 3) {
    cluster.migrate_keys(slot, from, to, 3);
    ASSERT_EQ(ids_in(list(alice)).size(), 31U);
  }
  const std::string examined = run({"doctor", "--keys"}, 1);
  EXPECT_NE(examined.find(" 0 faults"), std::string::npos) << examined;
  cluster.end_migration(slot, from, to);
}

TEST_F(InCluster, AChangeThatNoServerTakesInTimeIsA503AndNotMade) {
  start_worker({"--threads", "1", "--store-timeout", "0.3"});
  const Signed alice = mint("alice");
  const Signed other = mint("alice");
  const auto& [slot, from, to] = move_of(alice);
  cluster.begin_migration(slot, from, to);
  cluster.migrate_keys(slot, from, to, 1);
  EXPECT_EQ(revoke(alice, other.id).status, 503);
  while (cluster.migrate_keys(slot, from, to) > 0) {
  }
  cluster.end_migration(slot, from, to);
  EXPECT_EQ(list(other).status, 200);
}

// Signs in, lists and signs out again and again, on some threads. Counts what failed.
class Load {
 public:
  explicit Load(const Worker& worker) {
    for (int i = 0; i < 3; ++i) threads_.emplace_back([this, &worker, i] { run(worker, "load" + std::to_string(i) + "-"); });
  }
  ~Load() { stop(); }
  void stop() {
    over_ = true;
    for (std::thread& thread : threads_) {
      if (thread.joinable()) thread.join();
    }
  }
  [[nodiscard]] int done() const { return done_; }
  [[nodiscard]] int failed() const { return failed_; }

 private:
  void run(const Worker& worker, const std::string& prefix) {
    HttpPeer internal(worker.internal_socket());
    FastCgiClient peer(worker.public_socket());
    const auto expect = [this](const Response& response, int status) {
      ++done_;
      if (response.status != status) ++failed_;
      return response.status == status;
    };
    for (int i = 0; !over_; ++i) {
      const Response minted = internal.ask(minting_request(prefix + std::to_string(i % 200)));
      if (!expect(minted, 201)) continue;
      const Signed session = signed_by(minted);
      expect(peer.ask(fastcgi::request("GET", "/api/v1/auth/sessions", session.token)), 200);
      if (!expect(peer.ask(revocation_request(session.token, session.id)), 204)) continue;
      expect(peer.ask(fastcgi::request("GET", "/api/v1/auth/sessions", session.token)), 401);
    }
  }

  std::atomic<bool> over_ = false;
  std::atomic<int> done_ = 0;
  std::atomic<int> failed_ = 0;
  std::vector<std::thread> threads_;
};

TEST_F(InCluster, ReshardingUnderLoadFailsNobody) {
  start_worker();
  Load load(*worker);
  const auto redis_cli = [&](const std::string& what, std::vector<std::string> words) {
    words.insert(words.begin(), {"redis-cli", "--cluster", what, cluster[0].place()});
    Process process(words, folder / what);
    ASSERT_EQ(process.wait(), 0) << process.log();
  };
  const std::size_t slots = races(1'000);
  for (std::size_t moved = 0; has_more_races(moved, 1'000, load.done() > 100); moved += slots) {
    redis_cli("reshard", {"--cluster-from", cluster[0].id, "--cluster-to", cluster[1].id, "--cluster-slots", std::to_string(slots), "--cluster-yes"});
    cluster.wait_until_well();
  }
  const int done = load.done();
  EXPECT_GT(done, 100);
  redis_cli("rebalance", {"--cluster-threshold", "1"});
  worker->process().wait_until([&] { return load.done() > done + 200; }, "more requests");
  load.stop();
  EXPECT_EQ(load.failed(), 0) << "of " << load.done();
}

TEST_F(InCluster, AServerThatLosesItsLastSlotIsLeftAlone) {
  // It is not one that the address names: those are asked for the others.
  std::vector<std::string> words = options({"--threads", "2", "--store-timeout", "3"});
  words[1] = "redis+cluster://" + cluster[0].place();
  worker = std::make_unique<Worker>(folder, words);
  wait_until_ready(*worker);
  const Signed alice = mint("alice");
  cluster.migrate_all(cluster[2], cluster[0]);
  // Whoever is sent to another server learns of it, and asks for the whole.
  worker->process().wait_until(
      [&] {
        return list(mint("bob")).status == 200 && cluster[2].client()({"CLIENT", "LIST"}).text.find("user=sessiond") == std::string::npos;
      },
      "the connection's end");
  cluster[2].redis.crash();
  ASSERT_EQ(list(alice).status, 200);
  for (int i = 0; i < 40; ++i) ASSERT_EQ(list(mint("user" + std::to_string(i))).status, 200);
  wait_until_ready(*worker);
}

class InClusterWithReplicas : public InCluster {
 protected:
  InClusterWithReplicas() : InCluster(RedisCluster::Setup{true, {}, false}) {}
};

TEST_F(InClusterWithReplicas, APrimaryThatFailsIsReplacedByItsReplica) {
  start_worker({"--threads", "1", "--store-timeout", "3"});
  std::vector<Signed> everybody;
  for (int i = 0; i < 30; ++i) everybody.push_back(mint("user" + std::to_string(i)));
  const auto offset = [this](std::size_t node, const std::string& name) {
    const std::string info = cluster[node].client()({"INFO", "replication"}).text;
    return std::stoll(info.substr(info.find(name + ":") + name.size() + 1));
  };
  worker->process().wait_until([&] { return offset(3, "slave_repl_offset") >= offset(0, "master_repl_offset"); }, "a replica that has all");
  cluster[0].redis.crash();
  wait_for_reason(*worker, cluster[0].place() + ", of the Redis Cluster: ");
  worker->process().wait_until([&] { return std::ranges::all_of(everybody, [&](const Signed& it) { return list(it).status == 200; }); }, "the replica");
  wait_until_ready(*worker);
  // It comes back as the replica of what was its own.
  cluster[0].redis.restart();
  for (const Signed& it : everybody) ASSERT_EQ(list(it).status, 200);
}

TEST_F(InClusterWithReplicas, APrimaryThatHangsIsReplacedAndNotBelievedWhenItWakes) {
  start_worker({"--threads", "1", "--store-timeout", "1"});
  std::vector<Signed> everybody;
  for (int i = 0; i < 30; ++i) everybody.push_back(mint("user" + std::to_string(i)));
  const auto all_served = [&] { return std::ranges::all_of(everybody, [&](const Signed& it) { return list(it).status == 200; }); };
  for (int i = 0; i < 2; ++i) {
    const int slot = slot_of(everybody[0]);
    RedisCluster::Node& primary = cluster.owner(slot);
    primary.redis.pause();
    cluster.wait_until_replaced(primary);
    worker->process().wait_until(all_served, "the replica");
    primary.redis.resume();
    ASSERT_TRUE(all_served());
    cluster.wait_until_well();
  }
  wait_until_ready(*worker);
}

TEST_F(InClusterWithReplicas, AFailoverWithThePrimarysConsentFailsNobody) {
  start_worker();
  Load load(*worker);
  for (const std::size_t replica : {3U, 4U, 5U}) cluster.failover(cluster[replica]);
  const int done = load.done();
  worker->process().wait_until([&] { return load.done() > done + 200; }, "more requests");
  load.stop();
  EXPECT_EQ(load.failed(), 0) << "of " << load.done();
}

TEST_F(InClusterWithReplicas, APrimaryThatWasReplacedIsLeftWithTheFirstRequestThatItRedirects) {
  start_worker({"--threads", "1"});
  const Signed alice = mint("alice");
  const auto maps_asked_for = [this] {
    long long count = 0;
    for (const auto& node : cluster.nodes()) count += node->client().calls("cluster|slots");
    return count;
  };
  // Once it has asked for the map again and all is well, it would not ask for five seconds.
  const long long before = maps_asked_for();
  worker->process().wait_until([&] { return maps_asked_for() > before; }, "another question");
  const std::size_t number = number_of(cluster.owner(slot_of(alice)));
  cluster.failover(cluster[number + 3]);
  const auto since = std::chrono::steady_clock::now();
  EXPECT_EQ(list(alice).status, 200);
  worker->process().wait_until([&] { return cluster[number].client()({"CLIENT", "LIST"}).text.find("user=sessiond") == std::string::npos; }, "the connection's end");
  EXPECT_LT(std::chrono::steady_clock::now() - since, std::chrono::seconds(2));
}

TEST_F(InClusterWithReplicas, AnyServerIsEnoughToFindTheOthersAlsoAReplica) {
  Worker fresh(folder, {"--redis", "redis+cluster://127.0.0.1:1," + cluster[4].place(), "--redis-user", kAccount, "--redis-password-file",
                        account_password_file(cluster[0].folder)});
  wait_until_ready(fresh);
}

TEST_F(InCluster, SlotsThatNobodyOwnsAreNamed) {
  start_worker({"--threads", "1", "--store-timeout", "0.3"});
  const Signed alice = mint("alice");
  const std::string slot = std::to_string(slot_of(alice));
  for (const auto& node : cluster.nodes()) {
    node->client()({"CONFIG", "SET", "cluster-require-full-coverage", "no"});
  }
  for (const auto& node : cluster.nodes()) node->client()({"CLUSTER", "DELSLOTS", slot});
  wait_for_reason(*worker, "no server of the Redis Cluster owns the slots " + slot);
  EXPECT_EQ(list(alice).status, 503);
  int served = 0;
  for (int i = 0; i < 20; ++i) served += list(mint("user" + std::to_string(i))).status == 200 ? 1 : 0;
  EXPECT_EQ(served, 20) << "the others go on";
  EXPECT_NE(run({"revoke", "--everybody", "--yes"}, 1).find("owns the slots " + slot), std::string::npos);
  EXPECT_EQ(worker->log().find("every slot of the Redis Cluster has an owner"), std::string::npos);
  for (const auto& node : cluster.nodes()) node->client()({"CLUSTER", "ADDSLOTS", slot});
  EXPECT_TRUE(worker->says("every slot of the Redis Cluster has an owner")) << worker->log();
}

TEST_F(InCluster, SlotsThatNobodyOwnsHideNobodyFromTheEndOfAllSessions) {
  start_worker();
  for (int i = 0; i < 20; ++i) mint("user" + std::to_string(i));
  RedisCluster::Node& hidden = cluster[2];
  ASSERT_FALSE(hidden.client().keys("*:session:*").empty());
  for (const auto& node : cluster.nodes()) node->client()({"CONFIG", "SET", "cluster-require-full-coverage", "no"});
  for (const std::size_t node : {2U, 0U, 1U}) cluster[node].client()({"CLUSTER", "DELSLOTSRANGE", "10924", "16383"});
  const std::string said = run({"revoke", "--everybody", "--yes"}, 1);
  EXPECT_NE(said.find("perhaps not all: no server of the Redis Cluster owns the slots 10924-16383"), std::string::npos) << said;
  EXPECT_FALSE(hidden.client().keys("*:session:*").empty()) << "nobody knows the way to them";
}

// As one is that had failed, whose slots others were given, and that comes back with a map of its own.
TEST_F(InCluster, AServerThatWasForgottenIsNotAskedTheWay) {
  for (const std::size_t other : {1U, 2U}) cluster[0].client()({"CLUSTER", "FORGET", cluster[other].id});
  forget_the_first();
  worker = std::make_unique<Worker>(folder, options({"--threads", "1"}));
  wait_until_ready(*worker);
  for (int i = 0; i < 20; ++i) ASSERT_EQ(list(mint("user" + std::to_string(i))).status, 200);
  EXPECT_TRUE(cluster[0].client().keys().empty());
}

TEST_F(InCluster, AServerThatMakesNoChangesMakesTheWorkerUnreadyWhicheverItIs) {
  start_worker({"--threads", "1"});
  for (const auto& node : cluster.nodes()) {
    RedisClient redis = node->client();
    redis({"ACL", "SETUSER", kAccount, "-hset"});
    EXPECT_NE(ready(*worker).body.find("NOPERM the account may not run HSET"), std::string::npos) << node->place();
    redis({"ACL", "SETUSER", kAccount, "+hset"});
    EXPECT_EQ(ready(*worker).status, 200);
  }
}

TEST_F(InCluster, AServerThatWasTakenOutOfItIsNotAskedTheWay) {
  cluster[0].client()({"CLUSTER", "RESET", "HARD"});
  forget_the_first();
  worker = std::make_unique<Worker>(folder, options({"--threads", "1"}));
  wait_until_ready(*worker);
  for (int i = 0; i < 20; ++i) ASSERT_EQ(list(mint("user" + std::to_string(i))).status, 200);
}

TEST_F(InCluster, SlotsThatMoveHideNobodyFromTheEndOfAllSessions) {
  start_worker();
  std::vector<Signed> everybody;
  for (int i = 0; i < 300; ++i) everybody.push_back(mint("user" + std::to_string(i)));
  std::set<int> slots;
  for (const std::string& key : cluster[2].client().keys("*:sessions")) slots.insert(cluster.slot_of(key));
  std::thread moving([&] {
    for (const int slot : slots) cluster.migrate_slot(slot, cluster[2], cluster[0]);
  });
  const std::string said = run({"revoke", "--everybody", "--yes"});
  moving.join();
  EXPECT_NE(said.find("revoked 300 sessions"), std::string::npos) << said;
  for (const Signed& session : everybody) ASSERT_EQ(list(session).status, 401);
}

TEST_F(InCluster, WhatIsWrongIsSaid) {
  RedisServer plain(folder, {"--port", std::to_string(free_port()), "--bind", "127.0.0.1"});
  plain.start();
  const int port = static_cast<int>(std::stol(plain.client()({"CONFIG", "GET", "port"}).elements[1].text));
  Worker no_cluster(folder, {"--redis", "redis+cluster://127.0.0.1:" + std::to_string(port), "--redis-password-file", ""}, {}, "plain-");
  wait_for_reason(no_cluster, "no server of the Redis Cluster says who owns which slot: 127.0.0.1:" + std::to_string(port) +
                                  ": it answers: ERR This instance has cluster support disabled");
  // An account that may not ask.
  cluster[0].client()({"ACL", "SETUSER", "sessiond", "-cluster|slots"});
  auto unknowing = std::make_unique<Worker>(folder, std::vector<std::string>{"--redis", "redis+cluster://" + cluster[0].place(), "--redis-user", kAccount, "--redis-password-file",
                            account_password_file(cluster[0].folder)},
                   std::vector<std::string>{}, "unknowing-");
  wait_for_reason(*unknowing, "it answers: NOPERM");
  unknowing.reset();
  cluster[0].client()({"ACL", "SETUSER", "sessiond", "+cluster|slots", "-asking"});
  worker = std::make_unique<Worker>(folder, options({"--threads", "1"}), std::vector<std::string>{}, "askless-");
  wait_for_reason(*worker, "NOPERM the account may not run ASKING");
  worker.reset();
  cluster[0].client()({"ACL", "SETUSER", "sessiond", "+asking"});
  cluster[0].client()({"ACL", "LOG", "RESET"});
  cluster[0].client()({"ACL", "LOG", "RESET"});
  // An address at which it cannot be reached from here, as behind a NAT.
  cluster[1].client()({"CONFIG", "SET", "cluster-announce-port", "1"});
  worker = std::make_unique<Worker>(folder, options());
  wait_for_reason(*worker, "127.0.0.1:1, of the Redis Cluster: Connection refused");
}

const std::string kEarlyEpoch = bulk("cluster_current_epoch:1\r\n");

// Says in an early epoch that it owns every slot, and answers all else with an error.
class FalseOwner {
 public:
  explicit FalseOwner(const std::string& error) : server_([this, error](const std::string& asked) { return answer(asked, error); }) {}
  [[nodiscard]] std::string place() const { return server_.place(); }
  // How often it has said so.
  [[nodiscard]] int lies() const { return lies_; }

 private:
  std::string answer(const std::string& asked, const std::string& error) {
    if (asked.find("SLOTS") == std::string::npos) return "-" + error + "\r\n";
    ++lies_;
    const std::string welcome = asked.find("AUTH") != std::string::npos ? "+OK\r\n" : "";
    return welcome + kEarlyEpoch + array({array({":0\r\n", ":16383\r\n", array({bulk("127.0.0.1"), ":" + std::to_string(server_.port()) + "\r\n"})})});
  }

  std::atomic<int> lies_ = 0;
  OddServer server_;
};

TEST(LiarInACluster, ThatRedirectsTheGreetingIsNotUsed) {
  for (const std::string error : {"MOVED 1 127.0.0.1:1", "ASK 1 127.0.0.1:1", "TRYAGAIN", "CLUSTERDOWN"}) {
    TempDir folder;
    const FalseOwner liar(error);
    Worker worker(folder, {"--redis", "redis+cluster://" + liar.place(), "--redis-password-file", "", "--threads", "1"});
    wait_for_reason(worker, liar.place() + ", of the Redis Cluster: Redis refuses the connection: " + error);
    EXPECT_EQ(HttpPeer(worker.internal_socket()).ask(minting_request("alice")).status, 503);
  }
}

TEST(OddServerOfACluster, IsNotBelievedAndWhatItSaidIsSaid) {
  expect_reasons("redis+cluster://", "", "no server of the Redis Cluster says who owns which slot", {
      {"-ERR odd\r\n", "it answers: ERR odd"},
      {bulk("odd") + "*0\r\n", "it answers: odd"},
      {kEarlyEpoch + "-ERR odd\r\n", "it answers: ERR odd"},
      {kEarlyEpoch + ":1\r\n", "its CLUSTER SLOTS has no known form"},
      {kEarlyEpoch + "*1\r\n*1\r\n:0\r\n", "its CLUSTER SLOTS has no known form"},
      {"HTTP/1.1 400 Bad Request\r\n", "it is no Redis: "},
      {"", "it has closed the connection"},
  });
}

TEST_F(InCluster, AServerThatHasNotHeardOfAllThatTheOthersHaveIsNotBelieved) {
  const FalseOwner behind("CLUSTERDOWN");
  std::vector<std::string> words = options({"--threads", "1"});
  words[1] = "redis+cluster://" + cluster[0].place() + "," + behind.place();
  worker = std::make_unique<Worker>(folder, words);
  wait_until_ready(*worker);
  // Whoever is redirected asks another server for the map.
  const Signed alice = mint("alice");
  const auto& [slot, from, to] = move_of(alice);
  cluster.migrate_slot(slot, from, to);
  const int before = behind.lies();
  EXPECT_EQ(list(alice).status, 200);
  worker->process().wait_until([&] { return behind.lies() > before; }, "a question for the map");
  for (int i = 0; i < 20; ++i) ASSERT_EQ(list(mint("user" + std::to_string(i))).status, 200);
}

TEST_F(InCluster, AWorkerThatStartsBeforeTheClusterServesWhenItIsThere) {
  for (const auto& node : cluster.nodes()) node->redis.pause();
  worker = std::make_unique<Worker>(folder, options({"--store-timeout", "0.5", "--threads", "1"}));
  const std::string words = "no server of the Redis Cluster says who owns which slot";
  wait_for_reason(*worker, words);
  EXPECT_TRUE(worker->says(words));
  EXPECT_EQ(worker->log().find("says again"), std::string::npos);
  for (const auto& node : cluster.nodes()) node->redis.resume();
  cluster.wait_until_well();
  wait_until_ready(*worker);
  EXPECT_EQ(list(mint("alice")).status, 200);
  EXPECT_TRUE(worker->says("the Redis Cluster says again who owns which slot"));
}

}  // namespace
}  // namespace sessiond::test
