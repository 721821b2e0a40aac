// What operators do on the command line, straight in Redis.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "integration/document.h"
#include "integration/redis_client.h"
#include "integration/site.h"

namespace sessiond::test {
namespace {

class OperatorCommands : public SiteTest {
 protected:
  Outcome run(std::vector<std::string> words) {
    words.insert(words.begin(), worker_program());
    words.insert(words.end(), {"--config", "/dev/null", "--redis", site.redis.socket()});
    Process process(words, folder / ("said-" + std::to_string(++runs_)));
    const int status = process.wait();
    return {status, process.said()};
  }

  TempDir folder;

 private:
  int runs_ = 0;
};

TEST_F(OperatorCommands, MintPrintsATokenThatSignsIn) {
  const Outcome minted = run({"mint", user, "--kind", "cli"});
  ASSERT_EQ(minted.status, 0) << minted.said;
  ASSERT_TRUE(minted.said.starts_with("pat_")) << minted.said;
  const Signed session{"", minted.said.substr(0, minted.said.find('\n')), ""};
  EXPECT_EQ(site.list(session).status, 200);
  EXPECT_STREQ(Document(site.get("/api/v1/u/me", session).body)["id"].GetString(), user.c_str());
}

TEST_F(OperatorCommands, MintKeepsTheUserThatALoginServiceHandedOver) {
  const Signed before = site.mint(user);
  const std::string me = site.get("/api/v1/u/me", before).body;
  ASSERT_EQ(run({"mint", user}).status, 0);
  EXPECT_EQ(site.get("/api/v1/u/me", before).body, me);
}

TEST_F(OperatorCommands, MintWritesATokenToANewFileThatOnlyItsOwnerCanRead) {
  const std::string file = folder / "token";
  const Outcome minted = run({"mint", user, "--token-file", file});
  ASSERT_EQ(minted.status, 0) << minted.said;
  EXPECT_EQ(minted.said, "");
  const std::string token = read_file(file);
  EXPECT_TRUE(token.starts_with("ses_"));
  struct stat status {};
  ASSERT_EQ(stat(file.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  EXPECT_EQ(run({"mint", user, "--token-file", file}).status, 1) << "a file that is there is not overwritten";
  EXPECT_EQ(read_file(file), token);
}

TEST_F(OperatorCommands, MintLeavesNoSessionWhoseTokenNobodyHas) {
  EXPECT_EQ(run({"mint", user, "--token-file", folder / "no/such/folder"}).status, 1);
  Process full({"sh", "-c", "exec \"$@\" > /dev/full", "sh", worker_program(), "mint", user, "--config", "/dev/null", "--redis",
                site.redis.socket()},
               folder / "full.log");
  EXPECT_EQ(full.wait(), 1);
  EXPECT_EQ(run({"list", user, "--json"}).said, "[]\n");
}

TEST_F(OperatorCommands, SayWhatRedisSays) {
  RedisServer guarded(folder, {"--requirepass", "right-password"});
  guarded.start();
  Process asked({worker_program(), "list", user, "--config", "/dev/null", "--redis", guarded.socket()}, folder / "asked.log");
  EXPECT_EQ(asked.wait(), 1);
  EXPECT_NE(asked.log().find("NOAUTH"), std::string::npos) << asked.log();
}

TEST_F(OperatorCommands, SayOnceWhatWentWrong) {
  const std::string nowhere = folder / "nowhere.sock";
  Process asked({worker_program(), "list", user, "--config", "/dev/null", "--redis", nowhere}, folder / "asked.log");
  EXPECT_EQ(asked.wait(), 1);
  EXPECT_EQ(asked.log(), "sessiond: no Redis at " + nowhere + ": No such file or directory\n");

  RedisServer guarded(folder, {"--requirepass", "right-password"});
  guarded.start();
  Process refused({worker_program(), "list", user, "--config", "/dev/null", "--redis", guarded.socket()}, folder / "refused.log");
  EXPECT_EQ(refused.wait(), 1);
  const std::string said = refused.log();
  EXPECT_TRUE(said.starts_with("sessiond: ")) << said;
  EXPECT_EQ(said.find('\n'), said.size() - 1) << "one line: " << said;
}

TEST_F(OperatorCommands, SayWhatWentWrongAsJsonWhereJsonIsAskedFor) {
  const auto expect_error = [&](const std::vector<std::string>& words, const std::string& code, const std::string& text) {
    const Outcome outcome = run(words);
    EXPECT_EQ(outcome.status, 1);
    const Document said(outcome.said);
    EXPECT_EQ(said["code"].GetString(), code);
    EXPECT_NE(std::string(said["error"].GetString()).find(text), std::string::npos) << outcome.said;
  };
  expect_error({"lst", "x", "--json"}, "bad_request", "there is no command `lst`");
  expect_error({"list", "--json"}, "bad_request", "USER is required");
  expect_error({"list", user, "--json", "--threads", "many"}, "bad_request", "`threads` is `many`");
  expect_error({"revoke", user, "nonsense", "--json"}, "bad_request", "UUID");
  expect_error({"revoke", user, "00000000-0000-4000-8000-000000000000", "--json"}, "not_found", "no such session");
  expect_error({"revoke", "--everybody", "--json"}, "bad_request", "wants --yes");
  expect_error({"mint", user, "--kind", "app", "--json"}, "bad_request", "--kind is web or cli");
  expect_error({"mint", user, "--json", "--token-file", folder / "no/such"}, "internal_error", "No such file or directory");
  for (const char* verb : {"list", "doctor", "mint"}) {
    std::vector<std::string> words = {worker_program(), verb, "--json", "--config", "/dev/null", "--redis", folder / "nowhere"};
    if (verb != std::string("doctor")) words.push_back(user);
    Process asked(words, folder / verb);
    EXPECT_EQ(asked.wait(), 1);
    EXPECT_NE(std::string(Document(asked.log())["error"].GetString()).find("no Redis at"), std::string::npos) << asked.log();
  }
}

TEST_F(OperatorCommands, OfAUserWithoutSessionsTheySayThatNobodyHasTheId) {
  const Outcome listed = run({"list", user});
  EXPECT_EQ(listed.status, 0);
  EXPECT_EQ(listed.said, "nobody with the id `" + user + "` is signed in\n");
  EXPECT_EQ(run({"list", user, "--json"}).said, "[]\n");
  const Outcome revoked = run({"revoke", user, "--all"});
  EXPECT_EQ(revoked.status, 0);
  EXPECT_EQ(revoked.said, "nobody with the id `" + user + "` is signed in: revoked 0 sessions\n");
  EXPECT_EQ(run({"revoke", user, "--all", "--json"}).said, "{\"revoked\":0}\n");
}

TEST_F(OperatorCommands, DisableAUserUntilTheyEnableHim) {
  const auto run_with_bars = [&](std::vector<std::string> words) {
    words.emplace_back("--bar-users");
    return run(words);
  };
  site.mint(user);
  const Outcome disabled = run_with_bars({"disable", user});
  EXPECT_EQ(disabled.status, 0);
  EXPECT_EQ(disabled.said, "disabled the user `" + user + "`: revoked 1 session\n");
  EXPECT_EQ(run_with_bars({"disable", user, "--json"}).said, "{\"revoked\":0}\n");
  EXPECT_EQ(run_with_bars({"list", user}).said, "the user `" + user + "` is disabled\n");
  EXPECT_EQ(run_with_bars({"list", user, "--json"}).said, "[]\n");
  const Outcome refused = run_with_bars({"mint", user});
  EXPECT_EQ(refused.status, 1);
  EXPECT_EQ(refused.said, "sessiond: this user is disabled\n");
  const Outcome enabled = run_with_bars({"enable", user});
  EXPECT_EQ(enabled.status, 0);
  EXPECT_EQ(enabled.said, "enabled the user `" + user + "`\n");
  EXPECT_EQ(run_with_bars({"list", user}).said, "nobody with the id `" + user + "` is signed in\n");
  EXPECT_EQ(run_with_bars({"enable", user, "--json"}).said, "{}\n");
  EXPECT_EQ(run_with_bars({"mint", user}).status, 0);
}

TEST_F(OperatorCommands, DisableNobodyWhereNoWorkerWouldHeedIt) {
  const Signed mine = site.mint(user);
  for (const char* verb : {"disable", "enable"}) {
    const Outcome refused = run({verb, user});
    EXPECT_EQ(refused.status, 1);
    EXPECT_NE(refused.said.find("bar-users"), std::string::npos) << refused.said;
  }
  EXPECT_EQ(run({"disable", "--bar-users"}).status, 1);
  EXPECT_EQ(site.list(mine).status, 200);
}

TEST(DoctorOfBars, CountsWhoIsDisabledAndTellsWhereThatIsNotHeeded) {
  Site own({"--bar-users"}, {"--appendonly", "yes", "--appendfsync", "always", "--hash-max-listpack-value", "1024"});
  TempDir folder;
  int runs = 0;
  const auto doctor = [&](const std::vector<std::string>& more) {
    std::vector<std::string> words = {worker_program(), "doctor", "--keys", "--config", "/dev/null", "--redis", own.redis.socket()};
    words.insert(words.end(), more.begin(), more.end());
    Process process(words, folder / ("said-" + std::to_string(++runs)));
    const int status = process.wait();
    return Outcome{status, process.log()};
  };
  for (const char* name : {"alice", "bob", "carol"}) own.mint(name);
  ASSERT_EQ(own.operators.send({"DELETE", "/internal/v1/users/alice/sessions", {}, {}}).status, 200);
  EXPECT_EQ(doctor({"--bar-users"}).said.find("disabled"), std::string::npos);
  ASSERT_EQ(own.operators.send({"POST", "/internal/v1/users/alice/disable", {}, {}}).status, 200);
  ASSERT_EQ(own.operators.send({"POST", "/internal/v1/users/dave/disable", {}, {}}).status, 200);
  const Outcome heeded = doctor({"--bar-users"});
  EXPECT_NE(heeded.said.find("2 users are disabled\n"), std::string::npos) << heeded.said;
  EXPECT_EQ(heeded.said.find("lets them in"), std::string::npos) << heeded.said;
  EXPECT_NE(doctor({"--bar-users", "--json"}).said.find("\"disabled_users\":2"), std::string::npos);
  const Outcome unheeded = doctor({});
  EXPECT_EQ(unheeded.status, 1);
  EXPECT_NE(unheeded.said.find("problem: users are disabled, but bar-users is off here"), std::string::npos) << unheeded.said;
  const Signed bob = own.mint("bob");
  own.redis.client()({"HSET", keys_of(bob) + "session-bar", "bar", "yesterday"});
  EXPECT_NE(doctor({"--bar-users"}).said.find("session-bar is not a bar"), std::string::npos);
}

TEST_F(OperatorCommands, AUserMayBeCalledLikeACommand) {
  const Signed session = site.mint("doctor");
  EXPECT_NE(run({"list", "doctor"}).said.find(session.id), std::string::npos);
  EXPECT_EQ(run({"revoke", "doctor", "--all"}).said, "revoked 1 session\n");
}

TEST_F(OperatorCommands, ListShowsATableOrJson) {
  const Signed session = site.mint(user, {.user_agent = "Firefox"});
  const Outcome table = run({"list", user});
  EXPECT_EQ(table.status, 0);
  EXPECT_NE(table.said.find(session.id), std::string::npos) << table.said;
  EXPECT_NE(table.said.find("Firefox"), std::string::npos);
  const Outcome json = run({"list", user, "--json"});
  EXPECT_STREQ(Document(json.said).root()[0]["id"].GetString(), session.id.c_str());
  EXPECT_EQ(json.said.find(session.token), std::string::npos);
}

TEST_F(OperatorCommands, RevokeEndsOneOrAllAndSaysWhatIsNotThere) {
  const Signed one = site.mint(user);
  const Signed two = site.mint(user);
  const Signed three = site.mint(user);
  EXPECT_EQ(run({"revoke", user, one.id}).status, 0);
  EXPECT_EQ(site.list(one).status, 401);
  EXPECT_EQ(run({"revoke", user, one.id}).status, 1);
  EXPECT_EQ(run({"revoke", user, "nonsense"}).status, 1);
  EXPECT_EQ(run({"revoke", user}).status, 1);
  EXPECT_EQ(site.list(two).status, 200);
  EXPECT_EQ(run({"revoke", user, "--all", "--json"}).said, "{\"revoked\":2}\n");
  EXPECT_EQ(site.list(two).status, 401);
  EXPECT_EQ(site.list(three).status, 401);
}

TEST_F(OperatorCommands, RevokeEndsEverybodysSessionsAndTheirGrants) {
  RedisClient redis = site.redis.client();
  redis({"FLUSHALL"});  // of what other tests have left
  const Signed alice = site.mint("alice");
  const Signed bob = site.mint("bob");
  const Signed unlisted = site.mint("carol");
  redis({"DEL", keys_of(unlisted) + "sessions"});
  redis({"SET", "another", "value"});
  const std::vector<std::string> json = {alice.bearer(), "Content-Type: application/json"};
  ASSERT_EQ(site.web.send({"POST", "/api/v1/auth/cli/request-grant", json, ""}).status, 200);

  for (const auto& words : std::vector<std::vector<std::string>>{
           {"revoke"},
           {"revoke", "alice", "--everybody", "--yes"},
           {"revoke", "--everybody", "--all", "--yes"},
           {"revoke", "--everybody"}}) {
    EXPECT_EQ(run(words).status, 1);
  }
  ASSERT_EQ(site.list(alice).status, 200);
  const Outcome revoked = run({"revoke", "--everybody", "--yes"});
  EXPECT_EQ(revoked.status, 0) << revoked.said;
  for (const Signed& session : {alice, bob, unlisted}) EXPECT_EQ(site.list(session).status, 401);
  EXPECT_EQ(redis({"KEYS", "*"}).elements.size(), 1U) << "what is not sessiond's";
  EXPECT_EQ(run({"revoke", "--everybody", "--yes", "--json"}).said, "{\"revoked\":0}\n");
}

TEST_F(OperatorCommands, RevokeEndsEverybodysSessionsAmongThousandsOfOtherKeys) {
  RedisClient redis = site.redis.client();
  redis({"FLUSHALL"});
  std::vector<Signed> sessions;
  for (int i = 0; i < 20; ++i) sessions.push_back(site.mint("user-" + std::to_string(i)));
  redis({"EVAL", "for i = 1, 3000 do redis.call('SET', 'filler' .. i, '') end", "0"});  // more than one look at the keys
  const Outcome revoked = run({"revoke", "--everybody", "--yes"});
  EXPECT_EQ(revoked.status, 0);
  EXPECT_NE(revoked.said.find("revoked 20"), std::string::npos) << revoked.said;
  for (const Signed& session : sessions) EXPECT_EQ(site.list(session).status, 401);
  EXPECT_EQ(redis({"DBSIZE"}).integer, 3000) << "what is not sessiond's";
  redis({"FLUSHALL"});
}

TEST_F(OperatorCommands, RevokingEverybodysSessionsAsksOnATerminal) {
  const Signed session = site.mint(user);
  int asked = 0;
  // script(1) gives the command a terminal and types what it reads.
  const auto answer = [&](const std::string& typed) {
    Process terminal({"sh", "-c", R"(printf '%s\n' "$1" | script -qec "$2" /dev/null)", "sh", typed,
                      worker_program() + " revoke --everybody --config /dev/null --redis " + site.redis.socket()},
                     folder / ("terminal-" + std::to_string(++asked)));
    const int status = terminal.wait();
    EXPECT_NE(terminal.log().find("This ends all sessions of all users below sessiond: in the Redis at " + site.redis.socket() + ". Type yes to go on: "),
              std::string::npos) << terminal.log();
    return Outcome{status, terminal.log()};
  };
  for (const char* typed : {"no", "", "y"}) {
    const Outcome kept = answer(typed);
    EXPECT_EQ(kept.status, 1);
    EXPECT_NE(kept.said.find("nothing is revoked"), std::string::npos) << kept.said;
    EXPECT_EQ(site.list(session).status, 200);
  }
  EXPECT_EQ(answer("yes").status, 0);
  EXPECT_EQ(site.list(session).status, 401);
}

TEST_F(OperatorCommands, RevokingEverybodysSessionsEndsDamagedOnesAndSaysWhatIsLeft) {
  RedisClient redis = site.redis.client();
  redis({"FLUSHALL"});
  std::vector<Signed> sound;
  for (int i = 0; i < 5; ++i) sound.push_back(site.mint("user-" + std::to_string(i)));
  const Signed damaged = site.mint("damaged");
  redis({"SET", keys_of(damaged) + "sessions", "no index"});
  redis({"CONFIG", "SET", "min-replicas-to-write", "1"});
  const Outcome refused = run({"revoke", "--everybody", "--yes"});
  EXPECT_EQ(refused.status, 1);
  EXPECT_NE(refused.said.find("0 sessions are ended, but Redis refused to end 6"), std::string::npos) << refused.said;
  redis({"CONFIG", "SET", "min-replicas-to-write", "0"});

  const Outcome revoked = run({"revoke", "--everybody", "--yes"});
  EXPECT_EQ(revoked.status, 0);
  EXPECT_NE(revoked.said.find("revoked 6"), std::string::npos) << revoked.said;
  for (const Signed& session : sound) EXPECT_EQ(site.list(session).status, 401);
  EXPECT_EQ(site.get("/api/v1/u/me", damaged).status, 401);
  redis({"FLUSHALL"});
}

TEST_F(OperatorCommands, DoctorSaysWhetherAllIsWellByItsStatus) {
  Site strict({}, {"--appendonly", "yes", "--appendfsync", "always"});
  const std::string redis = strict.redis.socket();
  const Signed session = strict.mint(user);
  const auto doctor = [&](std::vector<std::string> more) {
    std::vector<std::string> words = {worker_program(), "doctor", "--config", "/dev/null", "--redis", redis};
    words.insert(words.end(), more.begin(), more.end());
    Process process(words, folder / ("doctor-" + std::to_string(more.size())));
    const int status = process.wait();
    return Outcome{status, process.log()};
  };
  EXPECT_EQ(doctor({}).status, 0);
  const Outcome json = doctor({"--keys", "--json"});
  EXPECT_EQ(json.status, 0) << json.said;
  const Document report(json.said);
  EXPECT_TRUE(report["ok"].GetBool());
  EXPECT_EQ(report["sessions"].GetInt(), 1);
  EXPECT_EQ(report["faults"].GetInt(), 0);

  RedisClient admin(redis);
  const std::string key = key_of(session);
  admin({"PEXPIRE", key, "1000000"});
  EXPECT_NE(doctor({"--keys"}).said.find("does not end at its expires_at"), std::string::npos);
  admin({"DEL", key});
  EXPECT_EQ(doctor({"--keys"}).status, 1) << "an index lists a session that is gone";
  strict.redis.crash();
  const Outcome away = doctor({"--json", "--keys", "--log-level=error"});
  EXPECT_EQ(away.status, 1);
  EXPECT_NE(away.said.find("no Redis"), std::string::npos) << away.said;
}

TEST_F(OperatorCommands, DoctorNamesTheServerAndItsVersion) {
  Process asked({"redis-server", "--version"}, folder / "version");
  ASSERT_EQ(asked.wait(), 0);
  std::istringstream words(asked.log());  // "Redis server v=7.0.15 …", "Valkey server v=8.1.1 …"
  std::string server, ignored, version;
  words >> server >> ignored >> version;
  Process process({worker_program(), "doctor", "--config", "/dev/null", "--redis", site.redis.socket()}, folder / "named");
  process.wait();
  EXPECT_NE(process.log().find(server + " " + version.substr(2) + " (standalone, master), clock "), std::string::npos) << process.log();
}

TEST_F(OperatorCommands, DoctorSaysWhatRedisIsSetTo) {
  Site slow({}, {"--appendonly", "yes", "--appendfsync", "everysec", "--hash-max-listpack-value", "64"});
  Process process({worker_program(), "doctor", "--config", "/dev/null", "--redis", slow.redis.socket()}, folder / "said");
  process.wait();
  EXPECT_NE(process.log().find("appendfsync is everysec"), std::string::npos) << process.log();
  EXPECT_NE(process.log().find("hash-max-listpack-value is 64"), std::string::npos) << process.log();
}

TEST_F(OperatorCommands, DoctorFindsKeysThatDoNotFitTogether) {
  Site damaged({}, {"--appendonly", "yes", "--appendfsync", "always"});
  RedisClient admin = damaged.redis.client();
  const auto doctor = [&] {
    Process process({worker_program(), "doctor", "--keys", "--config", "/dev/null", "--redis", damaged.redis.socket()}, folder / "found");
    process.wait();
    const std::string said = process.log();
    std::filesystem::remove(folder / "found");
    return said;
  };
  const Signed longer = damaged.mint("longer");
  const Signed endless = damaged.mint("endless");
  const Signed unlisted = damaged.mint("unlisted");
  const Signed odd = damaged.mint("odd");
  const Signed unseen = damaged.mint("unseen");
  EXPECT_EQ(doctor().find(longer.id), std::string::npos);
  admin({"HSET", key_of(unseen), "seen", "something else"});
  admin({"PEXPIRE", key_of(longer), "1000000"});
  admin({"HDEL", key_of(endless), "expires_at"});
  admin({"ZREM", keys_of(unlisted) + "sessions", unlisted.id});
  admin({"SET", keys_of(odd) + "sessions", "something else"});
  const std::string said = doctor();
  EXPECT_NE(said.find(longer.id + " does not end at its expires_at"), std::string::npos) << said;
  EXPECT_NE(said.find(endless.id + " does not end at its expires_at"), std::string::npos) << said;
  EXPECT_NE(said.find(unlisted.id + " is not in its user's index"), std::string::npos) << said;
  EXPECT_NE(said.find(keys_of(odd) + "sessions is not an index"), std::string::npos) << said;
  EXPECT_NE(said.find(unseen.id + " does not end at its expires_at"), std::string::npos) << said;
  EXPECT_NE(said.find("5 sessions of 3 users, 6 faults"), std::string::npos) << said;
}

TEST_F(OperatorCommands, DoctorDescribesTwentyFaultsAndNamesEightNeighbours) {
  Site damaged;
  RedisClient admin = damaged.redis.client();
  Signed any;
  for (int i = 0; i < 22; ++i) {
    any = damaged.mint("user" + std::to_string(i));
    admin({"ZREM", keys_of(any) + "sessions", any.id});
  }
  const std::string rest = (key_of(any)).substr(std::string("sessiond").size());
  admin({"EVAL", "for i = 1, 2000 do redis.call('SET', 'filler' .. i, '') end", "0"});  // more than one look at the keys
  for (int i = 0; i < 10; ++i) admin({"HSET", "neighbour" + std::to_string(i) + rest, "kind", "web"});
  Process process({worker_program(), "doctor", "--keys", "--config", "/dev/null", "--redis", damaged.redis.socket()}, folder / "found");
  process.wait();
  const std::string said = process.log();
  const auto times = [&](const std::string& text) {
    int count = 0;
    for (std::size_t at = said.find(text); at != std::string::npos; at = said.find(text, at + 1)) ++count;
    return count;
  };
  EXPECT_EQ(times("is not in its user's index"), 20) << said;
  EXPECT_EQ(times("neighbour"), 8) << said;
}

TEST_F(OperatorCommands, MintOfAUserWhoseKeyIsNoUserSaysSo) {
  Site damaged;
  RedisClient admin = damaged.redis.client();
  const Signed mine = damaged.mint("alice");
  admin({"SET", keys_of(mine) + "user", "something else"});
  Process process({worker_program(), "mint", "alice", "--config", "/dev/null", "--redis", damaged.redis.socket()}, folder / "minted");
  EXPECT_EQ(process.wait(), 1);
  EXPECT_NE(process.log().find("cannot do this now"), std::string::npos) << process.log();
}

TEST_F(OperatorCommands, DoctorFindsWhatLosesSessions) {
  Site careless({}, {"--appendonly", "no", "--maxmemory-policy", "allkeys-lru"});
  Process process({worker_program(), "doctor", "--config", "/dev/null", "--redis", careless.redis.socket()}, folder / "said");
  EXPECT_EQ(process.wait(), 1);
  EXPECT_NE(process.log().find("maxmemory-policy is allkeys-lru"), std::string::npos) << process.log();
  EXPECT_NE(process.log().find("appendonly is no"), std::string::npos);
}

}  // namespace
}  // namespace sessiond::test
