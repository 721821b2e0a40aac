#include "integration/site.h"

#include <memory>
#include <utility>

#include "integration/document.h"
#include "json/write.h"
#include "session/crypto.h"
#include "session/base64url.h"
#include "session/token.h"
#include "session/uuid.h"

namespace sessiond::test {
namespace {

std::unique_ptr<Site>& shared() {
  static std::unique_ptr<Site> site;
  return site;
}

class EndOfSharedSite : public ::testing::Environment {
 public:
  void TearDown() override { shared().reset(); }
};

[[maybe_unused]] const ::testing::Environment* const registered =
    ::testing::AddGlobalTestEnvironment(new EndOfSharedSite);

}  // namespace

Site::Site(const std::vector<std::string>& worker_options, const std::vector<std::string>& redis_settings)
    : redis(folder, redis_settings),
      redis_started_(redis),
      worker(folder, worker_options),
      nginx(folder),
      web(nginx.socket()),
      operators(worker.internal_socket()) {}

Signed Site::mint(const std::string& user_id, const Wanted& wanted) {
  return signed_by(post_internal("/internal/v1/sessions", minting_json(user_json(user_id), wanted)));
}

Signed signed_by(const Response& minted) {
  if (minted.status != 201) throw std::runtime_error("minting failed: " + minted.body);
  const Document answer(minted.body);
  return {answer["id"].GetString(), answer["token"].GetString(), answer["expires_at"].GetString()};
}

std::string quoted(const std::string& text) {
  std::string json;
  json::append_string(json, text);
  return json;
}

std::string user_json(const std::string& id, const std::string& username) {
  return R"({"id":)" + quoted(id) + R"(,"username":)" + quoted(username) +
         R"(,"created_at":"2026-01-02T03:04:05.678Z","updated_at":"2026-02-03T04:05:06.789Z"})";
}

std::string user_with(const std::string& id, const std::string& members) {
  std::string user = user_json(id);
  return user.replace(user.size() - 1, 1, (members.empty() ? "" : ",") + members + "}");
}

std::string minting_json(const std::string& user, const Wanted& wanted) {
  std::string json = R"({"user":)" + user + R"(,"kind":)" + quoted(wanted.kind);
  if (wanted.user_agent) json += R"(,"user_agent":)" + quoted(*wanted.user_agent);
  if (wanted.ttl_seconds) json += R"(,"ttl_seconds":)" + std::to_string(*wanted.ttl_seconds);
  if (wanted.idle_seconds) json += R"(,"idle_seconds":)" + std::to_string(*wanted.idle_seconds);
  if (wanted.replaces) json += R"(,"replaces":)" + quoted(*wanted.replaces);
  if (wanted.impersonator) json += R"(,"impersonator":)" + quoted(*wanted.impersonator);
  if (wanted.persistent) json += std::string(R"(,"persistent":)") + (*wanted.persistent ? "true" : "false");
  if (!wanted.proof.empty()) json += "," + wanted.proof;
  return json + "}";
}

std::vector<std::string> ids_in(const Response& list) {
  if (list.status != 200) throw std::runtime_error("no list: " + list.body);
  const Document document(list.body);
  std::vector<std::string> ids;
  for (const Json& session : document.root().GetArray()) ids.emplace_back(session["id"].GetString());
  return ids;
}

std::string keys_of(const Signed& session) {
  return "sessiond:{" + base64url(parse_token(session.token).value().ref.bytes) + "}:";
}

std::string key_of(const Signed& session) { return keys_of(session) + "session:" + session.id; }

Millis minted_at(const Signed& session) { return minted_at(parse_uuid(session.id).value()); }

int check(HttpPeer& peer, const Signed& session) {
  return peer.ask(http1::request("GET", "/internal/v1/check", session.token)).status;
}

int wait_until_not_vouched_for(HttpPeer& peer, const Signed& session) {
  int status = 204;
  static_cast<void>(happens([&] { return (status = check(peer, session)) != 204; }));
  return status;
}

void expect_problem(const Response& response, int status, const std::string& code) {
  EXPECT_EQ(response.status, status) << response.body;
  EXPECT_EQ(response.header("content-type"), "application/json");
  EXPECT_EQ(response.header("cache-control"), "no-store");
  EXPECT_EQ(response.header("x-content-type-options"), "nosniff");
  EXPECT_EQ(response.header("x-request-id").value_or("").size(), 32U);
  const Document problem(response.body);
  EXPECT_EQ(problem.root().MemberCount(), 2U) << response.body;
  EXPECT_STREQ(problem["code"].GetString(), code.c_str());
  EXPECT_STRNE(problem["error"].GetString(), "");
}

Site& shared_site() {
  static bool tried = false;
  if (!shared() && std::exchange(tried, true)) throw std::runtime_error("the shared site did not start: see the first failure");
  if (!shared()) shared() = std::make_unique<Site>();
  return *shared();
}

SiteTest::SiteTest() : site(shared_site()) {
  const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
  static int count = 0;  // tests may be repeated
  user = std::string(test->test_suite_name()) + "." + test->name() + "-" + std::to_string(++count);
}

}  // namespace sessiond::test
