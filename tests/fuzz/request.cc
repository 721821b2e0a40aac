// Request parameters: everything that a request can say, from FastCGI's parameters to the answer,
// with the store away, so that whatever comes out is the worker's own doing.
//
// The input is a byte that chooses the realm, then NUL-terminated `NAME=value` strings, an empty
// one, and the body.

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "app/check_rule.h"
#include "app/routes.h"
#include "base/utf8.h"
#include "fuzz/fuzz.h"
#include "http/credential.h"
#include "json/parse.h"
#include "log/log.h"

using namespace sessiond;

namespace {

RedisAddress nowhere() {
  RedisAddress address;
  address.server.unix_path = "/nonexistent/redis.sock";
  return address;
}

Policy with_all_routes() {
  Policy policy;
  policy.dev_login = true;
  policy.device_login = "https://site.example/device";
  policy.events_kept = kDay;
  return policy;
}

// Services whose Redis is nowhere.
struct Away {
  ev::default_loop loop;
  metrics::Board board{1};
  Redis redis{loop, nowhere(), board.of(0).redis};
  Sessions sessions{redis, Caps{}, Keyspace(), {}, Bars::kKept};
  events::Feed feed{redis, Keyspace(), kDay};
  Policy policy = with_all_routes();
  Limits limits{1'000'000'000, 1'000'000};
  log::OnceASecond refusals;
  Services services{sessions, feed, policy, limits, board.of(0), refusals, board};
};

Services& services() {
  static const bool opened = (log::open(log::Level::kError), open_randomness(), true);
  static_cast<void>(opened);
  static Away away;
  return away.services;
}

Detached run(const http::Request& request, http::Response& response, bool& done) {
  response = co_await answer(request, services());
  done = true;
}

void check_response(const http::Request& request, const http::Response& response) {
  const bool is_problem = response.status >= 400;
  PROMISE(is_problem || response.status == 200);
  // The store is away: nothing succeeds but the questions whether the worker lives, and how.
  PROMISE(is_problem || request.path == "/healthz" ||
          (request.path == "/metrics" && request.realm == http::Realm::kInternal));
  // A check by a rule that is misspelt is the only 500.
  PROMISE(response.status != 500 || (request.path == "/internal/v1/check" && request.has_query));
  if (request.realm == http::Realm::kPublic && request.path.starts_with("/internal")) PROMISE(response.status == 404);
  if (is_problem) {
    const auto problem = json::parse_object(response.body);
    PROMISE(problem && problem->string("code") && problem->string("error"));
    // RFC 6749, section 5.2: no quotes, no backslash, nothing but ASCII.
    const auto text = problem->string("error_description");
    PROMISE(problem->members().size() == (text ? 3 : 2));
    PROMISE(!text || request.path.starts_with("/oauth/"));
    for (const char c : text.value_or("")) PROMISE(c >= ' ' && c <= '~' && c != '"' && c != '\\');
  }

  const std::string wire = http::render_cgi(response, request);
  const std::size_t end = wire.find("\r\n\r\n");
  PROMISE(end != std::string::npos);
  std::size_t lines = 0;
  for (std::size_t at = 0; at < end; at = wire.find("\r\n", at) + 2) ++lines;
  // Nobody adds a header: these are as many as were meant.
  const bool has_type =
      std::ranges::any_of(response.headers, [](const auto& header) { return header.first == "Content-Type"; });
  PROMISE(has_type == (request.path == "/metrics" && !is_problem));
  const std::size_t fixed = 2 + (response.body.empty() || has_type ? 0 : 1) + (response.status == 204 ? 0 : 1) + 1;
  PROMISE(lines == fixed + response.headers.size() || lines == fixed + 1 + response.headers.size());
  for (std::size_t i = 0; i < end; ++i)
    PROMISE((wire[i] >= 0x20 && wire[i] < 0x7F) || wire[i] == '\r' || wire[i] == '\n');
  PROMISE(wire.substr(end + 4) == (request.method == http::Method::kHead ? "" : response.body));
}

// What a rule asks for goes into headers, and into a URL.
void check_rule(std::string_view query) {
  const Result<CheckRule> rule = read_check_rule(query);
  if (!rule) {
    PROMISE(rule.error().failure == Failure::kInternal && is_utf8(rule.error().text));
    return;
  }
  PROMISE(!rule->groups.empty() || rule->asks_for_proof());
  const std::string challenge = render_challenge(*rule);
  PROMISE(challenge.empty() != rule->asks_for_proof());
  for (const char c : challenge) PROMISE(c >= 0x20 && c < 0x7F && c != '\\');
  PROMISE(std::ranges::count(challenge, '"') == 2 * (rule->max_age ? 1 : 0) + 2 * (rule->acr.empty() ? 0 : 1));
  const std::string parameters = render_login_parameters(*rule);
  PROMISE(std::ranges::count(parameters, '&') == (rule->max_age ? 1 : 0) + (rule->acr.empty() ? 0 : 1));
  PROMISE(parameters.find_first_of(" \"<>\\\r\n") == std::string::npos);
}

void check_paths(std::string_view path) {
  for (const std::string_view pattern : {"/api/v1/auth/sessions/{id}", "/internal/v1/users/{user_id}/sessions/{id}"}) {
    const auto parameters = match(pattern, path);
    if (!parameters) continue;
    for (const std::string_view part : *parameters) PROMISE(part.find('/') == std::string_view::npos);
    PROMISE(!(*parameters)[0].empty());
  }
  const std::string encoded = http::percent_encode(path);
  PROMISE(http::percent_decode(encoded) == path);
  for (const char c : encoded) PROMISE(c >= 0x20 && c < 0x7F);
  PROMISE(!encoded.starts_with(' ') && !encoded.ends_with(' '));
  if (const auto decoded = http::percent_decode(path))
    PROMISE(http::percent_decode(http::percent_encode(*decoded)) == decoded);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest = fuzz::text_of_input(data, size);
  if (rest.empty()) return 0;
  const auto realm = rest[0] % 2 == 0 ? http::Realm::kPublic : http::Realm::kInternal;
  rest.remove_prefix(1);
  std::vector<std::string> strings;
  for (std::string_view next = fuzz::take_until(rest, '\0'); !next.empty(); next = fuzz::take_until(rest, '\0')) {
    strings.emplace_back(next);
  }
  std::vector<const char*> environment;
  for (const std::string& text : strings) environment.push_back(text.c_str());
  environment.push_back(nullptr);

  std::string path_buffer;
  http::Request request = http::read_request(environment.data(), realm, path_buffer);
  request.body = rest;
  PROMISE(request.realm == realm);
  PROMISE(request.path.find('?') == std::string_view::npos || request.path == path_buffer);
  check_paths(request.path);
  check_rule(request.query);

  http::Response response;
  bool done = false;
  run(request, response, done);
  PROMISE(done);
  check_response(request, response);
  return 0;
}
