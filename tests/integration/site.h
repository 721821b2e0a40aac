#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "integration/fastcgi_client.h"
#include "integration/http_client.h"
#include "integration/http_peer.h"
#include "integration/nginx.h"
#include "integration/redis_server.h"
#include "integration/temp_dir.h"
#include "integration/worker.h"

namespace sessiond::test {

/// Public routes that many tests ask.
inline constexpr const char* kMe = "/api/v1/u/me";
inline constexpr const char* kRedeem = "/api/v1/auth/cli/redeem";

/// What minting answered.
struct Signed {
  std::string id;
  std::string token;
  std::string expires_at;  // RFC 3339

  /// `Authorization: Bearer …`
  [[nodiscard]] std::string bearer() const { return "Authorization: Bearer " + token; }
  /// `Cookie: __Host-session=…`
  [[nodiscard]] std::string cookie() const { return "Cookie: __Host-session=" + token; }
};

/// What to mint besides the user.
struct Wanted {
  std::string kind = "web";
  std::optional<std::string> user_agent = {};
  std::optional<std::int64_t> ttl_seconds = {};
  std::optional<std::string> replaces = {};
  std::optional<bool> persistent = {};
  std::optional<std::int64_t> idle_seconds = {};
  std::string proof = {};  // of who they are, as members: `"acr":"2fa"`
  std::optional<std::string> impersonator = {};
};

/// A whole site: Redis, the worker and nginx in a folder of their own, and a client at each of
/// nginx's doors.
class Site {
 public:
  explicit Site(const std::vector<std::string>& worker_options = {"--dev-login"},
                const std::vector<std::string>& redis_settings = {});

  /// Mints a session through the internal realm, which must succeed.
  Signed mint(const std::string& user_id, const Wanted& wanted = {});

  Response get(const std::string& path, const Signed& caller) { return web.send({"GET", path, {caller.bearer()}, {}}); }
  /// GET /api/v1/auth/sessions
  Response list(const Signed& caller) { return get("/api/v1/auth/sessions", caller); }
  /// DELETE /api/v1/auth/sessions/{id}
  Response revoke(const Signed& caller, const std::string& id) {
    return web.send({"DELETE", "/api/v1/auth/sessions/" + id, {caller.bearer()}, {}});
  }
  /// POST with a JSON body to the internal realm.
  Response post_internal(const std::string& path, const std::string& body) {
    return operators.send({"POST", path, {"Content-Type: application/json"}, body});
  }

  TempDir folder;
  RedisServer redis;

 private:
  struct Started {
    explicit Started(RedisServer& server) { server.start(); }
  } redis_started_;

 public:
  Worker worker;
  Nginx nginx;
  HttpClient web;
  HttpClient operators;
};

/// What a minting's answer says. Throws when it is none.
[[nodiscard]] Signed signed_by(const Response& minted);

/// The ids in a list of sessions, in its order.
[[nodiscard]] std::vector<std::string> ids_in(const Response& list);

/// A text as JSON.
[[nodiscard]] std::string quoted(const std::string& text);

/// A User as a login service would hand it over.
[[nodiscard]] std::string user_json(const std::string& id, const std::string& username = "alice");

/// The same with these further members, as JSON.
[[nodiscard]] std::string user_with(const std::string& id, const std::string& members);

/// The body of a minting.
[[nodiscard]] std::string minting_json(const std::string& user, const Wanted& wanted = {});

/// `sessiond:{ref}:` for the user of a token: what all of that user's keys begin with.
[[nodiscard]] std::string keys_of(const Signed& session);

/// The key of the session itself, a hash.
[[nodiscard]] std::string key_of(const Signed& session);

/// When it was minted, in milliseconds, as its id says.
[[nodiscard]] Millis minted_at(const Signed& session);

/// The status of a check of its token.
[[nodiscard]] int check(HttpPeer& peer, const Signed& session);

/// The first such status that is not 204. When patience ends first, 204.
[[nodiscard]] int wait_until_not_vouched_for(HttpPeer& peer, const Signed& session);

/// The error shape of the contract: status, code, JSON, headers. Adds failures.
void expect_problem(const Response& response, int status, const std::string& code);

/// Tests that need a site and leave it as it was share one, each with a user of its own.
class SiteTest : public ::testing::Test {
 protected:
  SiteTest();

  Site& site;
  std::string user;  // a user id that no other test has
};

/// The site that SiteTests share; started when first asked for and ended after the last test.
Site& shared_site();

}  // namespace sessiond::test
