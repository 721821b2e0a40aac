#include "app/handlers.h"
#include "app/render.h"

namespace sessiond {

using http::problem;
using http::Response;

Task<Response> tell_how_ended(Call& call) {
  Sessions& sessions = call.services.sessions;
  const Result<std::optional<HowEnded>> ended = co_await sessions.how_ended(*call.token);
  if (!ended) co_return problem(ended.error());
  if (*ended) co_return http::ok(render_how_ended(**ended));
  const Visit looking{.counts = false};
  const Result<Caller> caller = co_await sessions.authenticate(*call.token, looking);
  if (!caller) co_return problem(caller.error());
  co_return problem({Failure::kNotFound, "this session has not ended"});
}

}  // namespace sessiond
