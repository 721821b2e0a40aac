#pragma once

#include <string_view>

#include "app/call.h"
#include "store/cause.h"
#include "store/endings.h"
#include "trail/event.h"

namespace sessiond {

/// Notes in the audit trail what a request did, and counts it for GET /metrics. The event's address, User-Agent,
/// request id and, in the internal realm, actor come from the request, unless the event has them.
void note(const Call& call, Event event, std::string_view text);

/// The cause of a request's change, for the stream of events. The actor is who the request says that it acts for, in
/// the internal realm; `user_id` is whose sessions it changes.
[[nodiscard]] Cause cause_of(const Call& call, std::string_view reason = {}, std::string_view user_id = {});

/// An event of the caller's own doing.
[[nodiscard]] Event done_by(const Caller& caller, What what, std::string_view reason = {});

/// Notes the sessions of their own user that the caller has ended, each with `text` before its id.
void note_own(const Call& call, const Endings& endings, std::string_view reason, std::string_view text);

/// Notes a session that has ended before its time. `event` says why, whose it was and by whom.
void note_ended(const Call& call, const Event& event, const Ended& session);

/// Notes a session that began, and those that ended for it.
void note_minted(const Call& call, const Minted& minted, Event event, std::string_view text);

/// Notes a token that has a living session's id and another secret, at most once a second a loop.
void note_wrong_secret(const Call& call, const Token& token);

/// Logs, for people, what else a request did: no record of the audit trail.
void note_beside(const Call& call, std::string_view text);

}  // namespace sessiond
