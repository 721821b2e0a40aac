#pragma once

#include <memory>
#include <string>
#include <vector>

#include "integration/redis_server.h"
#include "integration/socket.h"
#include "integration/temp_dir.h"

namespace sessiond::test {

inline constexpr int kSlots = 16384;

/// A Redis Cluster on 127.0.0.1: three primaries, which share the slots evenly, and perhaps a replica of each. A node
/// that is gone counts as failed after half a second.
class RedisCluster {
 public:
  struct Node {
    Node(bool tls, const std::vector<std::string>& settings);
    [[nodiscard]] RedisClient client() const { return redis.client(); }
    /// Host and port.
    [[nodiscard]] std::string place() const { return "127.0.0.1:" + std::to_string(port); }

    int port = free_port();
    int bus_port = free_port();
    TempDir folder;
    RedisServer redis;  // crash() and restart(), pause() and resume() are for tests
    std::string id;
  };

  struct Setup {
    bool replicas = false;              // one of each primary: nodes 3, 4 and 5, of 0, 1 and 2
    std::vector<std::string> settings;  // further words of each node's command line
    bool tls = false;                   // on every port and between the nodes; `settings` names the certificates
  };

  /// Starts it, and returns when every node says that all is well and each replica has what its primary has.
  RedisCluster() : RedisCluster(Setup{}) {}
  explicit RedisCluster(const Setup& setup);

  /// All nodes, the first primaries first, whatever they are now.
  [[nodiscard]] std::vector<std::unique_ptr<Node>>& nodes() { return nodes_; }
  [[nodiscard]] Node& operator[](std::size_t number) { return *nodes_.at(number); }

  /// What a worker takes for --redis: it names the first primaries.
  [[nodiscard]] std::string address() const;
  /// The words that tell a worker where the cluster is and which account it has there.
  [[nodiscard]] std::vector<std::string> worker_options() const;

  /// The slot of a key.
  [[nodiscard]] int slot_of(const std::string& key);
  /// The node that owns a slot, as the first node that runs sees it.
  [[nodiscard]] Node& owner(int slot);
  [[nodiscard]] Node& owner(const std::string& key) { return owner(slot_of(key)); }
  /// All keys of all primaries that match.
  [[nodiscard]] std::vector<std::string> keys(const std::string& pattern = "*");

  /// Makes a replica the primary, with its primary's consent (CLUSTER FAILOVER), and returns when all know.
  void failover(Node& replica);

  /// Moves a slot step by step, as redis-cli does: between the first step and the last, the old owner answers for a
  /// key that it still has and says ASK for others.
  void begin_migration(int slot, Node& from, Node& to);
  /// Moves at most `most` keys of the slot. How many it moved.
  int migrate_keys(int slot, Node& from, Node& to, int most = 1000);
  /// Returns when all know the new owner.
  void end_migration(int slot, Node& from, Node& to);
  /// All three.
  void migrate_slot(int slot, Node& from, Node& to);
  /// Every slot of a node, one after the other. The node becomes a replica of the other one then, as Redis 7 has it.
  void migrate_all(Node& from, Node& to);

  /// Waits until the others have another owner for all that a node had which crashed or was paused, and are well.
  void wait_until_replaced(const Node& gone);
  /// Waits until all nodes that run say that the cluster is well, agree on who owns what, and each replica among
  /// them has its primary.
  void wait_until_well();

 private:
  [[nodiscard]] Node& running();
  [[nodiscard]] Node& node(const std::string& id);
  void introduce();

  bool tls_;
  std::vector<std::unique_ptr<Node>> nodes_;
};

}  // namespace sessiond::test
