#pragma once

#include "base/task.h"
#include "options/command_line.h"
#include "options/options.h"
#include "redis/redis.h"

namespace sessiond {

/// Examines the Redis behind `redis` and prints what it finds: its version, mode and clock, and
/// every setting that loses or bloats sessions. When asked for keys, walks through all sessions and indexes
/// and compares index, hashes and lifetimes, and says what other sessions are there: of another
/// key-prefix, or of dev logins where `options` have none. 0 when all is well, 1 when not.
[[nodiscard]] Task<int> examine(Redis& redis, const Options& options, const OperatorRequest& request);

}  // namespace sessiond
