#pragma once

#include <string_view>

#include "store/cause.h"
#include "store/endings.h"
#include "store/minting.h"
#include "trail/event.h"

namespace sessiond {

/// Why a command changes something, for the stream of events. It acts for the account that called sudo(8), else for the
/// process's own. `user_id` outlives the result.
[[nodiscard]] Cause by_account(std::string_view user_id, std::string_view why = reason::kOperator);

/// Notes in the audit trail what a command has done for an operator, likewise.
void note_done(What what, std::string_view user_id, std::string_view text);

/// Notes a session that a command has minted.
void note_minted(const Minted& minted);

/// Notes a session that a command has ended, and why.
void note_ended(std::string_view user_id, const Ended& session, std::string_view why = reason::kOperator);

}  // namespace sessiond
