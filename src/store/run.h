#pragma once

#include <span>
#include <string_view>

#include "base/result.h"
#include "base/task.h"
#include "redis/round.h"
#include "store/scripts.h"

namespace sessiond {

/// Runs a script by its SHA-1 and, when Redis says that it does not know it and so did not run it, by its
/// text. What was sent in this round before goes along. Fails with kUnavailable when the connection is
/// lost; what the script answered, or the error with which Redis refused it, is the round's last reply.
[[nodiscard]] Task<Result<Done>> run_script(Round& round, const Script& script, std::span<const std::string_view> keys,
                                            std::span<const std::string_view> arguments);

}  // namespace sessiond
