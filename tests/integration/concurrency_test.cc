// Many at once: over several threads of the worker, all on one user.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "integration/document.h"
#include "integration/site.h"

namespace sessiond::test {
namespace {

class Concurrency : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = std::make_unique<TempDir>();
    redis_ = std::make_unique<RedisServer>(*folder_);
    redis_->start();
    worker_ = std::make_unique<Worker>(*folder_, std::vector<std::string>{"--threads", "4", "--max-sessions", "20"});
  }
  static void TearDownTestSuite() {
    worker_.reset();
    redis_.reset();
    folder_.reset();
  }

  static std::vector<FastCgiClient> connections(std::size_t count, bool internal = false) {
    std::vector<FastCgiClient> peers;
    for (std::size_t i = 0; i < count; ++i) {
      peers.emplace_back(internal ? worker_->internal_socket() : worker_->public_socket());
    }
    return peers;
  }

  // Sends each peer its request before any answer is read.
  static std::vector<Response> ask_all(std::vector<FastCgiClient>& peers, const std::vector<std::string>& requests) {
    for (std::size_t i = 0; i < peers.size(); ++i) peers[i].write(requests[i]);
    std::vector<Response> responses;
    for (FastCgiClient& peer : peers) responses.push_back(peer.read_response());
    return responses;
  }
  static std::vector<Response> ask_all(std::vector<FastCgiClient>& peers, const std::string& request) {
    return ask_all(peers, std::vector<std::string>(peers.size(), request));
  }

  [[nodiscard]] std::string minting() const {
    return fastcgi::request(
        {{"REQUEST_METHOD", "POST"}, {"REQUEST_URI", "/internal/v1/sessions"}, {"CONTENT_TYPE", "application/json"}},
        minting_json(user_json(user)));
  }
  [[nodiscard]] Signed mint() const { return signed_by(FastCgiClient(worker_->internal_socket()).ask(minting())); }
  static std::string revocation(const Signed& caller, const std::string& id) {
    return fastcgi::request("DELETE", "/api/v1/auth/sessions/" + id, caller.token);
  }

  const std::string user = ::testing::UnitTest::GetInstance()->current_test_info()->name();

  inline static std::unique_ptr<TempDir> folder_;
  inline static std::unique_ptr<RedisServer> redis_;
  inline static std::unique_ptr<Worker> worker_;
};

std::map<int, int> by_status(const std::vector<Response>& responses) {
  std::map<int, int> counts;
  for (const Response& response : responses) ++counts[response.status];
  return counts;
}

using Counts = std::map<int, int>;

TEST_F(Concurrency, TwoHundredRevocationsOfOneSessionEndItOnce) {
  const Signed mine = mint();
  const Signed lost = mint();
  auto peers = connections(200);
  EXPECT_EQ(by_status(ask_all(peers, revocation(mine, lost.id))), (Counts{{204, 1}, {404, 199}}));
}

TEST_F(Concurrency, TwoHundredLogoutsOfOneSessionEndItOnce) {
  const Signed mine = mint();
  auto peers = connections(200);
  const auto counts = by_status(ask_all(peers, fastcgi::request("POST", "/api/v1/auth/logout", mine.token)));
  EXPECT_EQ(counts, (Counts{{204, 1}, {401, 199}}));
}

TEST_F(Concurrency, ARevokedTokenFailsOnEveryThreadAtOnce) {
  for (int round = 0; round < 20; ++round) {
    const Signed mine = mint();
    const Signed lost = mint();
    auto peers = connections(32);
    const std::string request = fastcgi::request("GET", "/api/v1/u/me", lost.token);
    ASSERT_EQ(by_status(ask_all(peers, request)), (Counts{{200, 32}}));
    ASSERT_EQ(FastCgiClient(worker_->public_socket()).ask(revocation(mine, lost.id)).status, 204);
    ASSERT_EQ(by_status(ask_all(peers, request)), (Counts{{401, 32}}));
  }
}

TEST_F(Concurrency, MintsAndRevokesLeaveIndexAndHashesInAgreement) {
  RedisClient redis = redis_->client();
  const Signed mine = mint();
  for (int round = 0; round < 20; ++round) {
    auto minters = connections(8, true);
    std::vector<Signed> fresh;
    for (const Response& response : ask_all(minters, minting())) fresh.push_back(signed_by(response));

    auto peers = connections(16);
    std::vector<std::string> requests;
    for (std::size_t i = 0; i < peers.size(); ++i) requests.push_back(revocation(mine, fresh[i / 2].id));
    for (FastCgiClient& minter : minters) minter.write(minting());
    EXPECT_EQ(by_status(ask_all(peers, requests)), (Counts{{204, 8}, {404, 8}}));
    for (FastCgiClient& minter : minters) fresh.push_back(signed_by(minter.read_response()));

    const auto listed = ids_in(FastCgiClient(worker_->public_socket()).ask(fastcgi::request("GET", "/api/v1/auth/sessions", mine.token)));
    std::set<std::string> in_index;
    for (const RedisAnswer& id : redis({"ZRANGE", keys_of(mine) + "sessions", "0", "-1"}).elements) in_index.insert(id.text);
    EXPECT_EQ(std::set<std::string>(listed.begin(), listed.end()), in_index);
    EXPECT_EQ(redis.keys(keys_of(mine) + "session:*").size(), in_index.size());
    EXPECT_EQ(in_index.size(), 9U);
    for (std::size_t i = 8; i < fresh.size(); ++i) {
      EXPECT_EQ(FastCgiClient(worker_->public_socket()).ask(revocation(mine, fresh[i].id)).status, 204);
    }
  }
}

TEST_F(Concurrency, ARaceAtTheCapNeverExceedsIt) {
  RedisClient redis = redis_->client();
  auto minters = connections(32, true);
  const auto minted = ask_all(minters, minting());
  EXPECT_EQ(by_status(minted), (Counts{{201, 32}}));
  EXPECT_EQ(redis.keys(keys_of(signed_by(minted[0])) + "session:*").size(), 20U);
  EXPECT_EQ(redis({"ZCARD", keys_of(signed_by(minted[0])) + "sessions"}).integer, 20);
}

TEST_F(Concurrency, EachOfManyUsersIsAnsweredAsThemselves) {
  std::vector<std::string> minting_requests;
  for (int i = 0; i < 64; ++i) {
    minting_requests.push_back(fastcgi::request(
        {{"REQUEST_METHOD", "POST"}, {"REQUEST_URI", "/internal/v1/sessions"}, {"CONTENT_TYPE", "application/json"}},
        minting_json(user_json("user " + std::to_string(i)))));
  }
  auto minters = connections(64, true);
  std::vector<std::string> requests;
  for (const Response& response : ask_all(minters, minting_requests)) {
    requests.push_back(fastcgi::request("GET", "/api/v1/u/me", signed_by(response).token));
  }
  auto peers = connections(64);
  for (int round = 0; round < 20; ++round) {
    const auto responses = ask_all(peers, requests);
    for (std::size_t i = 0; i < responses.size(); ++i) {
      ASSERT_STREQ(Document(responses[i].body)["id"].GetString(), ("user " + std::to_string(i)).c_str());
    }
  }
}

}  // namespace
}  // namespace sessiond::test
