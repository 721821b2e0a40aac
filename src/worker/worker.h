#pragma once

#include "base/result.h"
#include "options/options.h"

namespace sessiond {

/// The long-running service: opens the sockets, runs one Loop a thread, and tells systemd how it
/// stands (sd_notify(3)). Returns after SIGTERM or SIGINT, when what was in flight is answered.
/// Fails when it cannot start.
[[nodiscard]] Result<Done> run_worker(const Options& options);

}  // namespace sessiond
