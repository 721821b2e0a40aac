#include "app/check_rule.h"
#include "app/handlers.h"
#include "app/metadata.h"

#include <algorithm>
#include <iterator>

namespace sessiond {
namespace {

using http::problem;
using http::Response;

void say_how(const Authentication& proof, Headers& headers) {
  if (proof.at) headers.emplace_back("X-Session-Auth-Time", rfc3339(*proof.at).string());
  if (!proof.amr.empty()) headers.emplace_back("X-Session-Amr", proof.amr);
  if (!proof.acr.empty()) headers.emplace_back("X-Session-Acr", proof.acr);
}

Response say_who(const Caller& caller) {
  Response response = http::no_content();
  auto& headers = response.headers;
  headers.emplace_back("X-Session-Id", format_uuid(caller.id).string());
  headers.emplace_back("X-Session-Kind", name_of(caller.kind));
  // A user id may hold any character, a header may not.
  headers.emplace_back("X-Session-User", http::percent_encode(caller.user_id));
  headers.emplace_back("X-Session-Expires-At", rfc3339(caller.expires_at).string());
  if (caller.authentication) say_how(*caller.authentication, headers);
  if (!caller.impersonator.empty()) {
    headers.emplace_back("X-Session-Impersonator", http::percent_encode(caller.impersonator));
  }
  return response;
}

// Adds the session's metadata, where they were asked for. Damaged ones let nobody in.
Response add_metadata(const Caller& caller, Response response) {
  if (caller.metadata.empty()) return response;
  const Result<std::string> metadata = read_metadata(caller.metadata);
  if (!metadata) {
    return problem({Failure::kInternal, "session " + format_uuid(caller.id) + ": its metadata are damaged"});
  }
  response.headers.emplace_back("X-Session-Metadata", http::percent_encode(*metadata));
  return response;
}

// The answer to a caller whose proof is not good enough for the rule; nothing where it is. The time is asked for after
// the proof was read, so that no proof looks newer than it is.
Task<std::optional<Response>> ask_for_proof(Call& call, const CheckRule& rule, const Caller& caller) {
  Millis now = 0;
  if (rule.max_age) {
    const Result<Millis> told = co_await call.services.sessions.clock(caller.ref);
    if (!told) co_return problem(told.error());
    now = *told;
  }
  if (is_proven(rule, caller, now)) co_return std::nullopt;
  call.demand = render_login_parameters(rule);
  co_return http::insufficient_authentication(render_challenge(rule));
}

// Checks the rule and answers with the headers of the User. Minting refuses a User that is too long for the headers. So
// one that is too long was stored under other options. Then nobody gets in: headers that are cut would mislead.
Task<Response> check_with_user(Call& call, const CheckRule& rule) {
  const Policy& policy = call.services.policy;
  const Result<CallerAndUser> found = co_await call.services.sessions.authenticate_with_user(*call.token, call.visit);
  if (!found) co_return problem(found.error());
  if (!rule.groups.empty() && !has_group_of(rule, policy.groups_member, found->user)) {
    co_return problem({Failure::kForbidden, "this is for members of other groups"});
  }
  if (rule.asks_for_proof()) {
    std::optional<Response> asked = co_await ask_for_proof(call, rule, found->caller);
    if (asked) co_return std::move(*asked);
  }
  Result<Headers> headers = make_check_headers(policy.check_headers, found->user);
  if (!headers) {
    co_return problem({Failure::kInternal, "session " + format_uuid(found->caller.id) + ": " + headers.error().text});
  }
  Response response = say_who(found->caller);
  std::ranges::move(*headers, std::back_inserter(response.headers));
  co_return add_metadata(found->caller, std::move(response));
}

// A misspelt rule is answered with 500, on which nginx lets nobody in.
Task<Response> check_by_rule(Call& call) {
  const Result<CheckRule> rule = call.request.has_query ? read_check_rule(call.request.query) : CheckRule();
  if (!rule) co_return problem(rule.error());
  call.visit.wants_metadata = rule->metadata;
  if (!rule->groups.empty() || !call.services.policy.check_headers.empty()) {
    co_return co_await check_with_user(call, *rule);
  }
  const Result<Caller> caller = co_await call.services.sessions.authenticate(*call.token, call.visit);
  if (!caller) co_return problem(caller.error());
  if (rule->asks_for_proof()) {
    std::optional<Response> asked = co_await ask_for_proof(call, *rule, *caller);
    if (asked) co_return std::move(*asked);
  }
  co_return add_metadata(*caller, say_who(*caller));
}

}  // namespace

Task<Response> check_session(Call& call) {
  if (call.request.has_query || !call.services.policy.check_headers.empty()) co_return co_await check_by_rule(call);
  const Result<Caller> caller = co_await call.services.sessions.authenticate(*call.token, call.visit);
  if (!caller) co_return problem(caller.error());
  co_return say_who(*caller);
}

}  // namespace sessiond
