#pragma once

#include <string>

#include "base/result.h"
#include "base/task.h"
#include "redis/redis.h"
#include "redis/round.h"
#include "session/keys.h"

namespace sessiond {

/// The keys of a user who cannot exist, on the server that owns the slot `primary`.
[[nodiscard]] UserKeys keys_of_nobody(const Redis& redis, Slot primary, const Keyspace& keyspace);

/// Asks Redis whether it would make the changes that sessions need now, without making any. It refuses when it is short
/// of replicas, memory or disk, when its account lacks a right or, where events are kept, when the key of their stream
/// holds something else. The result is the refusal in its own words, fit to be shown; empty when it would make them.
/// `round` is for `primary`, a slot of the server that is asked. Commands that were sent in it before go along. Fails
/// with kUnavailable when the connection is lost.
[[nodiscard]] Task<Result<std::string>> probe(const Redis& redis, Round& round, Slot primary, const Keyspace& keyspace,
                                              bool keeps_events);

}  // namespace sessiond
