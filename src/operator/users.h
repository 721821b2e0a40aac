#pragma once

#include <string>

#include "operator/meant.h"

namespace sessiond {

/// The subcommands on the user of a request, who need not be signed in, nor known.

/// The user's id, for people.
[[nodiscard]] std::string quoted_user(const OperatorRequest& request);

/// Ends the user's sessions and lets none be minted, and says how many ended.
[[nodiscard]] Task<Said> disable(Sessions& sessions, const OperatorRequest& request);

/// Lets the user's sessions be minted again.
[[nodiscard]] Task<Said> enable(Sessions& sessions, const OperatorRequest& request);

/// Says why the user has no session.
[[nodiscard]] Task<Said> say_why_none(Sessions& sessions, const OperatorRequest& request);

}  // namespace sessiond
