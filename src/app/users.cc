#include "app/body.h"
#include "app/handlers.h"
#include "app/render.h"
#include "base/log.h"

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

// The user whom a request without a body disables or enables, where that is possible.
Result<UserRef> user_to_bar(const Call& call) {
  if (!call.services.sessions.keeps_bars()) {
    return Error{Failure::kBadRequest, "to disable and to enable a user wants the option bar-users"};
  }
  if (!call.request.body.empty() && call.request.body != "{}") {
    return Error{Failure::kBadRequest, "no body is read here: the path says all"};
  }
  const Result<std::string> user_id = user_id_in_path(call);
  if (!user_id) return user_id.error();
  return ref_of(*user_id);
}

}  // namespace

Task<Response> disable_user(Call& call) {
  const Result<UserRef> user = user_to_bar(call);
  if (!user) co_return problem(user.error());
  const Result<long long> revoked = co_await call.services.sessions.disable(*user);
  if (!revoked) co_return problem(revoked.error());
  log::write(log::Level::kInfo, call.request.request_id,
             "an operator disabled a user and so revoked " + std::to_string(*revoked) + " sessions");
  count_ended(call, metrics::End::kDisabled, std::nullopt, *revoked);
  co_return http::ok(render_revoked(*revoked));
}

Task<Response> enable_user(Call& call) {
  const Result<UserRef> user = user_to_bar(call);
  if (!user) co_return problem(user.error());
  const Result<Done> done = co_await call.services.sessions.enable(*user);
  if (!done) co_return problem(done.error());
  log::write(log::Level::kInfo, call.request.request_id, "an operator enabled a user");
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
  const Result<Done> done = co_await call.services.sessions.change_user(*user_id, *user);
  if (!done) co_return problem(done.error());
  log::write(log::Level::kInfo, call.request.request_id, "changed a user");
  co_return http::no_content();
}

}  // namespace sessiond
