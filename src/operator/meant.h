#pragma once

#include <string>

#include "base/result.h"
#include "base/task.h"
#include "options/command_line.h"
#include "store/sessions.h"

namespace sessiond {

/// What goes to standard output.
using Said = Result<std::string>;

/// The subcommands on the sessions that a request means: those of its user or, with `everybody`, of all users, as far
/// as the filter of `walking` fits them.

/// Lists them. Sessions of all users are written to standard output as they are found, and the result is only the rest.
/// When it is an error, the JSON that has been written is not closed.
[[nodiscard]] Task<Said> list(Sessions& sessions, const OperatorRequest& request, const Walking& walking);

/// How many they are. A session that is damaged is not counted.
[[nodiscard]] Task<Result<long long>> count_meant(Sessions& sessions, const OperatorRequest& request,
                                                  const Walking& walking);

/// Ends them, or with `dry_run` counts them, and says how many.
[[nodiscard]] Task<Said> revoke(Sessions& sessions, const OperatorRequest& request, const Walking& walking);

/// Says that the request's user has no session, for people.
[[nodiscard]] std::string nobody(const OperatorRequest& request);

/// How many sessions have ended, as the subcommands that end some say it.
[[nodiscard]] std::string report_revoked(long long count, bool json);

}  // namespace sessiond
