#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "store/redis.h"

namespace sessiond {

/// What a walk through sessiond's keys has found. Only the first few faults are described.
struct Audit {
  std::uint64_t sessions = 0;  // session hashes
  std::uint64_t users = 0;     // indexes
  std::uint64_t faults = 0;
  std::vector<std::string> descriptions;
};

/// Walks through every key and compares: each session's hash is in its user's index
/// and expires at its `expires_at`; each member of an index has its hash. Sessions that are
/// minted, revoked or expire meanwhile can show as faults: a quiet Redis gives a clear answer.
[[nodiscard]] Task<Result<Audit>> audit(Redis& redis);

}  // namespace sessiond
