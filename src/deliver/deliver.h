#pragma once

#include "base/result.h"
#include "options/options.h"

namespace sessiond::deliver {

/// Posts each event to the option `webhook-url`, in their order, until SIGTERM or SIGINT: `sessiond deliver`, a program
/// of its own, so that no worker ever makes a connection to the outside. One that is not taken, with a status from 200
/// to 299, is posted again, later from time to time, and put aside when it is older than half of `events-kept`. How far
/// it has come is kept in Redis, so that another goes on there. It delivers each at least once. Fails at start when the
/// options make no sense.
[[nodiscard]] Result<Done> run_deliver(const Options& options);

}  // namespace sessiond::deliver
