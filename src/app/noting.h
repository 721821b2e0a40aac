#pragma once

#include <string_view>

#include "app/call.h"
#include "store/cause.h"
#include "store/endings.h"
#include "trail/event.h"

namespace sessiond {

/// Notes in the audit trail, and counts for GET /metrics, what a request did, with what it tells of itself, unless the
/// event says so: address, User-Agent, its id and, in the internal realm, who it says that acts.
void note(const Call& call, Event event, std::string_view text);

/// Why a request changes something, for the stream of events: who the internal realm says that acts, and to whom.
[[nodiscard]] Cause cause_of(const Call& call, std::string_view reason = {}, std::string_view user_id = {});

/// An event of the caller's own doing.
[[nodiscard]] Event done_by(const Caller& caller, What what, std::string_view reason = {});

/// Notes the sessions that their own user's caller has ended, each with `text` before its id.
void note_own(const Call& call, const Endings& endings, std::string_view reason, std::string_view text);

/// Notes a session that has ended before its time. `event` says why, whose it was and by whom.
void note_ended(const Call& call, const Event& event, const Ended& session);

/// Notes a session that began, and those that ended for it.
void note_minted(const Call& call, const Minted& minted, Event event, std::string_view text);

/// Notes a token that has a living session's id and another secret, at most once a second a loop.
void note_wrong_secret(const Call& call, const Token& token);

/// Logs what a request did besides, for people: it is no record.
void note_beside(const Call& call, std::string_view text);

}  // namespace sessiond
