// Many at once: over several threads of the worker, all on one user.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "integration/crowd.h"
#include "integration/document.h"
#include "integration/site.h"
#include "session/token.h"

namespace sessiond::test {
namespace {

class Concurrency : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = std::make_unique<TempDir>();
    redis_ = std::make_unique<RedisServer>(*folder_);
    redis_->start();
    worker_ = std::make_unique<Worker>(*folder_, std::vector<std::string>{"--threads", "4", "--max-sessions", "200", "--redeem-failures", "1000000"});
  }
  static void TearDownTestSuite() {
    worker_.reset();
    redis_.reset();
    folder_.reset();
  }

  [[nodiscard]] std::string minting() const { return minting_request(user); }
  [[nodiscard]] Signed mint() const { return signed_by(HttpPeer(worker_->internal_socket()).ask(minting())); }
  static Crowd crowd(std::size_t count) { return Crowd(worker_->public_socket(), count); }
  static Crowd minters(std::size_t count) { return Crowd(worker_->internal_socket(), count); }

  const std::string user = ::testing::UnitTest::GetInstance()->current_test_info()->name();

  inline static std::unique_ptr<TempDir> folder_;
  inline static std::unique_ptr<RedisServer> redis_;
  inline static std::unique_ptr<Worker> worker_;
};

using Counts = std::map<int, std::size_t>;

TEST_F(Concurrency, TwoHundredRevocationsOfOneSessionEndItOnce) {
  const Signed mine = mint();
  const Signed lost = mint();
  Crowd peers = crowd(200);
  EXPECT_EQ(by_status(peers.ask(revocation_request(mine.token, lost.id))), (Counts{{204, 1}, {404, 199}}));
}

TEST_F(Concurrency, TwoHundredLogoutsOfOneSessionEndItOnce) {
  const Signed mine = mint();
  Crowd peers = crowd(200);
  const auto counts = by_status(peers.ask(fastcgi::request("POST", "/api/v1/auth/logout", mine.token)));
  EXPECT_EQ(counts, (Counts{{204, 1}, {401, 199}}));
}

TEST_F(Concurrency, ARevokedTokenFailsOnEveryThreadOfEveryWorkerAtOnce) {
  const Worker second(*folder_, {"--threads", "2"}, {}, "second-");
  Crowd elsewhere(second.public_socket(), 8);
  for (int round = 0; round < 20; ++round) {
    const Signed mine = mint();
    const Signed lost = mint();
    Crowd peers = crowd(32);
    const std::string request = fastcgi::request("GET", "/api/v1/u/me", lost.token);
    ASSERT_EQ(by_status(peers.ask(request)), (Counts{{200, 32}}));
    ASSERT_EQ(by_status(elsewhere.ask(request)), (Counts{{200, 8}}));
    ASSERT_EQ(FastCgiClient(worker_->public_socket()).ask(revocation_request(mine.token, lost.id)).status, 204);
    elsewhere.send(std::vector<std::string>(8, request));
    ASSERT_EQ(by_status(peers.ask(request)), (Counts{{401, 32}}));
    ASSERT_EQ(by_status(elsewhere.read()), (Counts{{401, 8}}));
  }
}

// An index that is read, changed and written back would lose a session here.
TEST_F(Concurrency, MintsAndRevokesAtOnceLeaveIndexAndHashesInAgreement) {
  constexpr std::size_t kHalf = 32;
  RedisClient redis = redis_->client();
  const Signed mine = mint();
  const std::string list = fastcgi::request("GET", "/api/v1/auth/sessions", mine.token);
  FastCgiClient onlooker(worker_->public_socket());
  Crowd revokers = crowd(kHalf);
  Crowd fresh = minters(kHalf);
  std::vector<Signed> living;
  for (std::size_t round = 0; round < races(1'000); ++round) {
    std::vector<std::string> revocations;
    for (const Signed& session : living) revocations.push_back(revocation_request(mine.token, session.id));
    fresh.send(std::vector<std::string>(kHalf, minting()));
    const auto revoked = revokers.ask(revocations);
    ASSERT_EQ(by_status(revoked)[204], living.size());
    living.clear();
    for (const Response& response : fresh.read()) living.push_back(signed_by(response));

    std::set<std::string> expected = {mine.id};
    for (const Signed& session : living) expected.insert(session.id);
    std::set<std::string> in_index;
    for (const RedisAnswer& id : redis({"ZRANGE", keys_of(mine) + "sessions", "0", "-1"}).elements) in_index.insert(id.text);
    ASSERT_EQ(in_index, expected) << round;
    ASSERT_EQ(redis.keys(keys_of(mine) + "session:*").size(), expected.size());
    const auto listed = ids_in(onlooker.ask(list));
    ASSERT_EQ(std::set<std::string>(listed.begin(), listed.end()), expected);
    std::vector<std::string> uses;
    for (const Signed& session : living) uses.push_back(fastcgi::request("GET", "/api/v1/u/me", session.token));
    ASSERT_EQ(by_status(revokers.ask(uses))[200], kHalf);
  }
}

// Whatever else is under way with a session that is revoked: a login that replaces it, a code for a
// CLI, the redeeming of one, its own logout. None of them writes back what the revocation ended.
TEST_F(Concurrency, NothingBringsBackASessionThatIsRevokedMeanwhile) {
  constexpr std::size_t kAtOnce = 64;
  RedisClient redis = redis_->client();
  const Signed mine = mint();
  Crowd fresh = minters(kAtOnce);
  Crowd revokers = crowd(kAtOnce);
  Crowd others = crowd(kAtOnce);
  std::size_t raced = 0;
  for (int round = 0; raced < races(10'000); ++round) {
    std::vector<Signed> sessions;
    for (const Response& response : fresh.ask(minting())) sessions.push_back(signed_by(response));
    std::vector<std::string> grants;
    for (const Signed& session : sessions) grants.push_back(fastcgi::post("/api/v1/auth/cli/request-grant", "", session.token));
    const auto codes = revokers.ask(grants);

    std::vector<std::string> revocations;
    std::vector<std::string> rivals;
    std::vector<std::string> keys = {"EXISTS"};
    for (std::size_t i = 0; i < kAtOnce; ++i) {
      ASSERT_EQ(codes[i].status, 200);
      revocations.push_back(revocation_request(mine.token, sessions[i].id));
      const std::string code = Document(codes[i].body)["code"].GetString();
      rivals.push_back(i % 3 == 0   ? fastcgi::post("/api/v1/auth/cli/redeem", R"({"code":")" + code + R"("})")
                       : i % 3 == 1 ? fastcgi::post("/api/v1/auth/cli/request-grant", "", sessions[i].token)
                                    : fastcgi::post("/api/v1/auth/logout", "", sessions[i].token));
      keys.push_back(keys_of(mine) + "session:" + sessions[i].id);
    }
    std::vector<std::string> replacements;  // of some of the same sessions
    for (std::size_t i = 0; i < 8; ++i) replacements.push_back(minting_request(user, sessions[i * 8].id));
    fresh.send(replacements);
    others.send(rivals);
    revokers.send(revocations);
    std::vector<Response> minted = fresh.read();
    const auto rivals_said = others.read();
    for (const Response& response : rivals_said) ASSERT_LT(response.status, 500);
    auto revoked = by_status(revokers.read());
    ASSERT_EQ(revoked[204] + revoked[404], kAtOnce);
    ASSERT_EQ(redis(keys).integer, 0) << round;
    raced += kAtOnce;

    // What the race minted is whole, and makes room for the next round.
    for (std::size_t i = 0; i < kAtOnce; i += 3) {
      if (rivals_said[i].status == 200) minted.push_back(rivals_said[i]);
    }
    std::vector<std::string> tidying;
    for (const Response& response : minted) {
      const auto token = parse_token(Document(response.body)["token"].GetString());
      tidying.push_back(revocation_request(mine.token, format_uuid(token.value().id).string()));
    }
    ASSERT_EQ(by_status(revokers.ask(tidying))[204], tidying.size());
  }
  EXPECT_EQ(redis.keys("sessiond:grant:*").size(), 0U);
}

// The caller is proved first and the change comes in a second step: in between, the caller's session can end.
TEST_F(Concurrency, ACallerWhoseSessionEndsMeanwhileEndsNothingAndObtainsNothing) {
  const Worker second(*folder_, {"--threads", "1"}, {}, "second-");
  RedisClient redis = redis_->client();
  const Signed mine = mint();
  const auto wait_for_changes = [&](int count) {
    const auto blocked = [&] {
      const std::string info = redis({"INFO", "clients"}).text;
      return std::stoi(info.substr(info.find("blocked_clients:") + 16));
    };
    worker_->process().wait_until([&] { return blocked() >= count; }, "a change");
  };
  const auto renaming = [](const Signed& caller, const std::string& id) {
    return fastcgi::request({{"REQUEST_METHOD", "PATCH"}, {"REQUEST_URI", "/api/v1/auth/sessions/" + id}, {"HTTP_HOST", "site.example"},
                             {"HTTP_AUTHORIZATION", "Bearer " + caller.token}, {"CONTENT_TYPE", "application/json"}}, R"({"name":"mine"})");
  };
  // A script that Redis does not know yet would be sent again, and so come later.
  for (const std::string& request : {revocation_request(mine.token, mint().id), renaming(mine, mine.id),
                                     fastcgi::post("/api/v1/auth/cli/request-grant", "", mine.token),
                                     fastcgi::request("DELETE", "/api/v1/auth/sessions", mine.token)}) {
    ASSERT_LT(FastCgiClient(worker_->public_socket()).ask(request).status, 300) << request;
  }
  const Signed other = mint();
  for (const auto& [method, path] : std::vector<std::pair<std::string, std::string>>{
           {"DELETE", "/api/v1/auth/sessions/" + other.id}, {"DELETE", "/api/v1/auth/sessions"}, {"POST", "/api/v1/auth/cli/request-grant"}, {"PATCH", other.id}}) {
    const Signed lost = mint();
    FastCgiClient revoker(worker_->public_socket());
    FastCgiClient caller(second.public_socket());
    // Redis answers reads, and keeps changes in the order in which they come.
    redis({"CLIENT", "PAUSE", "60000", "WRITE"});
    revoker.write(revocation_request(mine.token, lost.id));
    wait_for_changes(1);
    caller.write(method == "PATCH" ? renaming(lost, path) : fastcgi::request(method, path, lost.token));
    wait_for_changes(2);
    redis({"CLIENT", "UNPAUSE"});
    EXPECT_EQ(revoker.read_response().status, 204);
    EXPECT_EQ(caller.read_response().status, 401) << path;
    const std::string key = keys_of(mine) + "session:";
    ASSERT_EQ(redis({"EXISTS", key + mine.id, key + other.id}).integer, 2) << path;
    EXPECT_EQ(redis({"HEXISTS", key + other.id, "name"}).integer, 0);
  }
  EXPECT_EQ(redis.keys("sessiond:grant:*").size(), 1U) << "the one that was asked for at first";
}

TEST_F(Concurrency, NothingMintedBeforeItSurvivesTheEndOfAllSessions) {
  RedisClient redis = redis_->client();
  Crowd before = minters(16);
  Crowd meanwhile = minters(16);
  HttpPeer ender(worker_->internal_socket());
  const std::string end_all = http1::request("DELETE", "/internal/v1/users/" + user + "/sessions");
  for (std::size_t round = 0; round < races(200); ++round) {
    const auto acknowledged = before.ask(minting());
    meanwhile.send(std::vector<std::string>(16, minting()));
    ASSERT_EQ(ender.ask(end_all).status, 200);
    std::vector<std::string> keys = {"EXISTS"};
    for (const Response& response : acknowledged) {
      const Signed session = signed_by(response);
      keys.push_back(key_of(session));
    }
    ASSERT_EQ(redis(keys).integer, 0) << round;
    for (const Response& response : meanwhile.read()) ASSERT_EQ(response.status, 201);
  }
}

TEST_F(Concurrency, ARaceAtTheCapNeverExceedsIt) {
  RedisClient redis = redis_->client();
  Crowd many = minters(32);
  for (std::size_t round = 0; round < 8; ++round) {
    const auto minted = many.ask(minting());
    EXPECT_EQ(by_status(minted), (Counts{{201, 32}}));
    const std::size_t expected = std::min<std::size_t>(200, 32 * (round + 1));
    EXPECT_EQ(redis.keys(keys_of(signed_by(minted[0])) + "session:*").size(), expected);
    EXPECT_EQ(redis({"ZCARD", keys_of(signed_by(minted[0])) + "sessions"}).integer, static_cast<long long>(expected));
  }
}

TEST_F(Concurrency, EachOfManyUsersIsAnsweredAsThemselves) {
  std::vector<std::string> minting_requests;
  for (int i = 0; i < 64; ++i) {
    minting_requests.push_back(minting_request("user " + std::to_string(i)));
  }
  Crowd many = minters(64);
  std::vector<std::string> requests;
  for (const Response& response : many.ask(minting_requests)) {
    requests.push_back(fastcgi::request("GET", "/api/v1/u/me", signed_by(response).token));
  }
  Crowd peers = crowd(64);
  for (int round = 0; round < 20; ++round) {
    const auto responses = peers.ask(requests);
    for (std::size_t i = 0; i < responses.size(); ++i) {
      ASSERT_STREQ(Document(responses[i].body)["id"].GetString(), ("user " + std::to_string(i)).c_str());
    }
  }
}

}  // namespace
}  // namespace sessiond::test
