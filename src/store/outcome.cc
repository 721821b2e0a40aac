#include "store/outcome.h"

namespace sessiond {

Result<Done> outcome_of(long long status) {
  // The caller's own session may have ended since it was confirmed.
  if (status < 0) return invalid_token();
  if (status == 0) return Error{Failure::kNotFound, "no such session"};
  return Done{};
}

}  // namespace sessiond
