#include "app/body.h"
#include "app/handlers.h"
#include "app/noting.h"
#include "app/render.h"

namespace sessiond {

using http::problem;
using http::Response;

Result<std::string> user_id_in_path(const Call& call) {
  auto user_id = http::percent_decode(call.parameters[0]);
  if (!user_id || !is_user_id(*user_id)) {
    return Error{Failure::kBadRequest, "a user's id is 1 to 255 bytes of UTF-8"};
  }
  return std::move(*user_id);
}

namespace {

// The id of the user whom a request without a body disables or enables. Fails where bars are not kept (session/bar.h).
Result<std::string> user_to_bar(const Call& call) {
  if (!call.services.sessions.keeps_bars()) {
    return Error{Failure::kBadRequest, "to disable and to enable a user wants the option bar-users"};
  }
  if (!call.request.body.empty() && call.request.body != "{}") {
    return Error{Failure::kBadRequest, "no body is read here: the path says all"};
  }
  return user_id_in_path(call);
}

}  // namespace

Task<Response> disable_user(Call& call) {
  const Result<std::string> user_id = user_to_bar(call);
  if (!user_id) co_return problem(user_id.error());
  const TakeEnded ended = [&](const Ended& session) {
    note_ended(call, {What::kEnded, reason::kDisabled, *user_id}, session);
  };
  const Result<long long> revoked =
      co_await call.services.sessions.disable(ref_of(*user_id), cause_of(call, reason::kDisabled, *user_id), ended);
  if (!revoked) co_return problem(revoked.error());
  note(call, {What::kUserDisabled, {}, *user_id},
       "an operator disabled a user and so revoked " + std::to_string(*revoked) + " sessions");
  co_return http::ok(render_revoked(*revoked));
}

Task<Response> enable_user(Call& call) {
  const Result<std::string> user_id = user_to_bar(call);
  if (!user_id) co_return problem(user_id.error());
  const Result<Done> done = co_await call.services.sessions.enable(ref_of(*user_id), cause_of(call, {}, *user_id));
  if (!done) co_return problem(done.error());
  note(call, {What::kUserEnabled, {}, *user_id}, "an operator enabled a user");
  co_return http::no_content();
}

Task<Response> show_user(Call& call) {
  const Result<std::string> user_id = user_id_in_path(call);
  if (!user_id) co_return problem(user_id.error());
  Result<std::optional<std::string>> user = co_await call.services.sessions.stored_user(*user_id);
  if (!user) co_return problem(user.error());
  if (!*user) co_return problem({Failure::kNotFound, "nobody with this id has a session"});
  co_return http::ok(std::move(**user));
}

Task<Response> change_user(Call& call) {
  const Result<std::string> user_id = user_id_in_path(call);
  if (!user_id) co_return problem(user_id.error());
  const Result<std::string_view> user = read_user(call.request, *user_id, call.services.policy.check_headers);
  if (!user) co_return problem(user.error());
  const Result<Done> done = co_await call.services.sessions.change_user(*user_id, *user, cause_of(call, {}, *user_id));
  if (!done) co_return problem(done.error());
  note(call, {What::kUserChanged, {}, *user_id}, "changed a user");
  co_return http::no_content();
}

}  // namespace sessiond
