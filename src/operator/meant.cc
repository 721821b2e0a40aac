#include "operator/meant.h"

#include <iostream>

#include "app/render.h"
#include "operator/listing.h"
#include "operator/trail.h"
#include "operator/users.h"

namespace sessiond {
namespace {

std::string sessions_text(long long count) { return std::to_string(count) + (count == 1 ? " session" : " sessions"); }

std::string report_counted(long long count, bool json) {
  if (json) return R"({"would_revoke":)" + std::to_string(count) + "}\n";
  return "would revoke " + sessions_text(count) + "\n";
}

// Hands over the sessions that are meant; the user's id is empty where the request has it.
Task<Result<Done>> find(Sessions& sessions, const OperatorRequest& request, const Walking& walking,
                        const std::function<void(const Session&, std::string_view)>& take) {
  const TakeFound take_found = [&](const FoundSession& found) { take(found.session, found.user_id); };
  if (request.everybody) co_return co_await sessions.list_everybody(walking, take_found);
  const TakeSession take_session = [&](const Session& session) { take(session, ""); };
  co_return co_await sessions.list(ref_of(request.user), take_session, walking.filter);
}

Task<Said> revoke_one(Sessions& sessions, const OperatorRequest& request) {
  const Uuid id = parse_uuid(request.session).value();
  const Result<Ended> ended = co_await sessions.revoke(ref_of(request.user), id, by_account(request.user));
  if (!ended) co_return ended.error();
  note_ended(request.user, *ended);
  co_return (request.json ? render_revoked(1) : "revoked " + format_uuid(id)) + "\n";
}

Task<Result<long long>> end(Sessions& sessions, const OperatorRequest& request, const Walking& walking) {
  const TakeEnded ended = [&request](const Ended& session) {
    note_ended(request.everybody ? session.user_id : request.user, session);
  };
  if (request.everybody) {
    Walking and_tell = walking;
    and_tell.ended = ended;
    and_tell.cause = by_account(request.user);
    co_return co_await sessions.revoke_everybody(and_tell);
  }
  const Ending ending{std::nullopt, walking.filter, ended, by_account(request.user)};
  co_return co_await sessions.revoke_all(ref_of(request.user), ending);
}

}  // namespace

std::string nobody(const OperatorRequest& request) {
  return "nobody with the id " + quoted_user(request) + " is signed in";
}

std::string report_revoked(long long count, bool json) {
  return (json ? render_revoked(count) : "revoked " + sessions_text(count)) + "\n";
}

Task<Said> list(Sessions& sessions, const OperatorRequest& request, const Walking& walking) {
  Listing listing(request.json, request.everybody);
  const auto take = [&](const Session& session, std::string_view user_id) {
    listing.add(session, user_id);
    if (request.everybody) std::cout << listing.take();
  };
  // When nobody reads the output any more, nothing more is looked for.
  Walking while_read = walking;
  while_read.stopped = [&walking] { return !std::cout || (walking.stopped && walking.stopped()); };
  const Result<Done> done = co_await find(sessions, request, while_read, take);
  if (!done) co_return done.error();
  if (!listing.empty() || request.json) co_return listing.finish();
  if (request.everybody || !walking.filter.empty()) co_return std::string("no session fits\n");
  co_return co_await say_why_none(sessions, request);
}

Task<Result<long long>> count_meant(Sessions& sessions, const OperatorRequest& request, const Walking& walking) {
  long long count = 0;
  const auto take = [&](const Session& /*session*/, std::string_view /*user_id*/) { ++count; };
  const Result<Done> done = co_await find(sessions, request, walking, take);
  if (!done) co_return done.error();
  co_return count;
}

Task<Said> revoke(Sessions& sessions, const OperatorRequest& request, const Walking& walking) {
  if (!request.session.empty()) co_return co_await revoke_one(sessions, request);
  if (request.dry_run) {
    const Result<long long> count = co_await count_meant(sessions, request, walking);
    if (!count) co_return count.error();
    co_return report_counted(*count, request.json);
  }
  const Result<long long> revoked = co_await end(sessions, request, walking);
  if (!revoked) co_return revoked.error();
  if (request.all && *revoked == 0 && !request.json) co_return nobody(request) + ": revoked 0 sessions\n";
  co_return report_revoked(*revoked, request.json);
}

}  // namespace sessiond
