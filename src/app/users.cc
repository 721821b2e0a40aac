#include "app/body.h"
#include "app/handlers.h"
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
