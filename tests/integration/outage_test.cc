// Redis away, slow, unwilling or changed under our feet.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "integration/document.h"
#include "integration/readiness.h"
#include "integration/site.h"

namespace sessiond::test {
namespace {

// Asks nginx until the site is ready again, which it must become by itself.
void wait_until_served(Site& site) {
  site.worker.process().wait_until([&] { return site.web.send({"GET", "/readyz", {}, {}}).status == 200; }, "/readyz");
}

void expect_unavailable(const Response& response) {
  expect_problem(response, 503, "internal_error");
  EXPECT_EQ(response.header("retry-after"), "1");
}

std::string reason(Site& site) {
  const Response response = site.web.send({"GET", "/readyz", {}, {}});
  EXPECT_EQ(response.status, 503);
  return Document(response.body)["error"].GetString();
}

TEST(Outage, ARedisThatIsNotThereYetIsWaitedFor) {
  TempDir folder;
  RedisServer redis(folder);
  Worker worker(folder, {"--dev-login"});
  FastCgiClient peer(worker.public_socket());
  const Response away = ready(peer);
  EXPECT_EQ(away.status, 503);
  EXPECT_NE(away.body.find("no Redis"), std::string::npos) << away.body;
  EXPECT_EQ(peer.ask(fastcgi::kHealthz).status, 200);
  EXPECT_TRUE(worker.says("no Redis at " + redis.socket())) << worker.log();

  redis.start();
  worker.process().wait_until([&] { return ready(peer).status == 200; }, "/readyz");
  EXPECT_TRUE(worker.says("Redis is back")) << worker.log();
}

TEST(Outage, ACrashOfRedisIsA503UntilItIsBackAndLosesNothing) {
  Site site({"--dev-login", "--threads", "1"}, {"--appendonly", "yes", "--appendfsync", "always"});
  const Signed mine = site.mint("alice");
  const Signed lost = site.mint("alice");
  ASSERT_EQ(site.revoke(mine, lost.id).status, 204);

  site.redis.crash();
  expect_unavailable(site.list(mine));
  expect_unavailable(site.revoke(mine, mine.id));
  expect_unavailable(site.get("/api/v1/u/me", mine));
  expect_unavailable(site.web.send({"POST", "/api/v1/auth/logout", {mine.bearer()}, {}}));
  expect_unavailable(site.post_internal("/internal/v1/sessions", minting_json(user_json("alice"))));
  expect_unavailable(site.operators.send({"GET", "/internal/v1/check", {mine.bearer()}, {}}));
  expect_unavailable(site.operators.send({"GET", "/internal/v1/users/alice", {}, {}}));
  expect_unavailable(site.operators.send({"PUT", "/internal/v1/users/alice", {"Content-Type: application/json"}, user_json("alice")}));
  expect_problem(site.get("/api/v1/u/me", {"", "malformed", ""}), 401, "unauthorized");
  EXPECT_EQ(site.web.send({"GET", "/healthz", {}, {}}).status, 200);

  site.redis.restart();
  wait_until_served(site);
  EXPECT_EQ(ids_in(site.list(mine)), std::vector{mine.id});
  EXPECT_EQ(site.list(lost).status, 401);
  // Redis has forgotten our scripts.
  const Signed fresh = site.mint("alice");
  EXPECT_EQ(site.revoke(mine, fresh.id).status, 204);
}

TEST(Outage, AStoppedRedisIsA503WithinTheStoreTimeout) {
  Site site({"--store-timeout", "1", "--threads", "1"});
  const Signed alice = site.mint("alice");
  const Signed bob = site.mint("bob");
  site.redis.pause();
  const auto asked = std::chrono::steady_clock::now();
  for (int i = 0; i < 2; ++i) {
    expect_unavailable(site.list(alice));
    expect_unavailable(site.get("/api/v1/u/me", bob));
  }
  // Four times the timeout, but for a noisy machine. nginx would have lost patience with one after 15 s.
  EXPECT_LT(std::chrono::steady_clock::now() - asked, kPatience);
  EXPECT_TRUE(site.worker.says("no reply in time")) << site.worker.log();
  site.redis.resume();
  wait_until_served(site);
  // The late answers went nowhere: each gets their own.
  for (int i = 0; i < 20; ++i) {
    EXPECT_STREQ(Document(site.get("/api/v1/u/me", alice).body)["id"].GetString(), "alice");
    EXPECT_STREQ(Document(site.get("/api/v1/u/me", bob).body)["id"].GetString(), "bob");
  }
}

TEST(Outage, ForgottenScriptsAreSentAgain) {
  Site site;
  const Signed mine = site.mint("alice");
  RedisClient redis = site.redis.client();
  for (int i = 0; i < 5; ++i) {
    redis({"SCRIPT", "FLUSH"});
    const Signed another = site.mint("alice");
    redis({"SCRIPT", "FLUSH"});
    EXPECT_EQ(site.revoke(mine, another.id).status, 204);
  }
}

TEST(Outage, ARedisThatLoadsItsFileIsA503ThatSaysSo) {
  TempDir folder;
  RedisServer server(folder);
  server.start();
  Worker worker(folder);
  HttpPeer operators(worker.internal_socket());
  FastCgiClient web(worker.public_socket());
  Signed mine;
  for (int i = 0; i < 50; ++i) {
    mine = signed_by(operators.ask(http1::post("/internal/v1/sessions", minting_json(user_json("alice")))));
  }
  const auto list = fastcgi::request("GET", "/api/v1/auth/sessions", mine.token);
  const auto ready = fastcgi::request("GET", "/readyz");

  server.client()({"SAVE"});
  server.crash();
  std::vector<std::string> words = {"redis-server", "--port", "0", "--unixsocket", server.socket(), "--dir", folder / "redis", "--save", "",
                "--key-load-delay", "30000", "--loading-process-events-interval-bytes", "1024"};  // microseconds a key
  const std::vector<std::string> account = account_settings();
  words.insert(words.end(), account.begin(), account.end());
  Process slow(words, folder / "slow.log");
  slow.wait_until([&] { return web.ask(ready).body.find("LOADING") != std::string::npos; }, "a Redis that loads");
  EXPECT_EQ(web.ask(list).status, 503);
  EXPECT_TRUE(worker.says("LOADING")) << worker.log();
  slow.wait_until([&] { return web.ask(ready).status == 200; }, "its end");
  EXPECT_EQ(ids_in(web.ask(list)).size(), 50U);
  EXPECT_EQ(slow.stop(), 0);
}

TEST(Outage, AReplicaRefusesChangesAndIsNotReady) {
  Site site({"--threads", "1"});  // each thread comes back by itself
  const Signed mine = site.mint("alice");
  RedisClient redis = site.redis.client();
  redis({"REPLICAOF", "127.0.0.1", "1"});
  EXPECT_NE(reason(site).find("replica"), std::string::npos);
  expect_unavailable(site.revoke(mine, mine.id));
  expect_unavailable(site.post_internal("/internal/v1/sessions", minting_json(user_json("alice"))));
  redis({"REPLICAOF", "NO", "ONE"});
  wait_until_served(site);
  EXPECT_EQ(site.revoke(mine, mine.id).status, 204);
}

TEST(Outage, ARedisThatThrowsSessionsAwayIsNotReadyUnlessThatIsAllowed) {
  const std::vector<std::string> evicting = {"--maxmemory-policy", "allkeys-lru"};
  Site careful({}, evicting);
  EXPECT_NE(reason(careful).find("allkeys-lru"), std::string::npos);
  EXPECT_EQ(careful.list(careful.mint("alice")).status, 200) << "it serves all the same";
  careful.redis.client()({"CONFIG", "SET", "maxmemory-policy", "noeviction"});
  wait_until_served(careful);
  Site content({"--allow-eviction"}, evicting);
  EXPECT_EQ(content.web.send({"GET", "/readyz", {}, {}}).status, 200);
}

TEST(Outage, AFullRedisStillListsAndRevokesAndIsNotReady) {
  Site site;
  const Signed mine = site.mint("alice");
  const Signed other = site.mint("alice");
  RedisClient redis = site.redis.client();
  redis({"CONFIG", "SET", "maxmemory-policy", "noeviction"});
  redis({"CONFIG", "SET", "maxmemory", "1"});
  expect_unavailable(site.post_internal("/internal/v1/sessions", minting_json(user_json("alice"))));
  EXPECT_NE(reason(site).find("OOM command not allowed"), std::string::npos);
  EXPECT_EQ(ids_in(site.list(mine)).size(), 2U);
  EXPECT_EQ(site.operators.send({"GET", "/internal/v1/check", {mine.bearer()}, {}}).status, 204);
  EXPECT_EQ(site.revoke(mine, other.id).status, 204);
  EXPECT_EQ(site.list(other).status, 401);
  redis({"CONFIG", "SET", "maxmemory", "0"});
  wait_until_served(site);
  site.mint("alice");
}

// Redis behind a password: `settings` are Redis's, `options` the worker's.
struct Guarded {
  explicit Guarded(const std::string& password_in_file, const std::vector<std::string>& more = {})
      : redis(folder, {"--requirepass", "right-password"}), options({"--redis-password-file", folder / "password"}) {
    write_file(folder / "password", password_in_file);
    options.insert(options.end(), more.begin(), more.end());
    redis.start();
  }
  TempDir folder;
  RedisServer redis;
  std::vector<std::string> options;
};

TEST(Password, ComesFromAFile) {
  Guarded guarded("right-password\n");
  Worker worker(guarded.folder, guarded.options);
  FastCgiClient peer(worker.public_socket());
  EXPECT_EQ(ready(peer).status, 200);
}

TEST(Password, ComesFromSystemdsCredentials) {
  Guarded guarded("");
  mkdir((guarded.folder / "credentials").c_str(), 0700);
  write_file(guarded.folder / "credentials/redis-password", "right-password");
  Worker worker(guarded.folder, {"--redis-user", "default"}, {"CREDENTIALS_DIRECTORY=" + guarded.folder / "credentials"});
  FastCgiClient peer(worker.public_socket());
  EXPECT_EQ(ready(peer).status, 200);
}

TEST(Password, ThatIsWrongIsA503ThatSaysWhyAndHealsWhenItIsPutRight) {
  Guarded guarded("wrong-password\n");
  Worker worker(guarded.folder, guarded.options);
  FastCgiClient peer(worker.public_socket());
  worker.process().wait_until(
      [&] {
        const Response response = ready(peer);
        EXPECT_EQ(response.status, 503);
        return response.body.find("refuses the user or the password") != std::string::npos;
      },
      "the reason in /readyz");
  EXPECT_TRUE(worker.says("refuses the user or the password")) << worker.log();
  EXPECT_EQ(peer.ask(fastcgi::kHealthz).status, 200);

  write_file(guarded.folder / "password", "right-password\n");
  worker.process().wait_until([&] { return ready(peer).status == 200; }, "/readyz");
  EXPECT_EQ(worker.log().find("wrong-password"), std::string::npos);
  EXPECT_EQ(worker.log().find("right-password"), std::string::npos);
}

TEST(Password, ThatIsNotThereForAUserWhoIsNamedIsSaid) {
  Guarded guarded("right-password");
  Worker worker(guarded.folder, {"--redis-user", "worker"});
  FastCgiClient peer(worker.public_socket());
  const Response response = ready(peer);
  EXPECT_EQ(response.status, 503);
  EXPECT_NE(response.body.find("there is no password for its user worker"), std::string::npos) << response.body;
}

TEST(Password, WhoseFileIsMissingIsSaid) {
  Guarded guarded("right-password");
  Worker worker(guarded.folder, {"--redis-password-file", guarded.folder / "nowhere"});
  FastCgiClient peer(worker.public_socket());
  const Response response = ready(peer);
  EXPECT_EQ(response.status, 503);
  EXPECT_NE(response.body.find("cannot read the password file"), std::string::npos) << response.body;
}

TEST(Password, BelongsToAUserOfRedisWhereOneIsNamed) {
  Guarded guarded("users-password", {"--redis-user", "worker"});
  RedisClient admin = guarded.redis.client();
  ASSERT_FALSE(admin({"AUTH", "right-password"}).error);
  ASSERT_FALSE(admin({"ACL", "SETUSER", "worker", "on", ">users-password", "~sessiond:*", "+@all"}).error);
  Worker worker(guarded.folder, guarded.options);
  FastCgiClient peer(worker.public_socket());
  EXPECT_EQ(ready(peer).status, 200);
  EXPECT_NE(admin({"CLIENT", "LIST"}).text.find("user=worker"), std::string::npos);
}

TEST(Password, IsInNoPlaceWhereOthersLook) {
  Guarded guarded("right-password");
  Worker worker(guarded.folder, guarded.options);
  FastCgiClient peer(worker.public_socket());
  ASSERT_EQ(ready(peer).status, 200);
  const std::string proc = "/proc/" + std::to_string(worker.process().pid());
  EXPECT_EQ(read_file(proc + "/cmdline").find("right-password"), std::string::npos);
  EXPECT_EQ(read_file(proc + "/environ").find("right-password"), std::string::npos);
  EXPECT_NE(read_file(proc + "/cmdline").find("--redis-password-file"), std::string::npos) << "that was the right file";
}

}  // namespace
}  // namespace sessiond::test
