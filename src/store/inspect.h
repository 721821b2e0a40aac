#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/task.h"
#include "redis/redis.h"
#include "session/keys.h"

namespace sessiond {

/// What a Redis says of itself. A setting that it does not tell (the account may not read the
/// configuration) is absent.
struct ServerFacts {
  std::string name;     // where it is, as one would write it
  std::string product;  // Redis, Valkey
  std::string version;
  std::string mode;                           // standalone, sentinel, cluster
  std::string role;                           // master, slave
  std::optional<std::string> eviction;        // maxmemory-policy
  std::optional<bool> append_only;            // appendonly
  std::optional<std::string> fsync;           // appendfsync
  std::optional<long long> small_hash_value;  // hash-max-listpack-value, bytes
  bool reads_when_down = false;               // cluster-allow-reads-when-down, in a cluster
  std::optional<long long> linked_replicas;   // connected_slaves
  std::optional<long long> least_replicas;    // min-replicas-to-write
  std::string refusal;                        // why it refuses the changes that sessions need; empty when it makes them
  Millis clock = 0;
  Millis clock_ahead_of_host = 0;
};

/// Something about a Redis that loses sessions, or only bloats them.
struct Finding {
  bool serious = false;  // sessions or revocations can be lost, or nothing can be written
  std::string text;
};

/// Asks the server that owns the slot `primary` for the facts, in one trip or two. Changes nothing.
[[nodiscard]] Task<Result<ServerFacts>> inspect(Redis& redis, Slot primary, const Keyspace& keyspace,
                                                bool keeps_events = false);

/// What the text of INFO says. Pure.
[[nodiscard]] ServerFacts facts_in(std::string_view info);

/// What is unfavourable about these facts, when changes are confirmed as `wanted`.
[[nodiscard]] std::vector<Finding> judge(const ServerFacts& facts, const RedisAddress::Confirmation& wanted = {});

}  // namespace sessiond
