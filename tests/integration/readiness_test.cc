// Ready is able: whatever makes Redis refuse a change makes the worker unready, for the reason that Redis
// gives, and doctor says the same.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "integration/document.h"
#include "integration/site.h"

namespace sessiond::test {
namespace {

class Readiness : public ::testing::Test {
 protected:
  explicit Readiness(const std::vector<std::string>& settings = {}) : site({}, settings) {
    EXPECT_EQ(ready().status, 200);
  }

  Response ready() { return site.web.send({"GET", "/readyz", {}, {}}); }
  Response mint() { return site.post_internal("/internal/v1/sessions", minting_json(user_json("alice"))); }

  // What doctor finds with the account that the worker has.
  std::string doctor() {
    Process process({worker_program(), "doctor", "--config", "/dev/null", "--redis", site.redis.socket(), "--redis-user", kAccount,
                     "--redis-password-file", account_password_file(site.folder)},
                    site.folder / ("doctor-" + std::to_string(++runs_)));
    EXPECT_EQ(process.wait(), 1) << process.log();
    return process.log();
  }

  // Nobody can be signed in now, and all say why.
  void expect_unable(const std::string& reason) {
    EXPECT_EQ(mint().status, 503);
    const Response response = ready();
    expect_problem(response, 503, "internal_error");
    EXPECT_NE(std::string(Document(response.body)["error"].GetString()).find(reason), std::string::npos) << response.body;
    const std::string found = doctor();
    EXPECT_NE(found.find("problem: it makes no changes: "), std::string::npos) << found;
    EXPECT_NE(found.find(reason), std::string::npos) << found;
  }
  void expect_able() {
    EXPECT_EQ(ready().status, 200);
    EXPECT_EQ(mint().status, 201);
  }

  Site site;
  RedisClient redis = site.redis.client();

 private:
  int runs_ = 0;
};

TEST_F(Readiness, EndsWhileThereAreTooFewReplicas) {
  redis({"CONFIG", "SET", "min-replicas-to-write", "1"});
  expect_unable("NOREPLICAS Not enough good replicas to write");
  redis({"CONFIG", "SET", "min-replicas-to-write", "0"});
  expect_able();
}

TEST_F(Readiness, EndsWhileMemoryIsFull) {
  redis({"CONFIG", "SET", "maxmemory-policy", "noeviction"});
  redis({"CONFIG", "SET", "maxmemory", "1"});
  expect_unable("OOM command not allowed when used memory > 'maxmemory'");
  redis({"CONFIG", "SET", "maxmemory", "0"});
  expect_able();
}

TEST_F(Readiness, EndsAfterASnapshotFailedWhereRedisThenRefusesToWrite) {
  // What cannot be written over: a folder with something in it where the file belongs.
  const std::string file = site.folder / "redis/dump.rdb";
  mkdir(file.c_str(), 0755);
  write_file(file + "/something", "");
  redis({"CONFIG", "SET", "save", "3600 1000000"});
  redis({"BGSAVE"});
  const auto failed = [&] { return redis({"INFO", "persistence"}).text.find("rdb_last_bgsave_status:err") != std::string::npos; };
  site.worker.process().wait_until(failed, "a snapshot that fails");
  const bool is_valkey = redis({"INFO", "server"}).text.find("valkey_version") != std::string::npos;
  expect_unable(std::string("MISCONF ") + (is_valkey ? "Valkey" : "Redis") + " is configured to save RDB snapshots");
  redis({"CONFIG", "SET", "stop-writes-on-bgsave-error", "no"});
  expect_able();
  redis({"CONFIG", "SET", "save", ""});  // with it, Redis does not end before it has written one
}

// Each command that a script or a request uses: without it something cannot be done.
TEST_F(Readiness, EndsWhileTheAccountLacksARight) {
  for (const std::string command : {"HMGET", "HGET", "ZRANGE", "EXISTS", "HSET", "HDEL", "DEL", "PEXPIREAT", "ZADD", "ZREM", "ZCARD",
                                    "ZREMRANGEBYSCORE", "TIME", "EVAL"}) {
    SCOPED_TRACE(command);
    redis({"ACL", "SETUSER", kAccount, "-" + command});
    const Response response = ready();
    EXPECT_EQ(response.status, 503);
    EXPECT_NE(response.body.find("NOPERM the account may not run " + command + " on sessiond:"), std::string::npos) << response.body;
    redis({"ACL", "SETUSER", kAccount, "+" + command});
    expect_able();
  }
  EXPECT_TRUE(redis({"ACL", "LOG"}).elements.empty()) << "asking is no offence";
  redis({"ACL", "SETUSER", kAccount, "-zadd"});
  EXPECT_NE(doctor().find("NOPERM the account may not run ZADD"), std::string::npos);
}

TEST_F(Readiness, EndsWhereTheAccountMayNotUseAllKeysOfTheWorker) {
  for (const std::string keys : {"~staging:*", "~sessiond:{*"}) {  // none of them; all but those of grants
    SCOPED_TRACE(keys);
    redis({"ACL", "SETUSER", kAccount, "resetkeys", keys});
    const Response response = ready();
    EXPECT_EQ(response.status, 503);
    EXPECT_NE(response.body.find("NOPERM"), std::string::npos) << response.body;
    redis({"ACL", "SETUSER", kAccount, "resetkeys", "~sessiond:*"});
    expect_able();
  }
  redis({"ACL", "LOG", "RESET"});  // of the keys that a script may not have
}

TEST_F(Readiness, IsAskedWithoutAChange) {
  redis({"CONFIG", "RESETSTAT"});
  const auto changes = [&] {
    const std::string info = redis({"INFO", "persistence"}).text;
    const std::size_t start = info.find("rdb_changes_since_last_save:");
    return info.substr(start, info.find('\r', start) - start);
  };
  const std::string before = changes();
  for (int i = 0; i < 10; ++i) EXPECT_EQ(ready().status, 200);
  doctor();
  EXPECT_EQ(changes(), before);
  EXPECT_TRUE(redis.keys().empty());
  EXPECT_EQ(redis({"INFO", "commandstats"}).text.find("cmdstat_hset"), std::string::npos);
}

}  // namespace
}  // namespace sessiond::test
