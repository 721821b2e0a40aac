#include "operator/users.h"

#include "base/utf8.h"
#include "operator/trail.h"

namespace sessiond {

std::string quoted_user(const OperatorRequest& request) {
  return std::string("`").append(presentable(request.user, kMaxUserId)) + "`";
}

Task<Said> disable(Sessions& sessions, const OperatorRequest& request) {
  const TakeEnded ended = [&request](const Ended& session) { note_ended(request.user, session, reason::kDisabled); };
  const Cause cause = by_account(request.user, reason::kDisabled);
  const Result<long long> revoked = co_await sessions.disable(ref_of(request.user), cause, ended);
  if (!revoked) co_return revoked.error();
  note_done(What::kUserDisabled, request.user, "disabled a user");
  const std::string done = report_revoked(*revoked, request.json);
  co_return request.json ? done : "disabled the user " + quoted_user(request) + ": " + done;
}

Task<Said> enable(Sessions& sessions, const OperatorRequest& request) {
  const Result<Done> done = co_await sessions.enable(ref_of(request.user), by_account(request.user, {}));
  if (!done) co_return done.error();
  note_done(What::kUserEnabled, request.user, "enabled a user");
  co_return request.json ? std::string("{}\n") : "enabled the user " + quoted_user(request) + "\n";
}

Task<Said> say_why_none(Sessions& sessions, const OperatorRequest& request) {
  const Result<Bar> bar = co_await sessions.bar(ref_of(request.user));
  if (!bar) co_return bar.error();
  if (bar->disabled) co_return "the user " + quoted_user(request) + " is disabled\n";
  co_return nobody(request) + "\n";
}

}  // namespace sessiond
