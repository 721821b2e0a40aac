#pragma once

#include "base/result.h"
#include "options/options.h"

namespace sessiond {

/// Whether a CGI server started this program (RFC 3875), for one request.
[[nodiscard]] bool started_as_cgi();

/// Answers the one request that the environment and standard input hold, on standard output. Routes and answers are
/// those of the long-running worker. The option `cgi-realm` says its realm, for a CGI program has no socket that tells.
/// Fails when the request cannot be read or the answer cannot be written.
[[nodiscard]] Result<Done> run_cgi(const Options& options);

}  // namespace sessiond
