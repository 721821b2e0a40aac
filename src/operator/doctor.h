#pragma once

#include "base/task.h"
#include "store/redis.h"

namespace sessiond {

/// Examines the Redis behind `redis` and prints what it finds: its version, mode and clock, and
/// every setting that loses or bloats sessions. With `keys`, walks through all of sessiond's keys
/// and compares index, hashes and lifetimes. 0 when all is well, 1 when not.
[[nodiscard]] Task<int> examine(Redis& redis, bool keys, bool json);

}  // namespace sessiond
