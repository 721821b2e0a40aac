// Sentinels tell where the primary is, and the worker follows them.
#include <gtest/gtest.h>

#include <atomic>

#include "integration/odd_server.h"
#include "integration/protocol.h"
#include "integration/readiness.h"
#include "integration/sentinels.h"
#include "integration/site.h"
#include "integration/socket.h"

namespace sessiond::test {
namespace {

// A primary, a replica and three sentinels.
class Sentinel : public testing::Test {
 protected:
  Sentinel() { replica_.redis.client()({"REPLICAOF", "127.0.0.1", std::to_string(primary_.port)}); }

  void start_sentinels(const std::string& more = "") { sentinels_.start(primary_.port, more); }
  // One that knows no other.
  void start_lonely_sentinel(std::size_t i, int monitored) { sentinels_.start_one(i, "sentinel monitor people 127.0.0.1 " + std::to_string(monitored) + " 3\n"); }
  [[nodiscard]] std::string address(const std::string& name = "people") const { return sentinels_.address(name); }
  [[nodiscard]] std::vector<std::string> options(const std::string& where) const {
    std::vector<std::string> words = primary_.worker_options(where);
    words.insert(words.end(), {"--dev-login", "--store-timeout", "2"});
    return words;
  }
  // Each thread finds its way by itself, so what one has found the others may still look for.
  [[nodiscard]] std::vector<std::string> one_thread(const std::string& where) const {
    std::vector<std::string> words = options(where);
    words.insert(words.end(), {"--threads", "1"});
    return words;
  }

  TempDir folder_;
  ReachableRedis primary_;
  ReachableRedis replica_;
  Sentinels sentinels_{folder_};
};

int sign_in(Worker& worker, const std::string& name) {
  return FastCgiClient(worker.public_socket()).ask(fastcgi::post("/api/v1/auth/dev-login", R"({"username":")" + name + R"("})")).status;
}

TEST_F(Sentinel, TheWorkerFollowsToTheNewPrimary) {
  start_sentinels();
  Worker worker(folder_, one_thread(address()));
  wait_until_ready(worker);
  ASSERT_EQ(sign_in(worker, "alice"), 200);
  primary_.redis.crash();
  worker.process().wait_until([&] { return sign_in(worker, "bob") == 200; }, "a sign-in at the new primary");
  EXPECT_FALSE(replica_.redis.client().keys("*:user").empty());
  // The old one comes back believing that it is the primary, until a sentinel tells it.
  primary_.redis.restart();
  for (int i = 0; i < 30; ++i) ASSERT_EQ(sign_in(worker, "carol" + std::to_string(i)), 200);
}

TEST_F(Sentinel, APrimaryThatOthersHaveReplacedIsLeftThoughItStillAnswers) {
  start_sentinels();
  Worker worker(folder_, options(address()));
  wait_until_ready(worker);
  // No sentinel reaches it any more, and so none can demote it; the worker still does.
  RedisClient holder = primary_.redis.client();
  holder({"CONFIG", "SET", "masterauth", "none"});
  holder({"ACL", "SETUSER", "default", "-@all", "+role", "+config", "+client", "+acl"});
  RedisClient(replica_.redis.socket())({"ACL", "SETUSER", "default", "allcommands"});
  // Before, the sentinel that makes it the primary may close its clients' connections.
  EXPECT_TRUE(worker.says("the sentinels call 127.0.0.1:" + std::to_string(replica_.port) + " the primary now")) << worker.log();
  worker.process().wait_until([&] { return sign_in(worker, "bob") == 200 && !replica_.redis.client().keys("*:user").empty(); }, "a sign-in at the new primary");
  holder({"ACL", "SETUSER", "default", "allcommands"});
  sentinels_[0].reset();  // nobody is refused any more
  sentinels_[1].reset();
  sentinels_[2].reset();
  holder({"ACL", "LOG", "RESET"});
}

// Three that know nothing of each other, as where two of them and the old primary are cut off from the rest.
TEST_F(Sentinel, TheOneThatHasHeardOfTheLastFailoverIsBelievedAndTheOthersAreNot) {
  replica_.redis.client()({"REPLICAOF", "NO", "ONE"});
  start_lonely_sentinel(0, primary_.port);
  sentinels_.start_one(1, "sentinel monitor people 127.0.0.1 " + std::to_string(replica_.port) + " 3\nsentinel config-epoch people 1\n");
  start_lonely_sentinel(2, primary_.port);
  Worker worker(folder_, one_thread(address()));
  EXPECT_TRUE(worker.says("the sentinels call 127.0.0.1:" + std::to_string(replica_.port) + " the primary now")) << worker.log();
  wait_until_ready(worker);
  const auto before = primary_.redis.client().keys();
  RedisClient admin = replica_.redis.client();
  long long roles = admin.calls("role");
  int users = 0;
  // For some seconds, in which each sentinel is asked again.
  worker.process().wait_until(
      [&] {
        EXPECT_EQ(sign_in(worker, "bob" + std::to_string(users++)), 200);
        return admin.calls("role") >= roles + 3;
      },
      "three questions for its role");
  EXPECT_EQ(primary_.redis.client().keys(), before);
  EXPECT_EQ(admin.keys("*:user").size(), static_cast<std::size_t>(users));
  // Nor when a connection is replaced, whichever of them was asked last.
  for (int i = 0; i < 3; ++i) {
    roles = admin.calls("role");
    worker.process().wait_until([&] { return admin.calls("role") >= roles + 2; }, "two questions for its role");
    admin({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
    worker.process().wait_until([&] { return sign_in(worker, "carol" + std::to_string(i)) == 200; }, "a sign-in");
  }
  EXPECT_EQ(primary_.redis.client().keys(), before);
}

// A replica that does not follow to the new primary keeps the sentinel busy with its failover, and until that is over the
// old primary is told nothing.
TEST_F(Sentinel, APrimaryThatIsBeingReplacedIsLeftAsSoonAsTheNewOneIsOne) {
  ReachableRedis laggard;
  laggard.redis.client()({"CONFIG", "SET", "replica-priority", "0"});  // it is never to be the primary
  laggard.follow(primary_);
  replica_.follow(primary_);
  sentinels_.start_one(0, "sentinel monitor people 127.0.0.1 " + std::to_string(primary_.port) + " 1\nsentinel down-after-milliseconds people 60000\n");
  const std::string address = "redis+sentinel://127.0.0.1:" + std::to_string(sentinels_.port(0)) + "/people";
  Worker worker(folder_, options(address));
  wait_until_ready(worker);
  ASSERT_EQ(sign_in(worker, "alice"), 200);
  laggard.redis.pause();
  worker.process().wait_until([&] { return !sentinels_.client(0)({"SENTINEL", "FAILOVER", "people"}).error; }, "a failover on demand");
  EXPECT_TRUE(worker.says("the sentinels call 127.0.0.1:" + std::to_string(replica_.port) + " the primary now")) << worker.log();
  worker.process().wait_until([&] { return sign_in(worker, "bob") == 200; }, "a sign-in at the new primary");
  EXPECT_EQ(primary_.redis.client()({"ROLE"}).elements[0].text, "master") << "still: the failover is not over";
  Worker fresh(folder_, options(address), {}, "fresh-");
  wait_until_ready(fresh);
  const std::size_t before = replica_.redis.client().keys("*:user").size();
  ASSERT_EQ(sign_in(fresh, "carol"), 200);
  EXPECT_EQ(replica_.redis.client().keys("*:user").size(), before + 1);
  laggard.redis.resume();
}

TEST_F(Sentinel, WhereTheyDisagreeTheOneIsUsedWhosePrimaryIsOne) {
  start_lonely_sentinel(0, replica_.port);
  start_lonely_sentinel(1, primary_.port);
  start_lonely_sentinel(2, free_port());
  Worker worker(folder_, one_thread(address()));
  wait_until_ready(worker);
  RedisClient admin = primary_.redis.client();
  const long long roles = admin.calls("role");
  // While each of them is asked again.
  int i = 0;
  EXPECT_TRUE(happens([&] {
    EXPECT_EQ(sign_in(worker, "bob" + std::to_string(++i)), 200);
    return admin.calls("role") >= roles + 4;
  }));
}

TEST_F(Sentinel, AnyOneOfThemIsEnough) {
  start_sentinels();
  sentinels_[0].reset();
  sentinels_[2]->pause();
  Worker worker(folder_, options(address()));
  wait_until_ready(worker);
  sentinels_[2]->resume();
}

TEST_F(Sentinel, WithoutAnyOfThemTheKnownPrimaryIsUsed) {
  start_sentinels();
  Worker worker(folder_, one_thread(address()));
  wait_until_ready(worker);
  for (std::size_t i = 0; i < Sentinels::kCount; ++i) sentinels_[i].reset();
  const std::string trouble = "; the known one is used";
  EXPECT_TRUE(worker.says(trouble)) << "before a failover needs one";
  primary_.redis.client()({"CLIENT", "KILL", "TYPE", "normal"});
  for (int i = 0; i < 20; ++i) ASSERT_NE(sign_in(worker, "alice"), 401);
  wait_until_ready(worker);
  EXPECT_EQ(count_of(trouble, worker.log()), 1U) << "once, until one is there again: " << worker.log();
  EXPECT_EQ(worker.log().find("a sentinel answers again"), std::string::npos);
  Worker fresh(folder_, options(address()), {}, "fresh-");
  wait_for_reason(fresh, "no sentinel says where the primary is: 127.0.0.1:" + std::to_string(sentinels_.port(0)) + ": Connection refused");
}

TEST_F(Sentinel, WhatIsWrongIsSaid) {
  start_sentinels();
  Worker unknown(folder_, options(address("folk")), {}, "unknown-");
  wait_for_reason(unknown, "No such master with that name");
  Worker redis(folder_, options("redis+sentinel://127.0.0.1:" + std::to_string(primary_.port) + "/people"), {}, "redis-");
  wait_for_reason(redis, "no sentinel says where the primary is: 127.0.0.1:" + std::to_string(primary_.port) + ": it answers: ");
  Worker sentinel(folder_, {"--redis", "127.0.0.1:" + std::to_string(sentinels_.port(0))}, {}, "sentinel-");
  wait_for_reason(sentinel, "it is a sentinel, and so is written redis+sentinel://host:port/NAME");
}

// What a sentinel answers.
std::string epoch(const std::string& number) { return array({bulk("config-epoch"), bulk(number)}); }
std::string place(const std::string& host, const std::string& port) { return array({bulk(host), bulk(port)}); }

TEST(OddSentinel, IsNotBelievedAndWhatItSaidIsSaid) {
  const std::string no_epoch = "its SENTINEL MASTER has no known form";
  const std::string no_place = "its SENTINEL GET-MASTER-ADDR-BY-NAME has no known form";
  expect_reasons("redis+sentinel://", "/people", "no sentinel says where the primary is", {
      {"-ERR odd\r\n", "it answers: ERR odd"},
      {"*0\r\n*0\r\n", no_epoch},
      {array({bulk("config-epoch")}) + "*0\r\n", no_epoch},
      {epoch("x") + "*0\r\n", no_epoch},
      {epoch("1") + "*0\r\n", no_place},
      {epoch("1") + "*-1\r\n", no_place},
      {epoch("1") + place("", "6379"), no_place},
      {epoch("1") + place("127.0.0.1", "0"), no_place},
      {epoch("1") + place("127.0.0.1", "65536"), no_place},
      {epoch("1") + place("127.0.0.1", "x"), no_place},
      {"HTTP/1.1 400 Bad Request\r\n", "it is no Redis: "},
      {"", "it has closed the connection"},
  });
}

// What nobody asked for is not the answer to the next question, and whoever ends an idle connection is asked over another.
TEST_F(Sentinel, ThatSaysMoreThanItWasAskedOrEndsWhatIsIdleIsAskedAnew) {
  for (const auto& [more, behind] : {std::pair("*0\r\n", OddServer::kGoOn), {"", OddServer::kHangUp}}) {
    SCOPED_TRACE(more);
    std::atomic<int> questions = 0;
    const OddServer odd([&, &rest = more](const std::string&) {
      ++questions;
      return epoch("1") + place("127.0.0.1", std::to_string(primary_.port)) + rest;
    }, behind);
    Worker worker(folder_, one_thread("redis+sentinel://" + odd.place() + "/people"), {}, std::to_string(behind) + "-");
    wait_until_ready(worker);
    worker.process().wait_until([&] { return questions >= 3; }, "three questions");
    EXPECT_EQ(worker.log().find("the known one is used"), std::string::npos) << worker.log();
    ASSERT_EQ(sign_in(worker, "alice"), 200);
  }
}

TEST_F(Sentinel, ThatIsSilentForAMomentIsSaidToBeAndThenToAnswerAgain) {
  std::atomic<int> questions = 0;
  const OddServer odd([&](const std::string&) {
    if (++questions == 2) return std::string();
    // As after failovers there and back.
    return epoch(std::to_string(questions)) + place("127.0.0.1", std::to_string(primary_.port));
  });
  Worker worker(folder_, one_thread("redis+sentinel://" + odd.place() + "/people"));
  EXPECT_TRUE(worker.says("it has closed the connection; the known one is used")) << worker.log();
  EXPECT_TRUE(worker.says("a sentinel answers again")) << worker.log();
  EXPECT_EQ(worker.log().find("the sentinels call"), std::string::npos) << "it is the same primary: " << worker.log();
  ASSERT_EQ(sign_in(worker, "alice"), 200);
}

TEST_F(Sentinel, TheyHaveAPasswordOfTheirOwn) {
  start_sentinels("requirepass letmein\nsentinel sentinel-pass letmein\n");
  write_file(folder_ / "right", "letmein\n");
  write_file(folder_ / "wrong", "open sesame\n");
  for (const auto& [file, says] : {std::pair<std::string, std::string>("", "NOAUTH"), {"wrong", "WRONGPASS"}, {"right", ""}}) {
    std::vector<std::string> words = options(address());
    if (!file.empty()) words.insert(words.end(), {"--redis-sentinel-password-file", folder_ / file});
    Worker worker(folder_, words, {}, file + "-");
    if (says.empty()) wait_until_ready(worker);
    else wait_for_reason(worker, says);
    EXPECT_EQ(worker.log().find("sesame"), std::string::npos) << worker.log();
  }
}

TEST(SentinelsPassword, IsNotRepeatedWhereAServerDoesNotKnowTheCommand) {
  TempDir folder;
  const int port = free_port();
  RedisServer redis(folder, {"--port", std::to_string(port), "--bind", "127.0.0.1", "--rename-command", "AUTH", "UNKNOWN"});
  redis.start();
  write_file(folder / "password", "hunter2\n");
  Worker worker(folder, {"--redis", "redis+sentinel://127.0.0.1:" + std::to_string(port) + "/people", "--redis-sentinel-password-file", folder / "password"});
  wait_for_reason(worker, "it answers: ERR unknown command");
  EXPECT_EQ(ready(worker).body.find("hunter2"), std::string::npos);
  EXPECT_EQ(worker.log().find("hunter2"), std::string::npos) << worker.log();
}

TEST_F(Sentinel, CommandsOfOperatorsGoToThePrimary) {
  start_sentinels();
  primary_.redis.client()({"ACL", "SETUSER", kAccount, "+scan"});
  for (const auto& [verb, whose] : {std::pair("mint", "alice"), {"list", "alice"}, {"list", "--everybody"}, {"revoke", "--everybody"}}) {
    std::vector<std::string> words = {worker_program(), verb, whose, "--config", "/dev/null"};
    if (verb == std::string("revoke")) words.insert(words.end(), {"--kind", "cli", "--yes"});
    words.insert(words.end(), {"--redis", address(), "--redis-user", kAccount, "--redis-password-file", account_password_file(primary_.folder)});
    Process process(words, folder_ / (std::string(verb) + whose));
    EXPECT_EQ(process.wait(), 0) << process.log();
    if (verb == std::string("revoke")) {
      EXPECT_EQ(process.log(), "revoked 0 sessions\n");
    }
  }
  EXPECT_FALSE(primary_.redis.client().keys("*:user").empty());
}

}  // namespace
}  // namespace sessiond::test
