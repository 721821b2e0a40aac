// What a server says of itself before it is trusted with sessions.
#include "redis/greeting.h"

#include <gtest/gtest.h>

#include <array>
#include <span>
#include <tuple>

#include "redis/password.h"
#include "replies.h"

namespace sessiond {
namespace {

using replies::array;
using replies::error;
using replies::number;
using replies::text;

TEST(Greeting, OnlyAPrimaryMayVouch) {
  std::array<Reply, 3> elements = {text("master"), {}, {}};
  Reply role = array(elements);
  EXPECT_EQ(refusal_in_role(role), std::nullopt);
  for (const char* other : {"slave", "sentinel", "MASTER", "masters", "", "handshake"}) {
    elements[0] = text(other);
    EXPECT_NE(refusal_in_role(role), std::nullopt) << other;
  }
  elements[0] = error("master");
  EXPECT_NE(refusal_in_role(role), std::nullopt) << "an error is no role";
  EXPECT_NE(refusal_in_role(text("master")), std::nullopt) << "no array";
  EXPECT_NE(refusal_in_role({}), std::nullopt);
  EXPECT_EQ(refusal_in_role(error("NOPERM no role")), "Redis refuses the connection: NOPERM no role");
}

TEST(Greeting, NeitherAClusterNorAServerThatReadsItsDataIsUsed) {
  EXPECT_EQ(refusal_in_info(text("# Cluster\r\ncluster_enabled:0\r\n# Persistence\r\nloading:0\r\n"), false), std::nullopt);
  const Reply cluster = text("# Cluster\r\ncluster_enabled:1\r\n# Persistence\r\nloading:0\r\n");
  EXPECT_TRUE(is_in_cluster(cluster));
  EXPECT_NE(refusal_in_info(cluster, false)->find("is written redis+cluster://"), std::string::npos);
  EXPECT_EQ(refusal_in_info(cluster, true), std::nullopt);
  const Reply loading = text("cluster_enabled:0\r\nloading:1\r\n");
  EXPECT_FALSE(is_in_cluster(loading));
  EXPECT_NE(refusal_in_info(loading, false)->find("LOADING"), std::string::npos);
  EXPECT_EQ(refusal_in_info(error("NOPERM x"), false), "Redis refuses the connection: NOPERM x");
}

TEST(Greeting, WithMaxStalenessAPrimaryMayVouchWhileOneReplicaFollowsAndHasSpokenLately) {
  const auto refused = [](std::string_view replicas, int most) { return refusal_in_replicas(text(replicas), most, 0).has_value(); };
  constexpr std::string_view kLate = "# Replication\r\nrole:master\r\nconnected_slaves:1\r\nslave0:ip=::1,port=1,state=online,offset=14,lag=3\r\nmaster_failover_state:no-failover\r\n";
  EXPECT_TRUE(refused(kLate, 2));
  EXPECT_FALSE(refused(kLate, 3));
  EXPECT_FALSE(refused(kLate, 0)) << "0 asks for none";
  EXPECT_FALSE(refused("", 0));
  EXPECT_TRUE(refused("role:master\r\nconnected_slaves:0\r\n", 60)) << "there is none";
  EXPECT_TRUE(refused("slave0:ip=::1,port=1,state=send_bulk,offset=0,lag=0\r\n", 60)) << "it has not even all that was";
  EXPECT_TRUE(refused("slave0:ip=::1,port=1,state=online,offset=0,lag=\r\n", 60));
  EXPECT_TRUE(refused("slave0:ip=::1,port=1,state=online,offset=0\r\n", 60));
  EXPECT_TRUE(refused("slave0:ip=,0,port=1,state=online,offset=0\r\n", 60)) << "another number is no lag";
  EXPECT_FALSE(refused("slave0:ip=::1,port=1,state=online,offset=0,lag=9\r\nslave1:ip=::1,port=2,state=online,offset=0,lag=1,type=replica\r\n", 2)) << "one is enough";
  constexpr std::string_view kTwo = "slave0:ip=::1,port=1,state=online,offset=0,lag=0\r\nslave1:ip=::1,port=2,state=online,offset=0,lag=1\r\n";
  EXPECT_EQ(refusal_in_replicas(text(kTwo), 1, 2), std::nullopt);
  EXPECT_NE(refusal_in_replicas(text(kTwo), 1, 3)->find("too few replicas have answered"), std::string::npos);
  EXPECT_EQ(refusal_in_replicas(error("NOPERM x"), 2, 1), "Redis refuses the connection: NOPERM x");
}

TEST(Greeting, AnErrorIsQuotedWholeButForWhatCouldRepeatThePassword) {
  EXPECT_EQ(refusal_in_auth(text("OK")), std::nullopt);
  EXPECT_EQ(refusal_in_auth(error("WRONGPASS invalid username-password pair or user is disabled.")),
            "Redis refuses the user or the password: WRONGPASS invalid username-password pair or user is disabled.");
  EXPECT_EQ(refusal_in_auth(error("ERR max number of clients reached")),
            "Redis refuses the connection: ERR max number of clients reached");
  for (const char* repeating : {"ERR unknown command 'AUTH', with args beginning with: 'hunter2' ",
                                "ERR unknown command `AUTH`, with args beginning with: `hunter2`, ",
                                "ERR unknown command AUTH with args beginning with: hunter2", "ERR bad \"hunter2\""}) {
    const auto refusal = refusal_in_auth(error(repeating));
    ASSERT_TRUE(refusal);
    EXPECT_EQ(refusal->find("hunter2"), std::string::npos) << *refusal;
    EXPECT_NE(refusal->find("ERR "), std::string::npos) << *refusal;
  }
}

TEST(Greeting, AQuotationIsBounded) {
  EXPECT_EQ(quote_redis(std::string(200, 'x')), std::string(200, 'x'));
  EXPECT_EQ(quote_redis(std::string(100'000, 'x')), std::string(200, 'x') + "…");
}

TEST(Greeting, ErrorsOfAServerThatIsNoPrimaryNowLeadElsewhere) {
  for (const char* words : {"READONLY You can't write against a read only replica.", "LOADING Redis is loading the dataset in memory",
                            "MASTERDOWN Link with MASTER is down", "UNBLOCKED force unblock from blocking operation"}) {
    EXPECT_TRUE(leads_elsewhere(error(words))) << words;
    EXPECT_FALSE(leads_elsewhere(text(words))) << "a value that looks so";
  }
  for (const char* words : {"MISCONF Redis is configured to save RDB snapshots", "NOREPLICAS Not enough good replicas to write.",
                            "OOM command not allowed", "NOSCRIPT No matching script.", "ERR READONLY", ""}) {
    EXPECT_FALSE(leads_elsewhere(error(words))) << words;
  }
}

TEST(Confirms, SoManyReplicas) {
  const RedisAddress::Confirmation two{2, false};
  EXPECT_TRUE(confirms(number(2), two));
  EXPECT_TRUE(confirms(number(3), two));
  EXPECT_FALSE(confirms(number(1), two));
  EXPECT_FALSE(confirms(error("ERR unknown command"), two));
  EXPECT_FALSE(confirms(error("ERR unknown command"), {0, false}));
  EXPECT_EQ(describe_confirmation(number(1)), "1 replicas have them");
  EXPECT_EQ(describe_confirmation(error("NOPERM no")), "NOPERM no");
}

TEST(Confirms, ThePrimarysDiskAndThoseOfSoManyReplicas) {
  const auto told = [](long long here, long long there) { return std::array<Reply, 2>{number(here), number(there)}; };
  for (const auto& [here, there, good] : {std::tuple(1, 1, true), {1, 2, true}, {1, 0, false}, {0, 1, false}, {0, 0, false}}) {
    auto elements = told(here, there);
    EXPECT_EQ(confirms(array(elements), {1, true}), good) << here << " " << there;
  }
  auto alone = told(1, 0);
  EXPECT_TRUE(confirms(array(alone), {0, true})) << "no replica was asked for";
  EXPECT_FALSE(confirms(number(1), {0, true})) << "the answer of WAIT";
  EXPECT_FALSE(confirms(error("ERR WAITAOF"), {0, true}));
  auto nowhere = told(0, 2);
  EXPECT_EQ(describe_confirmation(array(nowhere)), "not its disk, and those of 2 replicas have them");
  auto here = told(1, 0);
  EXPECT_EQ(describe_confirmation(array(here)), "its disk and those of 0 replicas have them");
}

TEST(Password, ThatCannotBeReadSignsNobodyIn) {
  std::string bytes;
  const Result<Done> appended = append_auth(bytes, "sentinel", "/nonexistent/password");
  ASSERT_FALSE(appended);
  EXPECT_EQ(appended.error().failure, Failure::kUnavailable);
  EXPECT_EQ(appended.error().text, "cannot read the password file /nonexistent/password");
  EXPECT_EQ(bytes, "");
}

}  // namespace
}  // namespace sessiond
