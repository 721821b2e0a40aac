#pragma once

#include <string>
#include <string_view>

#include "store/endings.h"
#include "store/minting.h"
#include "trail/event.h"

namespace sessiond {

/// Who runs this command, for the audit trail: the account that called sudo(8), else the process's own, `root` or
/// `uid 1001` where it has no name.
[[nodiscard]] std::string acting_account();

/// Notes in the audit trail what a command has done for an operator. `user_id` may be empty.
void note_done(What what, std::string_view user_id, std::string_view text);

/// Notes a session that a command has minted.
void note_minted(const Minted& minted);

/// Notes a session that a command has ended, and why.
void note_ended(std::string_view user_id, const Ended& session, std::string_view why = reason::kOperator);

}  // namespace sessiond
