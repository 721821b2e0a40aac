#pragma once

#include <span>
#include <string>

#include "session/session.h"

namespace sessiond {

/// `{"revoked": n}`.
[[nodiscard]] std::string render_revoked(long long count);

/// The array of SessionSummary of the contract, in the order given. `current` is the caller's
/// own session, if there is a caller. Nothing in it signs in.
[[nodiscard]] std::string render_sessions(std::span<const Session> sessions, const Uuid& current);

}  // namespace sessiond
