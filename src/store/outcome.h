#pragma once

#include "base/result.h"

namespace sessiond {

/// Ways in which changes fail that several files make.
/// `doubt`: what only the counters tell apart.
[[nodiscard]] inline Error invalid_token(Doubt doubt = Doubt::kGone) {
  return {Failure::kInvalidToken, "the token is not valid", doubt};
}
[[nodiscard]] inline Error no_such_grant() {
  return {Failure::kUnauthorized, "this code is not valid, or not any more"};
}

/// What the status of a script on one session of a user means.
[[nodiscard]] Result<Done> outcome_of(long long status);

}  // namespace sessiond
