#pragma once

#include <string>

#include "integration/fastcgi_client.h"
#include "integration/response.h"
#include "integration/worker.h"

namespace sessiond::test {

/// What the worker answers at /readyz, on its public socket.
[[nodiscard]] Response ready(const Worker& worker);

/// The same over this connection.
[[nodiscard]] Response ready(FastCgiClient& peer);

/// Waits until /readyz is well.
void wait_until_ready(Worker& worker);

/// Waits until /readyz fails for a reason that holds `words`.
void wait_for_reason(Worker& worker, const std::string& words);

}  // namespace sessiond::test
