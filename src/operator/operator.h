#pragma once

#include "options/command_line.h"

namespace sessiond {

/// Does what the request asks, straight in Redis, and writes the outcome to standard output; what went wrong goes
/// where `complain` says it. Asks on standard error before it ends everybody's sessions. The exit status: 0 when it is
/// done, also where there was nothing to do, and, for kDoctor, all is well; otherwise 1.
[[nodiscard]] int run_operator(const Options& options, const OperatorRequest& request);

}  // namespace sessiond
