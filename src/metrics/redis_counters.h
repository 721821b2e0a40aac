#pragma once

#include <array>
#include <string_view>

#include "metrics/counter.h"
#include "metrics/histogram.h"

namespace sessiond::metrics {

/// What goes wrong with Redis. Up to kUnconfirmed the connection finds it out; the others are errors that Redis replies
/// with.
enum class RedisError {
  kUnreachable,  // no server could be connected to, or no sentinel names one
  kRefused,      // a server that cannot be used: by its answer to AUTH, SELECT or INFO
  kRole,         // one that is no primary, or not any more
  kReplaced,     // the sentinels call another one the primary
  kClosed,       // it ended the connection
  kTimeout,      // it did not answer in time
  kProtocol,     // it sent something that is no reply, or that nobody asked for
  kUnconfirmed,  // a change is done, but its replicas or its disk did not say so in time
  kMemory,       // OOM
  kDisk,         // MISCONF
  kReplicas,     // NOREPLICAS
  kPermission,   // NOPERM, NOAUTH
  kRedirected,   // MOVED, ASK and the like: a cluster's slots move
  kOther,
};
inline constexpr std::array<std::string_view, 14> kRedisErrors = {
    "unreachable", "refused", "role", "replaced", "closed",     "timeout",    "protocol",
    "unconfirmed", "memory",  "disk", "replicas", "permission", "redirected", "other"};

/// The kind of an error that Redis replied with, by its first word.
[[nodiscard]] RedisError kind_of_reply(std::string_view error);

/// How far a connection has come.
enum class Connection { kClosed, kConnecting, kGreeting, kPrimary };
inline constexpr std::array<std::string_view, 4> kConnections = {"closed", "connecting", "greeting", "primary"};

/// What one loop counts of its connections to Redis.
struct RedisCounters {
  Histogram reads;    // how long Rounds (redis/round.h) of reads take
  Histogram changes;  // likewise of changes
  Counter reconnects;
  Per<Counter, RedisError, kRedisErrors.size()> errors;
  Per<Gauge, Connection, kConnections.size()> connections;
  Gauge unowned_slots;  // of a Redis Cluster

  /// Whether all that is stored can be reached: each connection is to a primary.
  [[nodiscard]] bool up() const;
};

}  // namespace sessiond::metrics
