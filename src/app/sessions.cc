#include "app/body.h"
#include "app/handlers.h"
#include "app/noting.h"
#include "app/render.h"
#include "http/cookie.h"

namespace sessiond {
namespace {

using http::problem;
using http::Response;

}  // namespace

Task<Response> list_sessions(Call& call) {
  SessionArray array(call.token->id);
  const TakeSession take = [&](const Session& session) { array.add(session); };
  const Result<Done> done = co_await call.services.sessions.list(*call.token, call.visit, take);
  if (!done) co_return problem(done.error());
  co_return http::ok(std::move(array).finish());
}

Task<Response> revoke_session(Call& call) {
  // What is no UUID goes the same way as an id that nobody has, so it takes as long: the nil
  // UUID is never a session's.
  const Uuid id = parse_uuid(call.parameters[0]).value_or(Uuid{});
  const Result<Endings> ended = co_await call.services.sessions.revoke(*call.token, call.visit, id, {reason::kRevoked});
  if (!ended) co_return problem(ended.error());
  note_own(call, *ended, reason::kRevoked, "revoked session ");
  co_return http::no_content();
}

Task<Response> rename_session(Call& call) {
  const Result<std::string> name = read_new_name(call.request);
  if (!name) co_return problem(name.error());
  const Uuid id = parse_uuid(call.parameters[0]).value_or(Uuid{});
  const Result<Caller> caller = co_await call.services.sessions.rename(*call.token, call.visit, id, *name);
  if (!caller) co_return problem(caller.error());
  Event event = done_by(*caller, What::kRenamed);
  event.session = id;
  event.kind.reset();
  note(call, event, (name->empty() ? "unnamed session " : "named session ") + format_uuid(id));
  co_return http::no_content();
}

Task<Response> revoke_other_sessions(Call& call) {
  // What stands in a body could have been meant to spare something. Some clients send an empty object.
  if (!call.request.body.empty() && call.request.body != "{}") {
    co_return problem({Failure::kBadRequest, "no body is read here: all sessions but your own would end"});
  }
  const Result<Endings> ended =
      co_await call.services.sessions.revoke_others(*call.token, call.visit, {reason::kOthers});
  if (!ended) co_return problem(ended.error());
  note_beside(call, "revoked " + std::to_string(ended->count()) + " sessions, all but " + format_uuid(call.token->id));
  note_own(call, *ended, reason::kOthers, "ended session ");
  co_return http::ok(render_revoked(ended->count()));
}

Task<Response> log_out(Call& call) {
  const Visit last{.counts = false};
  const Result<Endings> ended =
      co_await call.services.sessions.revoke(*call.token, last, call.token->id, {reason::kLogout});
  if (!ended) co_return problem(ended.error());
  note_own(call, *ended, reason::kLogout, "logged out of session ");
  Response response = http::no_content();
  response.headers.emplace_back("Set-Cookie", http::clear_session_cookie(call.services.policy.cookie));
  co_return response;
}

Task<Response> show_me(Call& call) {
  Result<CallerAndUser> found = co_await call.services.sessions.authenticate_with_user(*call.token, call.visit);
  if (!found) co_return problem(found.error());
  co_return http::ok(std::move(found->user_json));
}

}  // namespace sessiond
