#include "app/group_rule.h"
#include "app/handlers.h"

#include <algorithm>
#include <iterator>

namespace sessiond {
namespace {

using http::problem;
using http::Response;

Response say_who(const Caller& caller) {
  Response response = http::no_content();
  response.headers.emplace_back("X-Session-Id", format_uuid(caller.id).string());
  response.headers.emplace_back("X-Session-Kind", name_of(caller.kind));
  // A user id may hold any character, a header may not.
  response.headers.emplace_back("X-Session-User", http::percent_encode(caller.user_id));
  response.headers.emplace_back("X-Session-Expires-At", rfc3339(caller.expires_at).string());
  return response;
}

// By the rule, if there is one, and with the headers of the User. nginx lets nobody in on a 500. Minting
// refuses a User that is too long for the headers, so one that is so was stored before the options were as
// they are: nobody gets in on a part of it.
Task<Response> check_with_user(Call& call) {
  const Policy& policy = call.services.policy;
  Result<GroupRule> rule = call.request.has_query ? read_group_rule(call.request.query) : GroupRule();
  if (!rule) co_return problem(rule.error());
  const Result<CallerAndUser> found = co_await call.services.sessions.authenticate_with_user(*call.token, call.visit);
  if (!found) co_return problem(found.error());
  if (call.request.has_query && !has_group_of(*rule, policy.groups_member, found->user)) {
    co_return problem({Failure::kForbidden, "this is for members of other groups"});
  }
  Result<Headers> headers = make_check_headers(policy.check_headers, found->user);
  if (!headers) {
    co_return problem({Failure::kInternal, "session " + format_uuid(found->caller.id) + ": " + headers.error().text});
  }
  Response response = say_who(found->caller);
  std::ranges::move(*headers, std::back_inserter(response.headers));
  co_return response;
}

}  // namespace

Task<Response> check_session(Call& call) {
  if (call.request.has_query || !call.services.policy.check_headers.empty()) co_return co_await check_with_user(call);
  const Result<Caller> caller = co_await call.services.sessions.authenticate(*call.token, call.visit);
  if (!caller) co_return problem(caller.error());
  co_return say_who(*caller);
}

}  // namespace sessiond
