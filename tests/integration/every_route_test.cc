// What holds of every route of the worker's table, whatever routes it has.
#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <map>
#include <set>

#include "app/routes.h"
#include "integration/crowd.h"
#include "integration/devices.h"
#include "integration/document.h"
#include "integration/site.h"
#include "session/token.h"

namespace sessiond::test {
namespace {

using fastcgi::Parameters;

// A request to a route. What is not yet known of it, a test sets.
struct Asked {
  bool internal = false;
  std::string method;
  std::string path;
  Parameters headers;
  std::string body;
};

std::string method_of(const Route& route) {
  switch (route.method) {
    case http::Method::kGet: return "GET";
    case http::Method::kPost: return "POST";
    case http::Method::kPut: return "PUT";
    case http::Method::kPatch: return "PATCH";
    case http::Method::kDelete: return "DELETE";
    default: throw std::runtime_error("tell these tests how this method is written");
  }
}

bool has(const Route& route, const char* part) { return route.path.find(part) != std::string_view::npos; }
bool changes_something(const Route& route) { return route.method != http::Method::kGet && !has(route, "/introspect") && !has(route, "/find"); }
bool takes_form(const Route& route) { return has(route, "/introspect") || has(route, "/oauth/"); }
bool takes_living_caller(const Route& route) { return route.access == Access::kCaller || route.access == Access::kVisitor; }
bool takes_caller(const Route& route) { return takes_living_caller(route) || route.access == Access::kFormer; }
bool takes_user(const Route& route) { return route.method == http::Method::kPut; }  // whose members are the site's choice
bool takes_no_body(const Route& route) { return has(route, "able"); }  // to disable and to enable: the path says all
bool takes_name(const Route& route) { return route.method == http::Method::kPatch; }
bool takes_user_code(const Route& route) { return has(route, "/devices/"); }
bool takes_body(const Route& route) { return takes_user_code(route) || (route.method == http::Method::kPost && !takes_caller(route) && !takes_form(route) && !takes_no_body(route)) || takes_user(route) || takes_name(route); }
std::string name_of(const Route& route) { return method_of(route) + " " + std::string(route.path); }

std::string with(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

// The credential of a request is what this says, and nothing else.
void present(Asked& asked, const std::string& name, const std::string& value) {
  std::erase_if(asked.headers, [](const auto& header) { return header.first == "HTTP_AUTHORIZATION" || header.first == "HTTP_COOKIE"; });
  asked.headers.emplace_back(name, value);
}
void by_bearer(Asked& asked, const std::string& token) { present(asked, "HTTP_AUTHORIZATION", "Bearer " + token); }
void by_cookie(Asked& asked, const std::string& token) { present(asked, "HTTP_COOKIE", "__Host-session=" + token); }

// All that is stored, as bytes to compare: of each key its value and when it expires.
std::map<std::string, std::string> dump(RedisClient& redis) {
  std::map<std::string, std::string> all;
  for (const std::string& key : redis.keys()) {
    all[key] = redis({"DUMP", key}).text + " until " + std::to_string(redis({"PEXPIRETIME", key}).integer);
  }
  return all;
}

class EveryRoute : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = std::make_unique<TempDir>();
    redis_ = std::make_unique<RedisServer>(*folder_);
    redis_->start();
    worker_ = std::make_unique<Worker>(*folder_, std::vector<std::string>{"--dev-login", "--bar-users", "--redeem-failures", "1000000", "--device-login", kDevicePage, "--events-kept", "1h"});
  }
  static void TearDownTestSuite() {
    worker_.reset();
    redis_.reset();
    folder_.reset();
  }

  EveryRoute() { begin_anew(); }

  // Two people: one with a browser, another browser, a CLI, a code, and two more CLIs that wait, of which one was
  // approved; and a stranger.
  void begin_anew() {
    redis({"FLUSHALL"});
    mine = mint(user);
    other = mint(user);
    cli = mint(user, {.kind = "cli"});
    ended = mint(user);
    strangers = mint("a stranger");
    EXPECT_EQ(public_.ask(fastcgi::request("DELETE", "/api/v1/auth/sessions/" + ended.id, ended.token)).status, 204);
    code = Document(public_.ask(fastcgi::post("/api/v1/auth/cli/request-grant", "", mine.token)).body)["code"].GetString();
    waiting = devices.begin();
    approved = devices.begin();
    EXPECT_EQ(devices.decide("approve", approved.user_code, mine).status, 204);
  }

  Signed mint(const std::string& user_id, const Wanted& wanted = {}) {
    return signed_by(internal().ask(http1::post("/internal/v1/sessions", minting_json(user_json(user_id), wanted))));
  }

  // A request to this route that is answered with success.
  Asked good(const Route& route) {
    Asked asked{route.reach == Reach::kInternal || route.reach == Reach::kEvents || route.reach == Reach::kAskers, method_of(route), std::string(route.path), {}, {}};
    asked.path = with(with(asked.path, "{user_id}", user), "{id}", other.id);
    if (takes_caller(route)) by_bearer(asked, takes_living_caller(route) ? mine.token : ended.token);
    if (takes_form(route)) {
      asked.headers.emplace_back("CONTENT_TYPE", "application/x-www-form-urlencoded");
      asked.body = "token_type_hint=access_token&unheard-of=1&client_id=path-cli&token=" + mine.token;
      if (route.path == "/oauth/token") asked.body += "&grant_type=urn:ietf:params:oauth:grant-type:device_code&device_code=" + approved.device_code;
    }
    if (!takes_body(route)) return asked;
    asked.headers.emplace_back("CONTENT_TYPE", "application/json");
    asked.body = takes_user(route)                           ? user_json(user, "another name")
                 : takes_user_code(route)                    ? R"({"code":")" + waiting.user_code + R"("})"
                 : takes_name(route)                         ? R"({"name":"work laptop"})"
                 : has(route, "/reauthenticated")             ? R"({"user_id":")" + user + R"("})"
                 : route.path == "/internal/v1/sessions"      ? minting_json(user_json(user))
                 : route.path == "/api/v1/auth/cli/redeem"  ? R"({"code":")" + code + R"("})"
                 : route.path == "/api/v1/auth/dev-login"   ? R"({"username":"alice"})"
                                                            : "";
    return asked;
  }

  // A connection of its own, for one is closed after what is no request.
  static HttpPeer internal() { return HttpPeer(worker_->internal_socket()); }

  Response ask(const Asked& asked) {
    Parameters parameters = {{"REQUEST_METHOD", asked.method}, {"REQUEST_URI", asked.path}, {"HTTP_HOST", "site.example"}};
    parameters.insert(parameters.end(), asked.headers.begin(), asked.headers.end());
    if (asked.internal) return internal().ask(http1::request(parameters, asked.body));
    return public_.ask(fastcgi::request(parameters, asked.body));
  }

  const std::string user = "alice";
  Signed mine, other, cli, ended, strangers;
  std::string code;
  Waiting waiting, approved;

  inline static std::unique_ptr<TempDir> folder_;
  inline static std::unique_ptr<RedisServer> redis_;
  inline static std::unique_ptr<Worker> worker_;

  RedisClient redis = redis_->client();

 private:
  Devices devices{worker_->public_socket()};
  FastCgiClient public_{worker_->public_socket()};
};

// Without this the others could be refused for what is wrong with their own requests.
TEST_F(EveryRoute, AnswersARequestWithNothingWrongAndOnlyChangesWhereItsMethodSaysSo) {
  for (const Route& route : routes()) {
    SCOPED_TRACE(name_of(route) + ": if it is new, tell good() what to ask");
    begin_anew();
    if (has(route, "/enable")) redis({"HSET", keys_of(mine) + "session-bar", "bar", "0 disabled"});
    const auto before = dump(redis);
    const Response response = ask(good(route));
    EXPECT_LT(response.status, 300) << response.body;
    EXPECT_EQ(dump(redis) != before, changes_something(route));
  }
}

// Every token that differs from this one in one part: a character, its length, its case, or a whole part that
// is another session's.
std::set<std::string> changed_in_one_part(const std::string& token, const std::vector<Signed>& others) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const auto replaced = [&](std::size_t at, std::string_view by) { return std::string(token).replace(at, 1, by); };
  std::set<std::string> changed;
  for (std::size_t i = 0; i < token.size(); ++i) {
    const std::size_t digit = kAlphabet.find(token[i]);
    // The bits of a digit, of which in the last one the lower four belong to no byte.
    for (const std::size_t bit : {1U, 2U, 4U, 8U, 16U, 32U}) changed.insert(replaced(i, kAlphabet.substr(digit ^ bit, 1)));
    const auto c = static_cast<unsigned char>(token[i]);
    changed.insert(replaced(i, std::string(1, static_cast<char>(std::islower(c) != 0 ? std::toupper(c) : std::tolower(c)))));
    for (const char* by : {"", "+", "/", "=", "%", ".", " ", "\t", "\n", "\xC3\xA9"}) changed.insert(replaced(i, by));
    changed.insert(std::string(token).insert(i, i == 0 ? "\t" : " "));
    changed.insert(token.substr(0, i));
  }
  for (const char* end : {"A", "_", "=", "==", ".", "\n", "\xC2\xA0"}) changed.insert(token + end);
  for (const char* kind : {"ses_", "pat_", "SES_", "Ses_", "ses-", "", "s_", "session_"}) changed.insert(kind + token.substr(4));

  const Token own = parse_token(token).value();
  for (const Signed& session : others) {
    const Token theirs = parse_token(session.token).value();
    changed.insert(format_token({own.kind, theirs.ref, own.id, own.secret}));
    changed.insert(format_token({own.kind, own.ref, theirs.id, own.secret}));
    changed.insert(format_token({own.kind, own.ref, own.id, theirs.secret}));
    changed.insert(format_token({own.kind, own.ref, theirs.id, theirs.secret}));
    changed.insert(format_token({own.kind, theirs.ref, theirs.id, own.secret}));
  }
  for (const Signed& session : others) changed.erase(session.token);
  changed.erase(token);
  return changed;
}

TEST_F(EveryRoute, ThatTakesACallerRefusesATokenOfWhichAnyPartIsChanged) {
  const auto before = dump(redis);
  const std::array callers = {mine, cli, ended};
  for (const Signed& caller : callers) {
    const auto tokens = changed_in_one_part(caller.token, {other, cli, mine, strangers, ended});
    EXPECT_GT(tokens.size(), 1'500U);
    const std::size_t step = tokens.size() / races(tokens.size());  // where it is not 1, each route gets others
    std::size_t at = 0;
    for (const Route& route : routes()) {
      if (!takes_caller(route) || takes_living_caller(route) != (&caller != &callers[2])) continue;
      Asked asked = good(route);
      std::size_t i = ++at;  // every other token is in the cookie, and on the next route the others
      for (const std::string& token : tokens) {
        if (++i % step != 0) continue;
        (i / step % 2 == 0 ? by_cookie : by_bearer)(asked, token);
        // In HTTP a header with a line break is none, in FastCGI it is one.
        ASSERT_EQ(ask(asked).status, asked.internal && token.find('\n') != std::string::npos ? 400 : 401) << name_of(route) << " of " << caller.token << " as " << token;
      }
    }
  }
  EXPECT_TRUE(dump(redis) == before);
}

// A way to be refused, and of which routes.
struct Refusal {
  std::string name;
  int status;
  std::function<bool(const Route&)> concerns;
  std::function<void(Asked&)> spoil;
};

TEST_F(EveryRoute, ChangesNothingWhenItRefuses) {
  const Signed expired = mint("expired", {.ttl_seconds = 1});
  worker_->process().wait_until([&] { return redis.keys(keys_of(expired) + "*").empty(); }, "the end of a session");
  // Sessions that are over, though their hashes are there.
  const Signed over = mint("over");
  redis({"HSET", keys_of(over) + "session-bar", "bar", "9000000000000"});
  const Signed disabled = mint("disabled");
  redis({"HSET", keys_of(disabled) + "session-bar", "bar", "0 disabled"});
  Token forged = parse_token(mine.token).value();
  forged.secret.bytes[31] ^= 1;
  const std::string wrong = format_token(forged);

  const auto all = [](const Route&) { return true; };
  const auto by_fastcgi = [](const Route& route) { return route.reach == Reach::kPublic || route.reach == Reach::kDevices; };
  const auto not_get = [](const Route& route) { return route.method != http::Method::kGet; };
  const auto takes_any_body = [](const Route& route) { return takes_body(route) || takes_form(route); };
  const auto changing_caller = [](const Route& route) { return takes_caller(route) && changes_something(route); };
  const auto named = [](const char* part) { return [part](const Route& route) { return has(route, part); }; };
  const auto at = [](const char* method, const char* path) {
    return [=](const Route& route) { return name_of(route) == std::string(method) + " " + path; };
  };
  const auto redeems = at("POST", "/api/v1/auth/cli/redeem");
  const auto polls = at("POST", "/oauth/token");
  const auto id = [&](const std::string& text) { return [&, text](Asked& asked) { asked.path = with(asked.path, other.id, text); }; };
  const auto user_id = [&](const std::string& text) {
    return [&, text](Asked& asked) { asked.path = with(asked.path, "/users/" + user, "/users/" + text); };
  };
  const auto token = [](const std::string& text) { return [text](Asked& asked) { by_bearer(asked, text); }; };
  const auto cookie = [](const std::string& text) { return [text](Asked& asked) { by_cookie(asked, text); }; };
  const auto header = [](const std::string& name, const std::string& value) {
    return [=](Asked& asked) { asked.headers.emplace_back(name, value); };
  };
  const auto method = [](const std::string& text) { return [text](Asked& asked) { asked.method = text; }; };
  const auto body = [](const std::string& text) { return [text](Asked& asked) { asked.body = text; }; };
  const auto query = [](const std::string& text) { return [text](Asked& asked) { asked.path += text; }; };
  const auto from_elsewhere = [&](const std::string& name, const std::string& value) {
    return [=, this](Asked& asked) {
      by_cookie(asked, mine.token);
      asked.headers.emplace_back(name, value);
    };
  };

  const std::vector<Refusal> refusals = {
      {"no credential", 401, takes_caller, [](Asked& asked) { asked.headers.clear(); }},
      {"another scheme", 401, takes_caller, [](Asked& asked) { present(asked, "HTTP_AUTHORIZATION", "Basic YTpi"); }},
      {"a wrong secret", 401, takes_caller, token(wrong)},
      {"a wrong secret in the cookie", 401, takes_caller, cookie(wrong)},
      {"an expired session", 401, takes_caller, token(expired.token)},
      {"a revoked session", 401, takes_living_caller, token(ended.token)},
      {"a revoked session in the cookie", 401, takes_living_caller, cookie(ended.token)},
      {"a session that is over", 401, takes_caller, token(over.token)},
      {"a session that is over in the cookie", 401, takes_caller, cookie(over.token)},
      {"a session of a disabled user", 401, takes_caller, token(disabled.token)},
      {"two headers", 401, takes_caller, header("HTTP_AUTHORIZATION", "Bearer " + other.token)},
      {"the same header twice", 401, takes_caller, header("HTTP_AUTHORIZATION", "Bearer " + mine.token)},
      {"two cookies", 401, takes_caller, cookie(mine.token + "; __Host-session=" + other.token)},
      {"a bad header beside a good cookie", 401, takes_caller,
       [&](Asked& asked) {
         by_bearer(asked, wrong);
         asked.headers.emplace_back("HTTP_COOKIE", "__Host-session=" + mine.token);
       }},
      {"another site, says the browser", 403, changing_caller, from_elsewhere("HTTP_SEC_FETCH_SITE", "cross-site")},
      {"a site beside ours, says the browser", 403, changing_caller, from_elsewhere("HTTP_SEC_FETCH_SITE", "same-site")},
      {"another origin", 403, changing_caller, from_elsewhere("HTTP_ORIGIN", "https://evil.example")},
      {"no origin", 403, changing_caller, from_elsewhere("HTTP_ORIGIN", "null")},
      {"a CLI that connects a CLI", 403, at("POST", "/api/v1/auth/cli/request-grant"), token(cli.token)},
      {"a CLI that decides of a CLI", 403, takes_user_code, token(cli.token)},

      {"another method", 405, all, method("BREW")},
      {"a method in small letters", 405, all, method("delete")},
      {"no method", 405, by_fastcgi, method("")},
      {"the other realm", 404, [](const Route& route) { return route.reach != Reach::kAll; },
       [](Asked& asked) { asked.internal = !asked.internal; }},
      {"a slash more", 404, all, [](Asked& asked) { asked.path += "/"; }},
      {"an unknown query parameter", 400, not_get, query("?unheard-of=1")},
      {"a known one, misspelt", 400, not_get, query("?Except=" + mine.id)},

      {"an id that is no UUID", 404, named("{id}"), id("nonsense")},
      {"the nil UUID", 404, named("{id}"), id("00000000-0000-0000-0000-000000000000")},
      {"an unknown id", 404, named("{id}"), id("01900000-0000-7000-8000-000000000000")},
      {"the id of another user's session", 404, named("{id}"), id(strangers.id)},
      {"the id of an ended session", 404, named("{id}"), id(ended.id)},
      {"an id with a wildcard", 404, named("{id}"), id("*")},
      {"a user id that is badly encoded", 400, named("{user_id}"), user_id("%zz")},
      {"a user id that is no UTF-8", 400, named("{user_id}"), user_id("%FF")},
      {"a user id that is too long", 400, named("{user_id}"), user_id(std::string(256, 'a'))},
      {"another user, whose session it is not", 404, at("DELETE", "/internal/v1/users/{user_id}/sessions/{id}"), user_id("bob")},

      {"no body", 400, takes_any_body, body("")},
      {"a body that is no JSON", 400, takes_any_body, body("{")},
      {"a body that is no object", 400, takes_body, body("[]")},
      {"a body without what is needed", 400, takes_any_body, body("{}")},
      {"a form without what is needed", 400, takes_form, body("token=")},
      {"a form with it twice", 400, takes_form, [](Asked& asked) { asked.body += "&token=x&client_id=x"; }},
      {"a form that is badly encoded", 400, takes_form, [](Asked& asked) { asked.body += "&x=%"; }},
      {"a body with more behind it", 400, takes_body, [](Asked& asked) { asked.body += "x"; }},
      {"a member that is not known", 400, [](const Route& route) { return takes_body(route) && !takes_user(route); },
       [](Asked& asked) { asked.body.insert(1, R"("unheard-of":1,)"); }},
      {"a body of another type", 415, takes_any_body,
       [](Asked& asked) { std::erase_if(asked.headers, [](const auto& pair) { return pair.first == "CONTENT_TYPE"; }); }},
      {"a body that is too large", 413, takes_any_body, body(std::string(60'000, ' '))},
      {"a body where none is read", 400,
       [](const Route& route) { return (route.method == http::Method::kDelete && !has(route, "{id}")) || takes_no_body(route); }, body(R"({"except":"x"})")},
      {"a user id in the body that is none", 400, named("/reauthenticated"), body(R"({"user_id":""})")},
      {"another user in the body, whose session it is not", 404, named("/reauthenticated"), body(R"({"user_id":"bob"})")},
      {"a proof in a CLI's session", 403, named("/reauthenticated"), id(cli.id)},
      {"a time that is none", 400, named("/reauthenticated"), body(R"({"user_id":"alice","auth_time":"now"})")},
      {"an unknown code", 401, redeems, body(R"({"code":"ABCDEFGH"})")},
      {"a code that is too short", 400, redeems, body(R"({"code":"ABCDEFG"})")},
      {"a user code that nobody has", 404, takes_user_code, body(R"({"code":"ABCDEFGH"})")},
      {"a user code that was approved", 404, takes_user_code, body(R"({"code":")" + approved.user_code + R"("})")},
      {"a user code that is too short", 400, takes_user_code, body(R"({"code":"ABCDEFG"})")},
      {"a device code that is none", 400, polls, [&](Asked& asked) { asked.body = with(asked.body, approved.device_code, "nonsense"); }},
      {"a device code with another's secret", 400, polls,
       [&](Asked& asked) { asked.body = with(asked.body, approved.device_code, approved.device_code.substr(0, 22) + waiting.device_code.substr(22)); }},
      {"a device code of another client", 400, polls, [](Asked& asked) { asked.body = with(asked.body, "path-cli", "another"); }},
      {"a grant type of OAuth's others", 400, polls, [](Asked& asked) { asked.body = with(asked.body, "device_code&", "refresh&"); }},
      {"an id to spare that is none", 400, at("DELETE", "/internal/v1/users/{user_id}/sessions"), query("?except=nonsense")},
      {"a kind to end that is none", 400, at("DELETE", "/internal/v1/users/{user_id}/sessions"), query("?kind=root")},
  };

  const auto before = dump(redis);
  for (const Refusal& refusal : refusals) {
    int tried = 0;
    for (const Route& route : routes()) {
      if (!refusal.concerns(route)) continue;
      ++tried;
      Asked asked = good(route);
      refusal.spoil(asked);
      EXPECT_EQ(ask(asked).status, refusal.status) << refusal.name << ": " << name_of(route);
      ASSERT_TRUE(dump(redis) == before) << refusal.name << ": " << name_of(route);
    }
    EXPECT_GT(tried, 0) << refusal.name << " concerns no route";
  }
}

// A route is closed to who acts as somebody else, unless it is one of these: they look, or end the session itself.
TEST_F(EveryRoute, ThatChangesSomethingIsClosedToWhoActsAsThePersonButForItsOwnEnd) {
  const std::set<std::string> open = {"GET /api/v1/auth/sessions", "GET /api/v1/u/me", "POST /api/v1/auth/logout", "GET /internal/v1/check"};
  const auto asked_by = [&](const Route& route, const Signed& operators) {
    Asked asked = good(route);
    by_bearer(asked, operators.token);
    return asked;
  };
  std::size_t refused = 0;
  for (const Route& route : routes()) {
    if (!takes_living_caller(route)) continue;
    SCOPED_TRACE(name_of(route));
    const Signed operators = mint(user, {.impersonator = "op-7"});
    const auto before = dump(redis);
    const Response response = ask(asked_by(route, operators));
    if (open.contains(name_of(route))) {
      EXPECT_LT(response.status, 300) << response.body;
      continue;
    }
    ++refused;
    EXPECT_EQ(response.status, 403) << response.body;
    EXPECT_TRUE(dump(redis) == before);
  }
  EXPECT_GT(refused, 0U);
}

TEST_F(EveryRoute, ThatNamesASessionIsClosedToWhoActsAsThePersonWhateverItNames) {
  for (const Route& route : routes()) {
    if (!takes_caller(route) || !has(route, "{id}")) continue;
    SCOPED_TRACE(name_of(route));
    const Signed operators = mint(user, {.impersonator = "op-7"});
    const Signed colleagues = mint(user, {.impersonator = "op-8"});
    const auto before = dump(redis);
    std::string refusal;
    for (const std::string& id : {mine.id, cli.id, colleagues.id, ended.id, strangers.id, std::string("nonsense")}) {
      Asked asked = good(route);
      asked.path = with(asked.path, other.id, id);
      by_bearer(asked, operators.token);
      const Response response = ask(asked);
      EXPECT_EQ(response.status, 403) << response.body;
      if (refusal.empty()) refusal = response.body;
      EXPECT_EQ(response.body, refusal) << "the answer tells nothing of what is there";
    }
    EXPECT_TRUE(dump(redis) == before);
    Asked itself = good(route);
    itself.path = with(itself.path, other.id, operators.id);
    by_bearer(itself, operators.token);
    EXPECT_EQ(ask(itself).status, route.method == http::Method::kDelete ? 204 : 403);
  }
}

}  // namespace
}  // namespace sessiond::test
