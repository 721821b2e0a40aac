#include "app/routes.h"

#include <algorithm>
#include <array>
#include <optional>

#include "app/handlers.h"
#include "app/noting.h"
#include "http/credential.h"
#include "http/query.h"
#include "session/filter.h"

namespace sessiond {
namespace {

using http::Method;
using http::Request;
using http::Response;

using Work = std::optional<Load::Work>;
constexpr Work kCheck = Load::Work::kCheck;
constexpr Work kOther = Load::Work::kOther;
constexpr Work kFree = std::nullopt;

// The query parameters that select some of a user's sessions.
constexpr auto kWhichSessions = [] {
  std::array<std::string_view, kFilterNames.size() + 1> names;
  *std::ranges::copy(kFilterNames, names.begin()).out = "except";
  return names;
}();

constexpr Route kRoutes[] = {
    {Reach::kPublic, Method::kGet, "/api/v1/auth/sessions", Access::kCaller, kOther, list_sessions},
    {Reach::kPublic, Method::kDelete, "/api/v1/auth/sessions/{id}", Access::kCaller, kOther, revoke_session},
    {Reach::kPublic, Method::kPatch, "/api/v1/auth/sessions/{id}", Access::kCaller, kOther, rename_session},
    {Reach::kPublic, Method::kDelete, "/api/v1/auth/sessions", Access::kCaller, kOther, revoke_other_sessions},
    {Reach::kPublic, Method::kPost, "/api/v1/auth/logout", Access::kCaller, kOther, log_out},
    {Reach::kPublic, Method::kGet, "/api/v1/u/me", Access::kCaller, kOther, show_me},
    {Reach::kPublic, Method::kPost, "/api/v1/auth/cli/request-grant", Access::kCaller, kOther, request_grant},
    {Reach::kPublic, Method::kPost, "/api/v1/auth/cli/redeem", Access::kAnyone, kOther, redeem_grant},
    {Reach::kPublic, Method::kPost, "/api/v1/auth/dev-login", Access::kDevLogin, kOther, dev_login},
    {Reach::kPublic, Method::kPost, "/oauth/revoke", Access::kAnyone, kOther, revoke_token},
    {Reach::kInternal, Method::kPost, "/internal/v1/sessions", Access::kAnyone, kOther, mint_session},
    {Reach::kAskers, Method::kGet, "/internal/v1/check", Access::kVisitor, kCheck, check_session},
    {Reach::kInternal, Method::kPost, "/internal/v1/sessions/{id}/reauthenticated", Access::kAnyone, kOther,
     reauthenticate_session},
    {Reach::kInternal, Method::kPost, "/internal/v1/introspect", Access::kAnyone, kCheck, introspect_token},
    {Reach::kInternal, Method::kGet, "/internal/v1/users/{user_id}", Access::kAnyone, kOther, show_user},
    {Reach::kInternal, Method::kPut, "/internal/v1/users/{user_id}", Access::kAnyone, kOther, change_user},
    {Reach::kInternal, Method::kPost, "/internal/v1/users/{user_id}/disable", Access::kAnyone, kOther, disable_user},
    {Reach::kInternal, Method::kPost, "/internal/v1/users/{user_id}/enable", Access::kAnyone, kOther, enable_user},
    {Reach::kInternal, Method::kGet, "/internal/v1/users/{user_id}/sessions", Access::kAnyone, kOther,
     list_user_sessions, kFilterNames},
    {Reach::kInternal, Method::kDelete, "/internal/v1/users/{user_id}/sessions", Access::kAnyone, kOther, revoke_user,
     kWhichSessions},
    {Reach::kInternal, Method::kDelete, "/internal/v1/users/{user_id}/sessions/{id}", Access::kAnyone, kOther,
     revoke_user_session},
    {Reach::kEvents, Method::kGet, "/internal/v1/events", Access::kAnyone, kOther, stream_events},
    {Reach::kInternal, Method::kGet, "/metrics", Access::kAnyone, kFree, show_metrics},
    {Reach::kAll, Method::kGet, "/healthz", Access::kAnyone, kFree, healthz},
    {Reach::kAll, Method::kGet, "/readyz", Access::kAnyone, kFree, readyz},
    // Last, as few sites have them, and no other request is to look past them.
    {Reach::kEnded, Method::kGet, "/api/v1/auth/ended", Access::kFormer, kOther, tell_how_ended},
    {Reach::kDevices, Method::kPost, "/oauth/device_authorization", Access::kAnyone, kOther, begin_device},
    {Reach::kDevices, Method::kPost, "/oauth/token", Access::kAnyone, kOther, poll_device},
    {Reach::kDevices, Method::kPost, "/api/v1/auth/devices/find", Access::kCaller, kOther, find_device},
    {Reach::kDevices, Method::kPost, "/api/v1/auth/devices/approve", Access::kCaller, kOther, approve_device},
    {Reach::kDevices, Method::kPost, "/api/v1/auth/devices/deny", Access::kCaller, kOther, deny_device},
};

static_assert(std::size(kRoutes) <= metrics::kMostRoutes);

bool reaches(const Route& route, const Request& request, const Policy& policy) {
  if (route.access == Access::kDevLogin && !policy.dev_login) return false;
  switch (route.reach) {
    case Reach::kPublic: return request.realm == http::Realm::kPublic;
    case Reach::kDevices: return request.realm == http::Realm::kPublic && !policy.device_login.empty();
    case Reach::kInternal: return request.realm == http::Realm::kInternal;
    case Reach::kEvents: return request.realm == http::Realm::kInternal && policy.events_kept > 0;
    case Reach::kEnded: return request.realm == http::Realm::kPublic && policy.events_kept > 0;
    case Reach::kAskers: return request.realm != http::Realm::kPublic;
    case Reach::kAll: return true;
  }
  return false;
}

bool takes(const Route& route, Method method) {
  return route.method == method || (route.method == Method::kGet && method == Method::kHead);
}

std::string_view allowed_by(const Route& route) {
  switch (route.method) {
    case Method::kGet: return "GET, HEAD";
    case Method::kPost: return "POST";
    case Method::kPut: return "PUT";
    case Method::kPatch: return "PATCH";
    case Method::kDelete: return "DELETE";
    default: return "";
  }
}

struct Found {
  const Route* route = nullptr;
  PathParameters parameters;
  std::string allow;  // the methods of the path's routes, when the method has none
};

Found find_route(const Request& request, const Policy& policy) {
  Found found;
  for (const Route& route : kRoutes) {
    if (!reaches(route, request, policy)) continue;
    const auto parameters = match(route.path, request.path);
    if (!parameters) continue;
    if (takes(route, request.method)) {
      found.route = &route;
      found.parameters = *parameters;
      return found;
    }
    if (!found.allow.empty()) found.allow += ", ";
    found.allow += allowed_by(route);
  }
  return found;
}

Response no_route(const Found& found) {
  if (found.allow.empty()) return http::problem({Failure::kNotFound, "there is nothing here"});
  Response response = http::problem({Failure::kMethodNotAllowed, "this method does not work here"});
  response.headers.emplace_back("Allow", found.allow);
  return response;
}

bool is_unsafe(Method method) { return method != Method::kGet && method != Method::kHead; }

}  // namespace

std::span<const Route> routes() { return kRoutes; }

std::optional<PathParameters> match(std::string_view pattern, std::string_view path) {
  // Compares all before the first parameter at once: most paths have none.
  const std::string_view fixed = pattern.substr(0, pattern.find('{'));
  if (!path.starts_with(fixed)) return std::nullopt;
  pattern.remove_prefix(fixed.size());
  path.remove_prefix(fixed.size());
  PathParameters parameters;
  std::size_t count = 0;
  while (!pattern.empty() && !path.empty()) {
    if (pattern[0] != '{') {
      if (pattern[0] != path[0]) return std::nullopt;
      pattern.remove_prefix(1);
      path.remove_prefix(1);
      continue;
    }
    const std::string_view segment = path.substr(0, path.find('/'));
    if (segment.empty()) return std::nullopt;
    parameters[count++] = segment;
    pattern.remove_prefix(pattern.find('}') + 1);
    path.remove_prefix(segment.size());
  }
  if (!pattern.empty() || !path.empty()) return std::nullopt;
  return parameters;
}

namespace {

// An unknown parameter could have been meant to spare something, so a change with one is refused. A request that only
// reads shows too much at worst. So its query is only looked at when it has a known parameter.
Task<Response> handle(const Route& route, Call& call) {
  if (is_unsafe(route.method) || http::mentions(call.request.query, route.query)) {
    Result<http::Query> query = http::read_query(call.request.query, route.query);
    if (!query) co_return http::problem(query.error());
    call.query = std::move(*query);
  }
  co_return co_await route.handler(call);
}

Visit visit_of(const Request& request) {
  return {request.passive.value.value_or("").empty(), request.client_address.value.value_or(""),
          request.client_place.value.value_or("")};
}

// Tells a client that is not signed in where to sign in.
void offer_login(Response& response, const Request& request, const Policy& policy, std::string_view demand = {}) {
  if (response.status != 401 || policy.login.url.empty()) return;
  response.headers.emplace_back("X-Session-Login", login_link(policy.login, request, demand));
}

// Counts an answer: which it is, how long it took and, where the request had to say who calls, the outcome for its
// token.
class Tally {
 public:
  Tally(const Services& services, const Request& request)
      : counters_(services.counters), method_(request.method), since_(counters_.turns.began()) {}

  void add(const Route* route, const Response& response) const {
    const std::size_t number = route == nullptr ? metrics::kMostRoutes : static_cast<std::size_t>(route - kRoutes);
    counters_.answers[number].add(method_, response.status, ev_time() - since_);
  }

  // Asking how a session has ended (kFormer) does not count as a check.
  void add_check(Access access, const Response& response) const {
    if (access != Access::kCaller && access != Access::kVisitor) return;
    const auto by = access == Access::kCaller ? metrics::Asker::kCaller : metrics::Asker::kGateway;
    const auto outcome = outcome_of(response.status, response.doubt);
    if (outcome) counters_.checks[by][*outcome].add();
  }

  void add_shed(Load::Work work) const { counters_.shed[static_cast<std::size_t>(work)].add(); }

 private:
  metrics::Counters& counters_;
  Method method_;
  double since_;
};

}  // namespace

Task<Response> answer(const Request& request, const Services& services) {
  const Tally tally(services, request);
  const Found found = find_route(request, services.policy);
  Response response;
  if (found.route == nullptr) {
    response = no_route(found);
    tally.add(nullptr, response);
    co_return response;
  }

  const Work work = found.route->work;
  const Load::Place place = work ? services.limits.load.enter(*work) : nullptr;
  if (work && !place) {
    response = http::problem({Failure::kUnavailable, "too many requests at once: try again soon"});
    tally.add_shed(*work);
    tally.add(found.route, response);
    co_return response;
  }

  Call call{request, found.parameters, std::nullopt, visit_of(request), {}, {}, services};
  bool judged_by_site = false;
  const Access access = found.route->access;
  if (access == Access::kCaller || access == Access::kFormer || access == Access::kVisitor) {
    const auto addressee = access == Access::kVisitor ? http::Addressee::kApplication : http::Addressee::kUs;
    const Result<http::Credential> credential = http::find_credential(request, services.policy.cookie.name, addressee);
    if (!credential) {
      response = http::problem(credential.error());
      offer_login(response, request, services.policy);
      tally.add_check(access, response);
      tally.add(found.route, response);
      co_return response;
    }
    judged_by_site = credential->by_cookie && is_unsafe(request.method);
    call.token = credential->token;
  }
  if (judged_by_site && http::is_cross_site(request)) {
    response = http::problem({Failure::kForbidden, "another site may not do this with your cookie"});
  } else {
    response = co_await handle(*found.route, call);
  }
  if (judged_by_site) response.headers.emplace_back("Vary", "Origin, Sec-Fetch-Site");
  if (call.token) offer_login(response, request, services.policy, call.demand);
  if (response.doubt == Doubt::kWrongSecret) note_wrong_secret(call, *call.token);
  tally.add_check(access, response);
  tally.add(found.route, response);
  co_return response;
}

}  // namespace sessiond
