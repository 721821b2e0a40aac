#include "app/body.h"
#include "app/handlers.h"
#include "app/noting.h"
#include "app/render.h"

namespace sessiond {

using http::problem;
using http::Response;
using metrics::Asker;
using metrics::Outcome;

namespace {

constexpr const char* kInactive = R"({"active":false})";

// That a token proves nothing is an answer here, no failure. An outage is one: nobody knows then.
bool is_answer(const Error& error) { return error.failure == Failure::kInvalidToken; }

}  // namespace

Task<Response> introspect_token(Call& call) {
  const Result<std::optional<Token>> token = read_token(call.request);
  if (!token) co_return problem(token.error());
  if (!*token) {
    count_check(call, Asker::kIntrospection, Outcome::kMalformed);
    co_return http::ok(kInactive);
  }
  const Result<CallerAndUser> found = co_await call.services.sessions.authenticate_with_user(**token, call.visit);
  if (found) {
    count_check(call, Asker::kIntrospection, Outcome::kAccepted);
    co_return http::ok(render_active(*found));
  }
  const Response refusal = problem(found.error());
  if (const auto outcome = outcome_of(refusal.status, refusal.doubt))
    count_check(call, Asker::kIntrospection, *outcome);
  if (refusal.doubt == Doubt::kWrongSecret) note_wrong_secret(call, **token);
  if (is_answer(found.error())) co_return http::ok(kInactive);
  co_return refusal;
}

// The proof is the whole token in the form. A browser never adds that by itself, so it does not matter which site a
// request comes from. The cookie stays as it is.
Task<Response> revoke_token(Call& call) {
  const Result<std::optional<Token>> token = read_token(call.request);
  if (!token) co_return problem(token.error());
  if (!*token) co_return Response{};
  const Uuid id = (*token)->id;
  const Visit last{.counts = false};
  const Result<Endings> ended = co_await call.services.sessions.revoke(**token, last, id, {reason::kToken});
  if (!ended && !is_answer(ended.error())) co_return problem(ended.error());
  if (ended) {
    note(call, done_by(ended->caller, What::kEnded, reason::kToken),
         "revoked session " + format_uuid(id) + " by its token");
  }
  co_return Response{};
}

}  // namespace sessiond
