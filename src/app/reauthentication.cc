#include "app/body.h"
#include "app/handlers.h"
#include "app/noting.h"

namespace sessiond {

using http::problem;
using http::Response;

Task<Response> reauthenticate_session(Call& call) {
  const Result<Reauthentication> told = read_reauthentication(call.request);
  if (!told) co_return problem(told.error());
  const UserRef user = ref_of(told->user_id);
  const Uuid id = parse_uuid(call.parameters[0]).value_or(Uuid{});
  const Result<Done> done =
      co_await call.services.sessions.reauthenticate(user, id, told->proof, cause_of(call, {}, told->user_id));
  if (!done) co_return problem(done.error());
  note(call, {What::kReauthenticated, {}, told->user_id, id}, "noted a new proof in session " + format_uuid(id));
  co_return http::no_content();
}

}  // namespace sessiond
