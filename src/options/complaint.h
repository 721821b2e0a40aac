#pragma once

#include "base/result.h"

namespace sessiond {

/// Says what went wrong, once: for people a line on standard error; for programs the HTTP interface's
/// `{"code": …, "error": …}` on standard output, where they look for JSON. Returns the exit status, 1.
int complain(const Error& error, bool json);

}  // namespace sessiond
