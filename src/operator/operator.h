#pragma once

#include "options/command_line.h"

namespace sessiond {

/// Does what the request asks, straight in Redis, and writes the outcome to standard output and what went wrong to
/// standard error. The exit status: 0 when it is done and, for kDoctor, all is well; otherwise 1.
[[nodiscard]] int run_operator(const Options& options, const OperatorRequest& request);

}  // namespace sessiond
