// A use that is noted late must bring nothing back and let nothing live longer: whatever ended the session meanwhile.
#include <gtest/gtest.h>

#include "integration/crowd.h"
#include "integration/site.h"
#include "session/activity.h"

namespace sessiond::test {
namespace {

constexpr std::size_t kRacing = 64;

// All sessions are alice's. One that has been silent for ten minutes of its hour is used at the moment that it ends.
class ActivityRace : public ::testing::Test {
 protected:
  void TearDown() override {
    EXPECT_GT(passed_, 0U) << "no use was in time";
    worker_.reset();  // with all that it had under way
    std::set<std::string> stored;
    for (const std::string& key : redis_.keys(prefix_ + "*")) {
      stored.insert(key.substr(prefix_.size()));
      const auto hash = redis_.hash(key);
      ASSERT_TRUE(hash.contains("expires_at") && hash.contains("seen")) << "came back";
      const Millis end = end_of(std::stoll(hash.at("expires_at")), parse_seen(hash.at("seen")).value());
      EXPECT_EQ(redis_({"PEXPIRETIME", key}).integer, end);
    }
    EXPECT_EQ(stored, living_);
  }

  static Signed mint(const std::string& socket) { return signed_by(HttpPeer(socket).ask(minting_request("alice"))); }
  std::vector<Signed> mint() {
    return signed_all(services_.ask(minting_request("alice")));
  }
  static std::vector<Signed> signed_all(const std::vector<Response>& responses) {
    std::vector<Signed> sessions;
    for (const Response& response : responses) sessions.push_back(signed_by(response));
    return sessions;
  }
  [[nodiscard]] std::string key_of(const Signed& session) const { return prefix_ + session.id; }

  // Lets them have been silent for ten minutes and, with `end`, sets their ends from then on, one a millisecond.
  void age(const std::vector<Signed>& sessions, Millis end = 0) {
    std::vector<std::string> words = {"EVAL",
                                      "for i, key in ipairs(KEYS) do "
                                      "redis.call('HSET', key, 'seen', ARGV[1]) "
                                      "if ARGV[2] ~= '0' then local ends = string.format('%.0f', ARGV[2] + i / 8) "
                                      "redis.call('HSET', key, 'expires_at', ends) redis.call('PEXPIREAT', key, ends) end end",
                                      std::to_string(sessions.size())};
    for (const Signed& session : sessions) words.push_back(key_of(session));
    words.push_back(std::to_string(redis_.now() - 600'000) + " 3600000");
    words.push_back(std::to_string(end));
    ASSERT_FALSE(redis_(words).error);
  }

  void use(const std::vector<Signed>& sessions) {
    std::vector<std::string> checks;
    for (const Signed& session : sessions) checks.push_back(http1::request("GET", "/internal/v1/check", session.token));
    users_.send(checks);
  }
  // Reads what was said to those who used them.
  void expect_answers() {
    auto said = by_status(users_.read());
    ASSERT_EQ(said[204] + said[401], kRacing);
    passed_ += said[204];
  }
  void expect_gone(const std::vector<Signed>& sessions) {
    std::vector<std::string> words = {"EXISTS"};
    for (const Signed& session : sessions) words.push_back(key_of(session));
    ASSERT_EQ(redis_(words).integer, 0);
  }
  bool goes_on() { return has_more_races(kRacing * rounds_++, 2'500, passed_ > 0); }
  void keep(const std::vector<Signed>& sessions) {
    living_.clear();
    for (const Signed& session : sessions) living_.insert(session.id);
  }

  TempDir folder_;
  RedisServer server_{folder_};
  struct Started {
    explicit Started(RedisServer& redis_server) { redis_server.start(); }
  } started_{server_};
  RedisClient redis_ = server_.client();
  std::optional<Worker> worker_{std::in_place, folder_, std::vector<std::string>{"--web-idle", "1h", "--threads", "2", "--max-sessions", "64"}};
  Crowd users_{worker_->check_socket(), kRacing};
  Crowd services_{worker_->internal_socket(), kRacing};
  std::string prefix_ = keys_of(mint(worker_->internal_socket())) + "session:";
  std::set<std::string> living_;
  std::size_t passed_ = 0;
  std::size_t rounds_ = 0;
};

TEST_F(ActivityRace, WithARevocation) {
  while (goes_on()) {
    const std::vector<Signed> sessions = mint();
    age(sessions);
    std::vector<std::string> revocations;
    for (const Signed& session : sessions) revocations.push_back(http1::request("DELETE", "/internal/v1/users/alice/sessions/" + session.id, ""));
    use(sessions);
    ASSERT_EQ(by_status(services_.ask(revocations))[204], kRacing);
    expect_answers();
    expect_gone(sessions);
  }
}

TEST_F(ActivityRace, WithALifetimeThatEnds) {
  while (goes_on()) {
    const std::vector<Signed> sessions = mint();
    const Millis first = redis_.now() + 1;
    age(sessions, first);
    use(sessions);
    expect_answers();
    while (redis_.now() <= first + static_cast<Millis>(kRacing / 8)) {
    }
    expect_gone(sessions);
  }
}

TEST_F(ActivityRace, WithTheCap) {
  std::vector<Signed> sessions = mint();
  while (goes_on()) {
    age(sessions);
    use(sessions);
    const std::vector<Signed> next = mint();
    expect_answers();
    expect_gone(sessions);
    sessions = next;
  }
  keep(sessions);
}

TEST_F(ActivityRace, WithAMintingThatReplacesIt) {
  std::vector<Signed> sessions = mint();
  while (goes_on()) {
    age(sessions);
    std::vector<std::string> replacements;
    for (const Signed& session : sessions) replacements.push_back(minting_request("alice", session.id));
    use(sessions);
    const std::vector<Signed> next = signed_all(services_.ask(replacements));
    expect_answers();
    expect_gone(sessions);
    sessions = next;
  }
  keep(sessions);
}

}  // namespace
}  // namespace sessiond::test
