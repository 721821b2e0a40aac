// With redis-replicas a change is answered as done only when replicas have it, and a failover undoes nothing of that.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iterator>

#include "integration/crowd.h"
#include "integration/document.h"
#include "integration/metrics_page.h"
#include "integration/readiness.h"
#include "integration/redis_cluster.h"
#include "integration/site.h"
#include "integration/socket.h"

namespace sessiond::test {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kStoreTimeout{1};
constexpr std::chrono::seconds kShortNoise{1};  // what a busy machine may add here
constexpr const char* kUnconfirmed = "done, but not confirmed";

struct Server {
  explicit Server(std::vector<std::string> words = {}) : redis(folder, with_a_port(std::move(words))) { redis.start(); }

  std::vector<std::string> with_a_port(std::vector<std::string> words) const {
    words.insert(words.end(), {"--port", std::to_string(port), "--bind", "127.0.0.1", "--repl-diskless-sync-delay", "0", "--shutdown-timeout", "0"});
    return words;
  }

  // Follows the other, and returns when it confirms one change after the other: in the first second after a
  // synchronisation, Redis 7.0 now and then asks it for no confirmation.
  void follow(Server& primary) {
    redis.client()({"REPLICAOF", "127.0.0.1", std::to_string(primary.port)});
    RedisClient asked = primary.redis.client();
    const auto until = Clock::now() + kPatience;
    for (int confirmed = 0; confirmed < 3;) {
      asked({"SET", "something", "to follow"});
      confirmed = asked({"WAIT", "1", "100"}).integer == 1 ? confirmed + 1 : 0;
      if (Clock::now() > until) throw std::runtime_error("a replica that does not follow");
    }
  }

  int port = free_port();
  TempDir folder;
  RedisServer redis;
};

class Replicas : public testing::Test {
 protected:
  Replicas() { replica_.follow(primary_); }

  Signed mint(const std::string& user) { return signed_by(services().ask(minting_request(user))); }
  Response revoke(const Signed& caller, const std::string& id) { return web().ask(revocation_request(caller.token, id)); }
  Response log_out(const Signed& caller) { return web().ask(fastcgi::post("/api/v1/auth/logout", "", caller.token)); }
  int check(const Signed& session) {
    HttpPeer peer = services();
    return test::check(peer, session);
  }

  HttpPeer services() { return HttpPeer(worker().internal_socket()); }
  FastCgiClient web() { return FastCgiClient(worker().public_socket()); }
  Worker& worker() {
    if (!worker_) {
      worker_.emplace(primary_.folder, options_);
      wait_until_ready(*worker_);
    }
    return *worker_;
  }

  // What doctor says, with this option.
  std::string doctor(const std::string& replicas) {
    Process process({worker_program(), "doctor", "--config", "/dev/null", "--redis", primary_.redis.socket(), "--redis-replicas", replicas,
                     "--redis-user", kAccount, "--redis-password-file", account_password_file(primary_.folder)},
                    primary_.folder / ("doctor-" + std::to_string(++runs_)));
    process.wait();
    return process.log();
  }

  Server primary_;
  Server replica_;
  std::vector<std::string> options_ = {"--redis-replicas", "1", "--threads", "1", "--store-timeout", "1"};
  std::optional<Worker> worker_;

 private:
  int runs_ = 0;
};

void expect_unconfirmed(const Response& response) {
  EXPECT_EQ(response.status, 503);
  EXPECT_TRUE(response.header("retry-after").has_value());
  EXPECT_NE(response.body.find(kUnconfirmed), std::string::npos) << response.body;
}

TEST_F(Replicas, ThatHaveAllChangesLetThemBeAnsweredAsEver) {
  for (const bool known_to_redis : {false, true}) {
    SCOPED_TRACE(known_to_redis);  // the scripts
    const Signed mine = mint("alice");
    const Signed other = mint("alice");
    EXPECT_EQ(revoke(mine, other.id).status, 204);
    EXPECT_EQ(revoke(mine, other.id).status, 404);
    const Response grant = web().ask(fastcgi::post("/api/v1/auth/cli/request-grant", "", mine.token));
    ASSERT_EQ(grant.status, 200) << grant.body;
    const std::string code = std::string(R"({"code":")") + Document(grant.body)["code"].GetString() + R"("})";
    EXPECT_EQ(web().ask(fastcgi::post("/api/v1/auth/cli/redeem", code)).status, 200);
    EXPECT_EQ(web().ask(fastcgi::post("/api/v1/auth/cli/redeem", code)).status, 401);
    EXPECT_EQ(web().ask(fastcgi::request("DELETE", "/api/v1/auth/sessions", mine.token)).body, R"({"revoked":1})");
    EXPECT_EQ(web().ask(fastcgi::request("DELETE", "/api/v1/auth/sessions", mine.token)).body, R"({"revoked":0})");
    EXPECT_EQ(log_out(mine).status, 204);
    EXPECT_EQ(log_out(mine).status, 401);
  }
  RedisClient there = replica_.redis.client();
  EXPECT_EQ(there.keys("sessiond:*"), primary_.redis.client().keys("sessiond:*"));
}

TEST_F(Replicas, ThatDoNotHaveAChangeInTimeLetItBeToldSoWhileReadsGoOn) {
  const Signed mine = mint("alice");
  const Signed other = mint("alice");
  const auto unconfirmed = [&] { return scrape(worker()).at(R"(sessiond_redis_errors_total{kind="unconfirmed"})"); };
  EXPECT_EQ(unconfirmed(), 0);
  replica_.redis.pause();
  for (int i = 0; i < 2; ++i) {
    FastCgiClient revoking = web();
    const auto since = Clock::now();
    ASSERT_TRUE(revoking.write(revocation_request(mine.token, other.id)));
    for (int reads = 0; reads < 20; ++reads) ASSERT_EQ(check(mine), 204);
    EXPECT_FALSE(revoking.readable()) << "no read waits for it";
    // The second time it is gone already, and that is not confirmed either.
    expect_unconfirmed(revoking.read_response());
    EXPECT_LT(Clock::now() - since, kStoreTimeout + kShortNoise);
  }
  EXPECT_EQ(check(other), 401);
  expect_unconfirmed(services().ask(minting_request("alice")));
  expect_unconfirmed(web().ask(fastcgi::request("DELETE", "/api/v1/auth/sessions", mine.token)));
  expect_unconfirmed(web().ask(fastcgi::request("DELETE", "/api/v1/auth/sessions", mine.token)));
  expect_unconfirmed(web().ask(fastcgi::post("/api/v1/auth/cli/request-grant", "", mine.token)));
  expect_unconfirmed(log_out(mine));
  expect_unconfirmed(log_out(mine));
  // Nor is it by a worker that has changed nothing itself.
  for (const std::string& gone : {std::string(), "/" + other.id}) {
    const Worker fresh(primary_.folder, options_, {}, "fresh-");
    expect_unconfirmed(HttpPeer(fresh.internal_socket()).ask(http1::request("DELETE", "/internal/v1/users/alice/sessions" + gone, "")));
  }
  const std::string trouble = "are done, but not confirmed: 0 replicas have them";
  EXPECT_TRUE(worker().says(trouble));
  EXPECT_EQ(count_of(trouble, worker().log()), 1U) << "once, until they are there again";
  EXPECT_EQ(worker().log().find("no reply in time"), std::string::npos);
  EXPECT_EQ(worker().log().find("confirmed again"), std::string::npos);
  EXPECT_GT(unconfirmed(), 0);

  replica_.redis.resume();
  EXPECT_EQ(log_out(mine).status, 401);
  EXPECT_TRUE(worker().says("are confirmed again"));
  const Signed next = mint("alice");
  EXPECT_EQ(revoke(next, other.id).status, 404);
}

// However many come while others wait, and so wait twice.
TEST_F(Replicas, ThatAreGoneLetEverybodyBeToldSoInTime) {
  options_.back() = "3";  // seconds, half of which they may wait
  const Signed mine = mint("alice");
  replica_.redis.pause();
  Crowd first(worker().internal_socket(), 1);
  Crowd later(worker().internal_socket(), 20);
  first.send({minting_request("alice")});
  first.wait_until_taken();
  ASSERT_EQ(check(mine), 204);
  later.send(std::vector<std::string>(later.size(), minting_request("alice")));
  expect_unconfirmed(first.read()[0]);
  const auto since = Clock::now();
  for (const Response& response : later.read()) expect_unconfirmed(response);
  EXPECT_LT(Clock::now() - since, std::chrono::milliseconds(1400)) << "not as long again";
  EXPECT_EQ(worker().log().find("no reply in time"), std::string::npos);
  replica_.redis.resume();
  mint("alice");
}

TEST_F(Replicas, AreWaitedForOnceForAllChangesOfATurn) {
  Crowd crowd(worker().internal_socket(), 64);
  crowd.ask(minting_request("alice"));
  RedisClient redis = primary_.redis.client();
  redis({"CONFIG", "RESETSTAT"});
  for (int i = 0; i < 5; ++i) crowd.ask(minting_request("alice"));
  EXPECT_EQ(redis.calls("evalsha"), 5 * 64);
  EXPECT_GT(redis.calls("wait"), 0);
  EXPECT_LT(redis.calls("wait"), redis.calls("evalsha") / 4);
}

TEST_F(Replicas, ThatAreTooFewMakeTheWorkerUnready) {
  EXPECT_EQ(doctor("1").find("redis-replicas is 1"), std::string::npos);
  static_cast<void>(worker());
  replica_.redis.client()({"REPLICAOF", "NO", "ONE"});
  wait_for_reason(worker(), "minting and revoking wait for 1 replicas of Redis, and 0 are there");
  EXPECT_NE(doctor("1").find("problem: redis-replicas is 1, but its replicas are 0"), std::string::npos);
  replica_.follow(primary_);
  wait_until_ready(worker());
}

TEST_F(Replicas, WantARightOfTheAccountOnlyWhereTheyAreWaitedFor) {
  RedisClient redis = primary_.redis.client();
  redis({"ACL", "SETUSER", kAccount, "-wait"});
  Worker other(primary_.folder, {"--threads", "1"}, {}, "other-");
  wait_until_ready(other);
  EXPECT_EQ(HttpPeer(other.internal_socket()).ask(minting_request("alice")).status, 201);
  Worker waiting(primary_.folder, options_, {}, "waiting-");
  wait_for_reason(waiting, "NOPERM the account may not run WAIT");
  expect_unconfirmed(HttpPeer(waiting.internal_socket()).ask(minting_request("alice")));
  EXPECT_TRUE(waiting.says("not confirmed: NOPERM"));
  redis({"ACL", "LOG", "RESET"});
}

TEST_F(Replicas, AreJudgedByDoctorTogetherWithWhatRedisAsksOfThem) {
  EXPECT_NE(doctor("1").find("advice: redis-replicas is set, but min-replicas-to-write is 0"), std::string::npos);
  EXPECT_EQ(doctor("0").find("replicas"), std::string::npos);
  primary_.redis.client()({"CONFIG", "SET", "min-replicas-to-write", "1"});
  EXPECT_EQ(doctor("1").find("replicas"), std::string::npos);
  EXPECT_NE(doctor("0").find("advice: min-replicas-to-write is 1, but redis-replicas is 0"), std::string::npos);
}

TEST_F(Replicas, AreWaitedForOnceWhereEverybodyIsSignedOut) {
  for (int i = 0; i < 20; ++i) mint("user" + std::to_string(i));
  RedisClient redis = primary_.redis.client();
  redis({"ACL", "SETUSER", kAccount, "+scan"});
  redis({"CONFIG", "RESETSTAT"});
  const auto revoke_everybody = [&] {
    Process process({worker_program(), "revoke", "--everybody", "--yes", "--config", "/dev/null", "--redis", primary_.redis.socket(),
                     "--redis-replicas", "1", "--redis-user", kAccount, "--redis-password-file", account_password_file(primary_.folder)},
                    primary_.folder / "everybody");
    return process.wait();
  };
  EXPECT_EQ(revoke_everybody(), 0);
  EXPECT_LE(redis.calls("wait"), 2) << "a second one, as Redis does not know the script";
  EXPECT_TRUE(primary_.redis.client().keys("sessiond:*").empty());
  EXPECT_TRUE(replica_.redis.client().keys("sessiond:*").empty());
  replica_.redis.pause();
  EXPECT_EQ(revoke_everybody(), 1);
  EXPECT_NE(read_file(primary_.folder / "everybody").find(kUnconfirmed), std::string::npos);
}

// The replica becomes the primary, at a moment that nobody has chosen, and the old one dies: what was answered with 204
// has happened, and what was minted is there.
TEST_F(Replicas, AnAcknowledgedChangeSurvivesThePrimary) {
  const std::string address = primary_.folder / "address";
  const auto lead_to = [&](const Server& server) {
    std::filesystem::create_symlink(server.redis.socket(), address + ".new");
    std::filesystem::rename(address + ".new", address);
  };
  lead_to(primary_);
  options_.insert(options_.end(), {"--redis", address});
  Server* here = &primary_;
  Server* there = &replica_;
  std::size_t confirmed = 0;
  std::size_t unconfirmed = 0;
  for (int round = 0; round < 4; ++round) {
    SCOPED_TRACE(round);
    wait_until_ready(worker());
    const Signed mine = mint("alice");
    std::vector<Signed> others;
    for (int i = 0; i < 12; ++i) others.push_back(mint("alice"));
    std::vector<std::string> requests;
    for (const Signed& other : others) requests.push_back(revocation_request(mine.token, other.id));
    // Some before, some while, and some after the other has stopped following.
    Crowd before(worker().public_socket(), 4);
    Crowd meanwhile(worker().public_socket(), 4);
    Crowd after(worker().public_socket(), 4);
    std::vector<Response> answers = before.ask(std::vector<std::string>(requests.begin(), requests.begin() + 4));
    meanwhile.send({requests.begin() + 4, requests.begin() + 8});
    there->redis.client()({"REPLICAOF", "NO", "ONE"});
    after.send({requests.begin() + 8, requests.end()});
    std::ranges::move(meanwhile.read(), std::back_inserter(answers));
    std::ranges::move(after.read(), std::back_inserter(answers));
    here->redis.crash();
    lead_to(*there);
    worker().process().wait_until([&] { return check(mine) == 204; }, "the new primary");
    for (std::size_t i = 0; i < answers.size(); ++i) {
      const bool acknowledged = answers[i].status == 204;
      ++(acknowledged ? confirmed : unconfirmed);
      EXPECT_TRUE(!acknowledged || check(others[i]) == 401) << "revocation " << i << " is undone";
    }
    here->redis.restart();
    here->follow(*there);
    std::swap(here, there);
  }
  EXPECT_GE(confirmed, 4 * 4U) << "those before";
  EXPECT_GE(unconfirmed, 4 * 4U) << "those after";
}

// Redis 7.0 does not know when something is on disk: to be told that is all that can be expected of it.
TEST(OnDisk, IsWhereAChangeIsBeforeItIsAnsweredAsDone) {
  Server redis({"--appendonly", "yes", "--appendfsync", "always"});
  Server replica({"--appendfsync", "always"});
  replica.follow(redis);
  RedisClient admin = redis.redis.client();
  Worker worker(redis.folder, {"--redis-fsync", "--threads", "1", "--store-timeout", "1"});
  HttpPeer services(worker.internal_socket());
  if (admin({"COMMAND", "INFO", "WAITAOF"}).elements.at(0).elements.empty()) {
    wait_for_reason(worker, "it has no WAITAOF, which Redis 7.2 and Valkey have");
    expect_unconfirmed(services.ask(minting_request("alice")));
    return;
  }
  wait_for_reason(worker, "the account may not run WAITAOF");
  admin({"ACL", "SETUSER", kAccount, "+waitaof"});
  wait_until_ready(worker);
  const Signed mine = signed_by(services.ask(minting_request("alice")));
  EXPECT_GT(admin.calls("waitaof"), 0);

  admin({"CONFIG", "SET", "appendfsync", "no"});  // until the system sees to it by itself
  expect_unconfirmed(services.ask(minting_request("alice")));
  EXPECT_EQ(services.ask(http1::request("GET", "/internal/v1/check", mine.token)).status, 204);
  EXPECT_TRUE(worker.says("not confirmed: not its disk"));
  admin({"CONFIG", "SET", "appendfsync", "always"});
  EXPECT_EQ(services.ask(minting_request("alice")).status, 201);

  // The replica has it, but has no log to keep it in.
  Worker both(redis.folder, {"--redis-fsync", "--redis-replicas", "1", "--threads", "1", "--store-timeout", "1"}, {}, "both-");
  wait_until_ready(both);
  expect_unconfirmed(HttpPeer(both.internal_socket()).ask(minting_request("alice")));
  replica.redis.client()({"CONFIG", "SET", "appendonly", "yes"});
  both.process().wait_until([&] { return HttpPeer(both.internal_socket()).ask(minting_request("alice")).status == 201; }, "a replica with a log");

  admin({"CONFIG", "SET", "appendonly", "no"});
  wait_for_reason(worker, "minting and revoking wait for Redis's disk (redis-fsync), and its appendonly is no");
}

TEST(ReplicasInACluster, AreThoseOfTheServerThatMadeTheChange) {
  RedisCluster::Setup setup;
  setup.replicas = true;
  RedisCluster cluster(setup);
  TempDir folder;
  std::vector<std::string> options = cluster.worker_options();
  options.insert(options.end(), {"--redis-replicas", "1", "--threads", "1", "--store-timeout", "2"});
  Worker worker(folder, options);
  wait_until_ready(worker);
  HttpPeer services(worker.internal_socket());
  FastCgiClient web(worker.public_socket());
  for (int i = 0; i < 60; ++i) ASSERT_EQ(services.ask(minting_request("user" + std::to_string(i))).status, 201);

  const Signed mine = signed_by(services.ask(minting_request("alice")));
  const Signed other = signed_by(services.ask(minting_request("alice")));
  const Signed third = signed_by(services.ask(minting_request("alice")));
  const int slot = cluster.slot_of(keys_of(mine) + "user");
  RedisCluster::Node& from = cluster.owner(slot);
  const std::size_t number = &from == cluster.nodes()[0].get() ? 1 : 0;
  cluster.migrate_slot(slot, from, cluster[number]);
  cluster[number + 3].redis.pause();
  // The old owner says that it has not made the change, and its replica confirms nothing.
  expect_unconfirmed(web.ask(revocation_request(mine.token, other.id)));
  EXPECT_EQ(services.ask(http1::request("GET", "/internal/v1/check", other.token)).status, 401);
  expect_unconfirmed(web.ask(revocation_request(mine.token, other.id)));
  cluster[number + 3].redis.resume();
  worker.process().wait_until([&] { return web.ask(revocation_request(mine.token, other.id)).status == 404; }, "the replica");
  EXPECT_EQ(web.ask(revocation_request(mine.token, third.id)).status, 204);
}

}  // namespace
}  // namespace sessiond::test
