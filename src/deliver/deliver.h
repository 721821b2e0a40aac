#pragma once

#include "base/result.h"
#include "options/options.h"

namespace sessiond::deliver {

/// Posts the events to the option `webhook-url`, in order, until SIGTERM or SIGINT. `sessiond deliver` is a program of
/// its own, so that no worker ever connects to the outside. An event that is not answered with a status from 200 to 299
/// is posted again, with longer and longer pauses, and put aside when it is older than half of `events-kept`. Redis
/// keeps how far it has come, so that another `sessiond deliver` can go on. Each event is delivered at least once.
/// Fails at start when the options make no sense.
[[nodiscard]] Result<Done> run_deliver(const Options& options);

}  // namespace sessiond::deliver
