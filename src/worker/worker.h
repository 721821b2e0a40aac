#pragma once

#include <functional>
#include <vector>

#include "base/result.h"
#include "options/settings.h"

namespace sessiond {

/// Reads the settings that hold now, for SIGHUP.
using ReadSettings = std::function<Result<std::vector<Setting>>()>;

/// The long-running service: opens the sockets, runs one Loop a thread, and tells systemd how it
/// stands (sd_notify(3)). SIGHUP reads the settings again and applies what needs no restart.
/// Returns after SIGTERM or SIGINT, when what was in flight is answered. Fails when it cannot
/// start.
[[nodiscard]] Result<Done> run_worker(const Options& options, std::vector<Setting> settings, const ReadSettings& read);

}  // namespace sessiond
