#pragma once

#include <string>
#include <vector>

#include "events/entry.h"
#include "redis/redis.h"
#include "redis/round.h"

namespace sessiond::events {

/// Asks for the next piece of a stream behind this entry.
void send_range(Round& round, const std::string& key, const EntryId& behind);

/// The entries in the reply to that. kUnavailable when Redis refuses, or something else is there.
[[nodiscard]] Result<std::vector<Entry>> read_entries(Redis& redis, const Reply& reply);

/// The time in the reply to TIME. Fails likewise.
[[nodiscard]] Result<Millis> read_time(Redis& redis, const Reply& reply);

}  // namespace sessiond::events
