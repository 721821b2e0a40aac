#include "app/handlers.h"
#include "app/render.h"
#include "base/log.h"

namespace sessiond {
namespace {

using http::problem;
using http::Response;

Error bad(std::string text) { return {Failure::kBadRequest, std::move(text)}; }

Result<UserRef> user_in_path(const Call& call) {
  const Result<std::string> user_id = user_id_in_path(call);
  if (!user_id) return user_id.error();
  return ref_of(*user_id);
}

// Which of the user's sessions to end, as the query says: all of them, when it says nothing.
Result<Ending> read_ending(const Call& call) {
  Ending ending;
  if (const auto except = call.query.find("except")) {
    ending.except = parse_uuid(*except);
    if (!ending.except) return bad("\"except\" is a session's id");
  }
  if (const auto kind = call.query.find("kind")) {
    ending.kind = parse_kind(*kind);
    if (!ending.kind) return bad(R"("kind" is "web" or "cli")");
  }
  return ending;
}

// For the log.
std::string described(const Ending& ending) {
  std::string text;
  if (ending.kind) text += std::string(", kind ") + std::string(name_of(*ending.kind));
  if (ending.except) text += ", all but " + format_uuid(*ending.except);
  return text;
}

}  // namespace

Task<Response> list_user_sessions(Call& call) {
  const Result<UserRef> user = user_in_path(call);
  if (!user) co_return problem(user.error());
  SessionArray array(Uuid{});
  const TakeSession take = [&](const Session& session) { array.add(session); };
  const Result<Done> done = co_await call.services.sessions.list(*user, take);
  if (!done) co_return problem(done.error());
  co_return http::ok(std::move(array).finish());
}

Task<Response> revoke_user(Call& call) {
  const Result<UserRef> user = user_in_path(call);
  if (!user) co_return problem(user.error());
  if (!call.request.body.empty())
    co_return problem(bad("no body is read here: \"except\" and \"kind\" go into the query"));
  const Result<Ending> ending = read_ending(call);
  if (!ending) co_return problem(ending.error());
  const Result<long long> revoked = co_await call.services.sessions.revoke_all(*user, *ending);
  if (!revoked) co_return problem(revoked.error());
  log::write(log::Level::kInfo, call.request.request_id,
             "an operator revoked " + std::to_string(*revoked) + " sessions of a user" + described(*ending));
  co_return http::ok(render_revoked(*revoked));
}

Task<Response> revoke_user_session(Call& call) {
  const Result<UserRef> user = user_in_path(call);
  if (!user) co_return problem(user.error());
  const Uuid id = parse_uuid(call.parameters[1]).value_or(Uuid{});
  const Result<Done> done = co_await call.services.sessions.revoke(*user, id);
  if (!done) co_return problem(done.error());
  log::write(log::Level::kInfo, call.request.request_id, "an operator revoked session " + format_uuid(id));
  co_return http::no_content();
}

}  // namespace sessiond
