#include "integration/redis_cluster.h"

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>
#include <utility>

namespace sessiond::test {
namespace {

constexpr std::size_t kPrimaries = 3;

std::vector<std::string> words_of(const RedisCluster::Node& node, bool tls, const std::vector<std::string>& settings) {
  // The first are further rights of the account, whose settings stand before these.
  std::vector<std::string> words = {"+cluster|slots", "+cluster|info", "+asking", "+publish", "+subscribe", "+ping", "&sessiond:events", tls ? "--tls-port" : "--port",   std::to_string(node.port), "--bind",         "127.0.0.1",
                                    "--cluster-enabled",             "yes",                     "--cluster-port", std::to_string(node.bus_port),
                                    "--cluster-node-timeout",        "500",                     "--repl-diskless-sync-delay", "0",
                                    "--shutdown-timeout",            "0"};
  if (tls) words.insert(words.end(), {"--tls-cluster", "yes", "--tls-replication", "yes"});
  words.insert(words.end(), settings.begin(), settings.end());
  return words;
}

// Throws what Redis says against it.
RedisAnswer tell(RedisClient& client, const std::vector<std::string>& words) {
  RedisAnswer answer = client(words);
  if (answer.error) throw std::runtime_error(words[0] + " " + words[1] + ": " + answer.text);
  return answer;
}

RedisAnswer tell(const RedisCluster::Node& node, const std::vector<std::string>& words) {
  RedisClient client = node.client();
  return tell(client, words);
}

// The first and the last slot of each range and its owner, as a node sees it.
std::map<std::pair<long long, long long>, std::string> map_of(const RedisCluster::Node& node) {
  std::map<std::pair<long long, long long>, std::string> owners;
  for (const RedisAnswer& range : tell(node, {"CLUSTER", "SLOTS"}).elements) {
    owners[{range.elements[0].integer, range.elements[1].integer}] = range.elements[2].elements[2].text;
  }
  return owners;
}

bool says(const RedisCluster::Node& node, const std::vector<std::string>& words, const std::string& what) {
  return tell(node, words).text.find(what) != std::string::npos;
}

// Nodes that run. Redis lets none take part before its third second, so those of the next cluster are started with these.
// A cluster with replicas needs that time for them.
std::vector<std::unique_ptr<RedisCluster::Node>> running_nodes(const RedisCluster::Setup& setup) {
  static std::vector<std::unique_ptr<RedisCluster::Node>> of_the_next;
  const bool plain = !setup.replicas && !setup.tls && setup.settings.empty();
  const auto start = [&](std::size_t count) {
    std::vector<std::unique_ptr<RedisCluster::Node>> nodes;
    while (nodes.size() < count) nodes.push_back(std::make_unique<RedisCluster::Node>(setup.tls, setup.settings));
    return nodes;
  };
  if (!plain) return start(kPrimaries * (setup.replicas ? 2 : 1));
  if (of_the_next.empty()) of_the_next = start(kPrimaries);
  return std::exchange(of_the_next, start(kPrimaries));
}

}  // namespace

RedisCluster::Node::Node(bool tls, const std::vector<std::string>& settings) : redis(folder, words_of(*this, tls, settings)) { redis.start(); }

RedisCluster::RedisCluster(const Setup& setup) : tls_(setup.tls), nodes_(running_nodes(setup)) {
  for (const auto& node : nodes_) node->id = tell(*node, {"CLUSTER", "MYID"}).text;
  introduce();
  for (std::size_t i = kPrimaries; i < nodes_.size(); ++i) tell(*nodes_[i], {"CLUSTER", "REPLICATE", nodes_[i - kPrimaries]->id});
  wait_until_well();
}

void RedisCluster::introduce() {
  constexpr std::size_t kEach = kSlots / kPrimaries + 1;
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    tell(*nodes_[i], {"CLUSTER", "SET-CONFIG-EPOCH", std::to_string(i + 1)});
    tell(*nodes_[0], {"CLUSTER", "MEET", "127.0.0.1", std::to_string(nodes_[i]->port), std::to_string(nodes_[i]->bus_port)});
    if (i >= kPrimaries) continue;
    const std::size_t last = std::min<std::size_t>((i + 1) * kEach, kSlots) - 1;
    tell(*nodes_[i], {"CLUSTER", "ADDSLOTSRANGE", std::to_string(i * kEach), std::to_string(last)});
  }
  wait_for("nodes that know each other", [this] {
    return std::ranges::all_of(nodes_, [this](const auto& node) {
      const std::string known = tell(*node, {"CLUSTER", "NODES"}).text;
      return std::ranges::all_of(nodes_, [&](const auto& other) { return known.find(other->id) != std::string::npos; });
    });
  });
}

void RedisCluster::wait_until_well() {
  wait_for("a cluster that is well", [this] {
    const auto map = map_of(running());
    return std::ranges::all_of(nodes_, [&](const auto& node) {
      if (!node->redis.serves()) return true;
      return says(*node, {"CLUSTER", "INFO"}, "cluster_state:ok") && map_of(*node) == map &&
             (says(*node, {"INFO", "replication"}, "role:master") || says(*node, {"INFO", "replication"}, "master_link_status:up"));
    });
  });
}

void RedisCluster::wait_until_replaced(const Node& gone) {
  wait_for("another owner", [&] {
    return std::ranges::none_of(map_of(running()), [&](const auto& range) { return range.second == gone.id; });
  });
  wait_until_well();
}

std::string RedisCluster::address() const {
  std::string list;
  for (std::size_t i = 0; i < kPrimaries; ++i) list += (list.empty() ? "" : ",") + nodes_[i]->place();
  return (tls_ ? "rediss+cluster://" : "redis+cluster://") + list;
}

std::vector<std::string> RedisCluster::worker_options() const {
  return {"--redis", address(), "--redis-user", kAccount, "--redis-password-file", account_password_file(nodes_[0]->folder)};
}

RedisCluster::Node& RedisCluster::running() {
  const auto found = std::ranges::find_if(nodes_, [](const auto& node) { return node->redis.serves(); });
  if (found == nodes_.end()) throw std::runtime_error("no node of the cluster runs");
  return **found;
}

RedisCluster::Node& RedisCluster::node(const std::string& id) {
  const auto found = std::ranges::find_if(nodes_, [&](const auto& node) { return node->id == id; });
  if (found == nodes_.end()) throw std::runtime_error("no node of the cluster is called " + id);
  return **found;
}

int RedisCluster::slot_of(const std::string& key) { return static_cast<int>(tell(running(), {"CLUSTER", "KEYSLOT", key}).integer); }

RedisCluster::Node& RedisCluster::owner(int slot) {
  for (const auto& [range, id] : map_of(running())) {
    if (range.first <= slot && slot <= range.second) return node(id);
  }
  throw std::runtime_error("nobody owns slot " + std::to_string(slot));
}

std::vector<std::string> RedisCluster::keys(const std::string& pattern) {
  std::set<std::string> owners;
  for (const auto& [range, id] : map_of(running())) owners.insert(id);
  std::vector<std::string> all;
  for (const std::string& id : owners) {
    const std::vector<std::string> some = node(id).client().keys(pattern);
    all.insert(all.end(), some.begin(), some.end());
  }
  std::ranges::sort(all);
  return all;
}

void RedisCluster::failover(Node& replica) {
  tell(replica, {"CLUSTER", "FAILOVER"});
  wait_for("a failover", [&] { return says(replica, {"INFO", "replication"}, "role:master"); });
  wait_until_well();
}

void RedisCluster::begin_migration(int slot, Node& from, Node& to) {
  tell(to, {"CLUSTER", "SETSLOT", std::to_string(slot), "IMPORTING", from.id});
  tell(from, {"CLUSTER", "SETSLOT", std::to_string(slot), "MIGRATING", to.id});
}

int RedisCluster::migrate_keys(int slot, Node& from, Node& to, int most) {
  const std::vector<RedisAnswer> keys = tell(from, {"CLUSTER", "GETKEYSINSLOT", std::to_string(slot), std::to_string(most)}).elements;
  if (keys.empty()) return 0;
  std::vector<std::string> words = {"MIGRATE", "127.0.0.1", std::to_string(to.port), "", "0", "10000", "KEYS"};
  for (const RedisAnswer& key : keys) words.push_back(key.text);
  tell(from, words);
  return static_cast<int>(keys.size());
}

// The new owner first: whoever learns it is sent to one that knows.
void RedisCluster::end_migration(int slot, Node& from, Node& to) {
  const std::vector<std::string> words = {"CLUSTER", "SETSLOT", std::to_string(slot), "NODE", to.id};
  tell(to, words);
  tell(from, words);
  for (const auto& node : nodes_) {
    if (node->redis.serves() && says(*node, {"INFO", "replication"}, "role:master")) tell(*node, words);
  }
  wait_until_well();
}

void RedisCluster::migrate_slot(int slot, Node& from, Node& to) {
  begin_migration(slot, from, to);
  while (migrate_keys(slot, from, to) > 0) {
  }
  end_migration(slot, from, to);
}

void RedisCluster::migrate_all(Node& from, Node& to) {
  RedisClient old_owner = from.client();
  RedisClient new_owner = to.client();
  for (const auto& [range, id] : map_of(from)) {
    for (long long slot = range.first; id == from.id && slot <= range.second; ++slot) {
      const std::string number = std::to_string(slot);
      tell(new_owner, {"CLUSTER", "SETSLOT", number, "IMPORTING", from.id});
      tell(old_owner, {"CLUSTER", "SETSLOT", number, "MIGRATING", to.id});
      while (migrate_keys(static_cast<int>(slot), from, to) > 0) {
      }
      tell(new_owner, {"CLUSTER", "SETSLOT", number, "NODE", to.id});
      // Without its last slot it may be a replica already, and then knows.
      old_owner({"CLUSTER", "SETSLOT", number, "NODE", to.id});
    }
  }
  wait_until_well();
}

}  // namespace sessiond::test
