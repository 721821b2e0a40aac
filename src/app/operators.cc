#include "app/handlers.h"
#include "app/noting.h"
#include "app/render.h"

namespace sessiond {
namespace {

using http::problem;
using http::Response;

// Which of the user's sessions are meant, as the query says: all of them, when it says nothing.
Result<Filter> read_filter(const Call& call) {
  Filter filter;
  for (const std::string_view name : kFilterNames) {
    const auto value = call.query.find(name);
    if (!value) continue;
    const Result<Done> added = filter.add(name, *value);
    if (!added) return bad_request(std::string("\"").append(name).append("\" wants ") + added.error().text);
  }
  return filter;
}

// Which of them to end.
Result<Ending> read_ending(const Call& call) {
  Ending ending;
  if (const auto except = call.query.find("except")) {
    ending.except = parse_uuid(*except);
    if (!ending.except) return bad_request("\"except\" is a session's id");
  }
  Result<Filter> filter = read_filter(call);
  if (!filter) return filter.error();
  ending.filter = std::move(*filter);
  return ending;
}

// For the log.
std::string described(const Ending& ending) {
  std::string text = ending.filter.empty() ? "" : ", " + ending.filter.text();
  if (ending.except) text += ", all but " + format_uuid(*ending.except);
  return text;
}

}  // namespace

Task<Response> list_user_sessions(Call& call) {
  const Result<std::string> user_id = user_id_in_path(call);
  if (!user_id) co_return problem(user_id.error());
  const Result<Filter> filter = read_filter(call);
  if (!filter) co_return problem(filter.error());
  SessionArray array(Uuid{});
  const TakeSession take = [&](const Session& session) { array.add(session); };
  const Result<Done> done = co_await call.services.sessions.list(ref_of(*user_id), take, *filter);
  if (!done) co_return problem(done.error());
  co_return http::ok(std::move(array).finish());
}

Task<Response> revoke_user(Call& call) {
  const Result<std::string> user_id = user_id_in_path(call);
  if (!user_id) co_return problem(user_id.error());
  if (!call.request.body.empty())
    co_return problem(bad_request("no body is read here: the query says which sessions to end"));
  Result<Ending> ending = read_ending(call);
  if (!ending) co_return problem(ending.error());
  ending->ended = [&](const Ended& session) { note_ended(call, {What::kEnded, reason::kOperator, *user_id}, session); };
  ending->cause = cause_of(call, reason::kOperator, *user_id);
  const Result<long long> revoked = co_await call.services.sessions.revoke_all(ref_of(*user_id), *ending);
  if (!revoked) co_return problem(revoked.error());
  note_beside(call, "an operator revoked " + std::to_string(*revoked) + " sessions of a user" + described(*ending));
  co_return http::ok(render_revoked(*revoked));
}

Task<Response> revoke_user_session(Call& call) {
  const Result<std::string> user_id = user_id_in_path(call);
  if (!user_id) co_return problem(user_id.error());
  const Uuid id = parse_uuid(call.parameters[1]).value_or(Uuid{});
  const Result<Ended> ended =
      co_await call.services.sessions.revoke(ref_of(*user_id), id, cause_of(call, reason::kOperator, *user_id));
  if (!ended) co_return problem(ended.error());
  note(call, {What::kEnded, reason::kOperator, *user_id, id, ended->kind},
       "an operator revoked session " + format_uuid(id));
  co_return http::no_content();
}

}  // namespace sessiond
