#pragma once

#include <span>
#include <string>
#include <string_view>

#include "session/session.h"
#include "store/sessions.h"

namespace sessiond {

/// `{"id", "token", "expires_at"}`: the only text that a token is ever put into.
[[nodiscard]] std::string render_minted(const Minted& minted);

/// A User made here and now, where no login service hands one over.
[[nodiscard]] std::string render_new_user(std::string_view id, std::string_view username);

/// `{"revoked": n}`.
[[nodiscard]] std::string render_revoked(long long count);

/// The array of SessionSummary of the contract, in the order given. `current` is the caller's
/// own session, if there is a caller. Nothing in it signs in.
[[nodiscard]] std::string render_sessions(std::span<const Session> sessions, const Uuid& current);

}  // namespace sessiond
