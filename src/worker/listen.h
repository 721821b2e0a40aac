#pragma once

#include <string>

#include "base/fd.h"
#include "base/result.h"

namespace sessiond {

/// The listening sockets, one a realm.
struct Listeners {
  Fd internet;  // the public realm
  Fd internal;
};

/// Takes the sockets that systemd passed under the names `public` and `internal` (sd_listen_fds(3)),
/// and opens the others itself: Unix sockets at these paths, mode 0660. A socket file that nobody
/// listens on is replaced; one where somebody does is an error.
[[nodiscard]] Result<Listeners> open_listeners(const std::string& public_path, const std::string& internal_path);

}  // namespace sessiond
