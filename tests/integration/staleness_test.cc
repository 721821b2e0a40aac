// A primary that is cut off from its replicas may have been replaced: with max-staleness it vouches for nobody then.
#include <gtest/gtest.h>

#include <chrono>

#include "base/text.h"
#include "integration/crowd.h"
#include "integration/readiness.h"
#include "integration/sentinels.h"
#include "integration/site.h"

namespace sessiond::test {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kBound{4};  // of max-staleness 2
const std::string kReason = "no replica has answered it for more than 2 s (max-staleness)";

class Staleness : public ::testing::Test {
 protected:
  [[nodiscard]] std::vector<std::string> options(const std::string& where, const std::string& max_staleness = "2") const {
    std::vector<std::string> words = primary.worker_options(where);
    words.insert(words.end(), {"--threads", "1", "--max-staleness", max_staleness});
    return words;
  }
  [[nodiscard]] std::vector<std::string> options() const { return options(primary.place()); }

  TempDir folder;
  ReachableRedis primary;
  ReachableRedis replica;
};

TEST_F(Staleness, APrimaryWhoseReplicaIsSilentVouchesForNobodyUntilItSpeaksAgain) {
  replica.follow(primary);
  Worker worker(folder, options());
  wait_until_ready(worker);
  HttpPeer peer(worker.internal_socket());
  const Signed mine = signed_by(peer.ask(minting_request("alice")));
  replica.redis.pause();
  const auto since = Clock::now();
  EXPECT_EQ(wait_until_not_vouched_for(peer, mine), 503);
  EXPECT_GT(Clock::now() - since, std::chrono::seconds(1)) << "a replica says every second that it is there";
  EXPECT_LT(Clock::now() - since, kBound + kNoise);
  EXPECT_TRUE(stays([&] { return check(peer, mine) == 503; }, std::chrono::milliseconds(1500)));
  wait_for_reason(worker, kReason);
  replica.redis.resume();
  worker.process().wait_until([&] { return check(peer, mine) == 204; }, "the replica's word");
}

TEST_F(Staleness, APrimaryWithoutAReplicaVouchesForNobodyFromTheStart) {
  Signed mine;
  {
    Worker before(folder, options(primary.place(), "0"), {}, "before-");
    mine = signed_by(HttpPeer(before.internal_socket()).ask(minting_request("alice")));
  }
  Worker worker(folder, options());
  HttpPeer peer(worker.internal_socket());
  for (int i = 0; i < 50; ++i) ASSERT_EQ(check(peer, mine), 503);
  wait_for_reason(worker, kReason);
  replica.follow(primary);
  worker.process().wait_until([&] { return check(peer, mine) == 204; }, "the replica's word");
}

TEST_F(Staleness, WhoDoesNotSetItNeedsNoReplicaAndNobodyIsAskedForOne) {
  Worker worker(folder, options(primary.place(), "0"));
  wait_until_ready(worker);
  RedisClient admin = primary.redis.client();
  const long long roles = admin.calls("role");
  const long long infos = admin.calls("info");
  int ours = 0;
  worker.process().wait_until([&] { ++ours; return admin.calls("role") >= roles + 2; }, "its questions of two seconds");
  EXPECT_EQ(admin.calls("info"), infos + ours + 1);
}

// Whoever reaches neither a sentinel nor the new primary is not told that there is one.
TEST_F(Staleness, WhereNobodyTellsOfTheNewPrimaryTheOldOneStillStopsVouchingForWhomTheNewOneRevoked) {
  const ReachableRedis second_replica;  // the new primary wants one, too
  replica.follow(primary);
  second_replica.follow(primary);
  Sentinels sentinels(folder);
  sentinels.start(primary.port, "", 2);
  write_file(folder / "sentinel-password", "letmein\n");
  for (std::size_t i = 0; i < Sentinels::kCount; ++i) sentinels.client(i)({"ACL", "SETUSER", "worker", "on", ">letmein", "-@all", "+sentinel|master", "+sentinel|get-master-addr-by-name"});
  std::vector<std::string> words = options(sentinels.address());
  words.insert(words.end(), {"--redis-sentinel-user", "worker", "--redis-sentinel-password-file", folder / "sentinel-password"});
  Worker worker(folder, words);
  wait_until_ready(worker);
  HttpPeer peer(worker.internal_socket());
  const Signed mine = signed_by(peer.ask(minting_request("alice")));
  const Signed revoked = signed_by(peer.ask(minting_request("alice")));
  const auto all = primary.redis.client().keys();
  worker.process().wait_until([&] { return replica.redis.client().keys() == all && second_replica.redis.client().keys() == all; }, "both at the replicas");

  for (std::size_t i = 0; i < Sentinels::kCount; ++i) sentinels.client(i)({"ACL", "SETUSER", "worker", "off"});
  for (std::size_t i = 0; i < Sentinels::kCount; ++i) sentinels.client(i)({"CLIENT", "KILL", "USER", "worker"});
  RedisClient holder = primary.redis.client();
  holder({"CONFIG", "SET", "masterauth", "none"});
  holder({"ACL", "SETUSER", "default", "-@all", "+role", "+config", "+client", "+acl"});
  const auto told = [&] { return sentinels.client(0)({"SENTINEL", "GET-MASTER-ADDR-BY-NAME", "people"}).elements[1].text; };
  worker.process().wait_until([&] { return told() != std::to_string(primary.port); }, "another primary");
  const auto promoted = Clock::now();

  Worker there(told() == std::to_string(replica.port) ? replica.folder : second_replica.folder, {"--threads", "1"}, {}, "there-");
  FastCgiClient web(there.public_socket());
  ASSERT_EQ(web.ask(revocation_request(mine.token, revoked.id)).status, 204);
  EXPECT_EQ(wait_until_not_vouched_for(peer, revoked), 503);
  EXPECT_LT(Clock::now() - promoted, kBound + kNoise);
  EXPECT_TRUE(stays([&] { return check(peer, revoked) == 503; }, std::chrono::milliseconds(1500)));

  for (std::size_t i = 0; i < Sentinels::kCount; ++i) sentinels.client(i)({"ACL", "SETUSER", "worker", "on"});
  worker.process().wait_until([&] { return check(peer, mine) == 204; }, "the new primary");
  EXPECT_EQ(check(peer, revoked), 401);
  holder({"ACL", "SETUSER", "default", "allcommands"});
  for (std::size_t i = 0; i < Sentinels::kCount; ++i) sentinels[i].reset();  // nobody is refused any more
  holder({"ACL", "LOG", "RESET"});
}

}  // namespace
}  // namespace sessiond::test
