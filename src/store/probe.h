#pragma once

#include <string>

#include "base/result.h"
#include "base/task.h"
#include "redis/redis.h"
#include "redis/round.h"
#include "session/keys.h"

namespace sessiond {

/// The keys of somebody who cannot be, at the server that owns the slot `primary`.
[[nodiscard]] UserKeys keys_of_nobody(const Redis& redis, Slot primary, const Keyspace& keyspace);

/// Asks Redis whether it would make the changes that sessions need now, without making any: one that is
/// short of replicas, memory or disk refuses, and so does one whose account lacks a right or, where events are kept, in
/// which something else stands in the place of their stream. Its refusal, in its own words, fit to be shown; empty when
/// it would. `round` is for `primary`, a slot of the server that is asked. What was sent in it before goes along. Fails
/// with kUnavailable when the connection is lost.
[[nodiscard]] Task<Result<std::string>> probe(const Redis& redis, Round& round, Slot primary, const Keyspace& keyspace,
                                              bool keeps_events);

}  // namespace sessiond
