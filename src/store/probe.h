#pragma once

#include <string>

#include "base/result.h"
#include "base/task.h"
#include "session/keys.h"
#include "store/redis.h"

namespace sessiond {

/// Asks Redis whether it would make the changes that sessions need now, without making any: one that is
/// short of replicas, memory or disk refuses, and so does one whose account lacks a right. Its refusal, in
/// its own words, fit to be shown; empty when it would. What was sent in this round before goes along.
/// Fails with kUnavailable when the connection is lost.
[[nodiscard]] Task<Result<std::string>> probe(Round& round, const Keyspace& keyspace);

}  // namespace sessiond
