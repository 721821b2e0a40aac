#pragma once

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/check_header.h"
#include "app/limits.h"
#include "app/login_url.h"
#include "base/clock.h"
#include "base/task.h"
#include "events/feed.h"
#include "http/cookie.h"
#include "http/query.h"
#include "http/request.h"
#include "http/response.h"
#include "log/once_a_second.h"
#include "metrics/counters.h"
#include "session/token.h"
#include "store/sessions.h"

namespace sessiond {

/// What an operator can set of the service itself.
struct Policy {
  http::SessionCookie cookie;
  Login login;
  Millis web_lifetime = 30 * kDay;
  Millis cli_lifetime = 90 * kDay;
  Millis dev_lifetime = kDay;
  Millis web_idle = 0;  // 0: no idle timeout
  Millis cli_idle = 0;
  [[nodiscard]] Millis lifetime_of(Kind kind) const { return kind == Kind::kWeb ? web_lifetime : cli_lifetime; }
  [[nodiscard]] Millis idle_of(Kind kind) const { return kind == Kind::kWeb ? web_idle : cli_idle; }
  Millis grant_lifetime = 10LL * 60 * 1000;
  std::string device_login;  // where people type the code of a waiting device (RFC 8628); empty: none can wait
  bool dev_login = false;
  bool allow_eviction = false;
  Millis events_kept = 0;  // 0: none are
  std::vector<CheckHeader> check_headers;
  std::string groups_member = "groups";  // member of the User with the groups that a check's rule asks for
};

/// What handlers work with. The limits and the board are shared by all loops; all else belongs to this loop.
struct Services {
  Sessions& sessions;
  const events::Feed& feed;
  const Policy& policy;
  Limits& limits;
  metrics::Counters& counters;
  log::OnceASecond& refusals;  // of tokens with a wrong secret: limits their records in the audit trail
  const metrics::Board& board;
};

/// What the `{…}` parts of a route's path stood for, in order, still percent-encoded.
using PathParameters = std::array<std::string_view, 2>;

/// A request on its way through a handler, with what the handler may use.
struct Call {
  const http::Request& request;
  PathParameters parameters;
  std::optional<Token> token;  // set where the route asks for a caller
  Visit visit;
  http::Query query;        // as the route's row of the table allows; see handle in routes.cc
  std::string demand = {};  // what a new sign-in must be, as encoded parameters for the login URL
  const Services& services;
};

/// A handler reads from top to bottom: parse, await the store, answer.
using Handler = Task<http::Response> (*)(Call&);

}  // namespace sessiond
