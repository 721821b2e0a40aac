#include "app/handlers.h"

namespace sessiond {

Task<http::Response> check_session(Call& call) {
  const Result<Caller> caller = co_await call.services.sessions.authenticate(*call.token);
  if (!caller) co_return http::problem(caller.error());
  http::Response response = http::no_content();
  response.headers.emplace_back("X-Session-Id", format_uuid(caller->id).string());
  response.headers.emplace_back("X-Session-Kind", name_of(caller->kind));
  // A user id may hold any character, a header may not.
  response.headers.emplace_back("X-Session-User", http::percent_encode(caller->user_id));
  response.headers.emplace_back("X-Session-Expires-At", rfc3339(caller->expires_at).string());
  co_return response;
}

}  // namespace sessiond
