#pragma once

#include "base/fd.h"
#include "base/result.h"
#include "options/options.h"

namespace sessiond {

/// The listening sockets, one a realm.
struct Listeners {
  Fd internet;  // the public realm
  Fd check;
  Fd internal;
};

/// Takes the sockets that systemd passed under the names `public`, `check` and `internal`
/// (sd_listen_fds(3)), and opens the others itself, where these options say. A socket file that nobody listens on is
/// replaced; one where somebody does is an error, and so is a port that is in use.
[[nodiscard]] Result<Listeners> open_listeners(const Options& options);

}  // namespace sessiond
