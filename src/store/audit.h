#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "redis/redis.h"
#include "session/keys.h"

namespace sessiond {

/// What a walk through Redis has found of one deployment's sessions, and beside them. Only the first few
/// faults are described, and only the first few prefixes named.
struct Audit {
  std::uint64_t sessions = 0;  // session hashes
  std::uint64_t users = 0;     // indexes
  std::uint64_t disabled = 0;  // users
  std::uint64_t faults = 0;
  std::uint64_t dev_logins = 0;    // of the sessions, those of users whose id begins with `dev:`
  std::uint64_t others = 0;        // session hashes whose keys have another prefix
  std::set<std::string> prefixes;  // theirs
  std::vector<std::string> descriptions;
};

/// Walks through every key of a session or index and compares those of `keyspace`: each session's hash is in its user's
/// index and expires at its end, by `expires_at` and its idle time; each member of an index has its hash. Sessions that
/// are minted, revoked or expire meanwhile can show as faults, and in a Redis Cluster those that move to another server
/// be missed or counted twice: a quiet Redis gives a clear answer.
[[nodiscard]] Task<Result<Audit>> audit(Redis& redis, const Keyspace& keyspace);

}  // namespace sessiond
