#pragma once

#include <string_view>

#include "store/cause.h"
#include "store/endings.h"
#include "store/minting.h"
#include "trail/event.h"

namespace sessiond {

/// The cause of a command's change, for the stream of events. The actor is the account that called sudo(8), else the
/// process's own. `user_id` outlives the result.
[[nodiscard]] Cause by_account(std::string_view user_id, std::string_view why = reason::kOperator);

/// Notes in the audit trail what a command has done, with the same actor.
void note_done(What what, std::string_view user_id, std::string_view text);

/// Notes a session that a command has minted.
void note_minted(const Minted& minted);

/// Notes a session that a command has ended, and why.
void note_ended(std::string_view user_id, const Ended& session, std::string_view why = reason::kOperator);

}  // namespace sessiond
