// What befalls a machine: a full disk, a wrong clock, too few descriptors, a store that stalls and
// breaks off while many are served.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <ctime>
#include <sstream>

#include "integration/crowd.h"
#include "integration/document.h"
#include "integration/readiness.h"
#include "integration/redis_client.h"
#include "integration/site.h"

namespace sessiond::test {
namespace {

// 200 users, 100,000 checks, and between them Redis stalls until requests are given up, or cuts the
// connections of all. An answer that came late must never be taken for another request's.
TEST(Faults, AfterPausesAndCutsEachOfTwoHundredUsersIsAnsweredAsThemselves) {
  constexpr std::size_t kUsers = 200;
  constexpr std::size_t kChecks = 100'000;
  TempDir folder;
  RedisServer server(folder);
  server.start();
  RedisClient redis = server.client();
  std::vector<std::string> checks;
  {
    Worker patient(folder, {}, {}, "patient-");
    HttpPeer operators(patient.internal_socket());
    for (std::size_t i = 0; i < kUsers; ++i) {
      const Signed user = signed_by(operators.ask(minting_request("user-" + std::to_string(i))));
      checks.push_back(http1::request("GET", "/internal/v1/check", user.token));
    }
  }
  Worker worker(folder, {"--threads", "2", "--store-timeout", "0.3"});
  Crowd crowd(worker.internal_socket(), kUsers);

  std::size_t confirmed = 0;
  std::size_t unavailable = 0;
  for (int round = 0; has_more_races(confirmed, kChecks, unavailable > kUsers); ++round) {
    const bool pause = round % 100 == 10;
    const bool cut = round % 25 == 0;
    if (pause) server.pause();
    crowd.send(checks);
    if (cut) redis({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
    const auto responses = crowd.read();
    if (pause) server.resume();
    for (std::size_t i = 0; i < kUsers; ++i) {
      if (responses[i].status == 503) {
        ++unavailable;
        continue;
      }
      ASSERT_EQ(responses[i].status, 204);
      ASSERT_EQ(responses[i].header("x-session-user"), "user-" + std::to_string(i)) << round;
      ++confirmed;
    }
  }
  EXPECT_GT(unavailable, kUsers) << "the faults were felt";
}

TEST(Faults, AFullDiskOfRedisIsA503ForChangesUntilThereIsRoom) {
  TempDir folder;
  RedisServer server(folder, {"--appendonly", "yes"});
  server.start();
  Worker worker(folder);
  HttpPeer operators(worker.internal_socket());
  FastCgiClient web(worker.public_socket());
  const Signed mine = signed_by(operators.ask(minting_request("alice")));
  const auto list = fastcgi::request("GET", "/api/v1/auth/sessions", mine.token);

  const rlimit no_more{1, RLIM_INFINITY};  // bytes of a file: the next write of the log fails
  ASSERT_EQ(prlimit(server.pid(), RLIMIT_FSIZE, &no_more, nullptr), 0);
  // Redis notices at a write and refuses those that follow.
  worker.process().wait_until([&] { return operators.ask(minting_request("alice")).status == 503; }, "a refusal");
  EXPECT_EQ(web.ask(list).status, 200) << "what only reads goes on";
  EXPECT_EQ(operators.ask(http1::request("GET", "/internal/v1/check", mine.token)).status, 204);
  EXPECT_TRUE(worker.says("MISCONF")) << worker.log();
  const Response not_ready = ready(web);
  EXPECT_EQ(not_ready.status, 503);
  EXPECT_NE(not_ready.body.find("MISCONF Errors writing to the AOF file"), std::string::npos) << not_ready.body;

  const rlimit room{RLIM_INFINITY, RLIM_INFINITY};
  ASSERT_EQ(prlimit(server.pid(), RLIMIT_FSIZE, &room, nullptr), 0);
  worker.process().wait_until([&] { return operators.ask(minting_request("alice")).status == 201; }, "room");
  EXPECT_EQ(ready(web).status, 200);
  EXPECT_EQ(web.ask(revocation_request(mine.token, mine.id)).status, 204);
}

TEST(Faults, AClockOfTheWorkersHostThatIsSteppedByAnHourChangesNoExpiry) {
  TempDir folder;
  RedisServer server(folder);
  server.start();
  RedisClient redis = server.client();
  write_file(folder / "clock", "+0");
  Worker worker(folder, {"--dev-login"},
                {"LD_PRELOAD=/usr/$LIB/faketime/libfaketime.so.1", "FAKETIME_NO_CACHE=1",
                 "FAKETIME_DONT_FAKE_MONOTONIC=1", "FAKETIME_TIMESTAMP_FILE=" + folder / "clock"});
  HttpPeer operators(worker.internal_socket());
  FastCgiClient web(worker.public_socket());
  const auto mint = [&](std::int64_t seconds) {
    const Wanted wanted{.ttl_seconds = seconds};
    return signed_by(operators.ask(http1::post("/internal/v1/sessions", minting_json(user_json("alice"), wanted))));
  };
  const auto uses = [&](const Signed& session) {
    return web.ask(fastcgi::request("GET", "/api/v1/u/me", session.token)).status;
  };
  // A dev login's User begins at the host's time, if no later one of its name is stored.
  const auto host_time = [&](const std::string& name) {
    const Response login = web.ask(fastcgi::post("/api/v1/auth/dev-login", R"({"username":"bob )" + name + R"("})"));
    std::tm time{};
    strptime(Document(login.body)["created_at"].GetString(), "%Y-%m-%dT%H:%M:%S", &time);
    return static_cast<double>(timegm(&time));
  };

  const Signed lasting = mint(600);
  const std::string expires_at = redis.hash(key_of(lasting))["expires_at"];
  for (const auto& [step, seconds] : {std::pair{"+1h", 3600}, {"-1h", -3600}}) {
    write_file(folder / "clock", step);
    EXPECT_NEAR(host_time(step) - static_cast<double>(std::time(nullptr)), seconds, 60) << "the clock was stepped";
    EXPECT_EQ(uses(lasting), 200);
    EXPECT_EQ(redis.hash(key_of(lasting))["expires_at"], expires_at);

    const Signed another = mint(600);
    const std::string key = key_of(another);
    EXPECT_NEAR(static_cast<double>(redis({"PTTL", key}).integer), 600'000, 20'000);
    EXPECT_EQ(std::to_string(redis({"PEXPIRETIME", key}).integer), redis.hash(key)["expires_at"]);
    EXPECT_EQ(web.ask(revocation_request(lasting.token, another.id)).status, 204);

    const Signed brief = mint(1);
    EXPECT_EQ(uses(brief), 200);
    worker.process().wait_until([&] { return uses(brief) == 401; }, "its end");
    EXPECT_EQ(uses(lasting), 200);
  }
}

// User and system time, in seconds.
double cpu_time(const Process& process) {
  const std::string stat = read_file("/proc/" + std::to_string(process.pid()) + "/stat");
  std::istringstream fields(stat.substr(stat.rfind(')') + 2));
  std::vector<std::string> all{std::istream_iterator<std::string>(fields), {}};
  return static_cast<double>(std::stol(all.at(11)) + std::stol(all.at(12))) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

TEST(Faults, AWorkerWithoutDescriptorsWaitsForThemInsteadOfSpinning) {
  TempDir folder;
  RedisServer server(folder);
  server.start();
  Worker worker(folder, {"--threads", "1"});
  const std::string healthz = fastcgi::kHealthz;
  // Two that come and go: UBSan needs a descriptor the first time that it looks at an object of a type.
  for (int i = 0; i < 2; ++i) ASSERT_EQ(FastCgiClient(worker.public_socket()).ask(healthz).status, 200);
  const rlimit few{64, 64};
  ASSERT_EQ(prlimit(worker.process().pid(), RLIMIT_NOFILE, &few, nullptr), 0);
  std::vector<FastCgiClient> peers;
  for (int i = 0; i < 100; ++i) peers.emplace_back(worker.public_socket());
  const auto complaints = [&] {
    const std::string log = worker.log();
    std::size_t count = 0;
    for (std::size_t at = 0; (at = log.find("cannot accept", at)) != std::string::npos; ++at) ++count;
    return count;
  };
  worker.process().wait_until([&] { return complaints() > 0; }, "the first complaint");
  const auto began = std::chrono::steady_clock::now();
  const double spent = cpu_time(worker.process());
  worker.process().wait_until([&] { return complaints() > 10; }, "a second of starving");
  const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - began;
  EXPECT_LT(cpu_time(worker.process()) - spent, passed.count() / 2) << "a loop that spins takes all of it";
  peers.clear();
  EXPECT_EQ(FastCgiClient(worker.public_socket()).ask(healthz).status, 200);
}

// Another version of this program may have written fields that are unknown here, and none of those
// that it does not know.
TEST(Faults, ASessionThatAnotherVersionWroteIsServed) {
  Site site;
  RedisClient redis = site.redis.client();
  const Signed mine = site.mint("alice");
  const std::string key = key_of(mine);
  redis({"HSET", key, "last_seen", "1795413989861", "colour", "blue"});
  redis({"HDEL", key, "user_agent"});
  redis({"HSET", keys_of(mine) + "user", "avatar", "x"});
  EXPECT_EQ(ids_in(site.list(mine)), std::vector{mine.id});
  EXPECT_EQ(site.get("/api/v1/u/me", mine).status, 200);
  EXPECT_EQ(site.operators.send({"GET", "/internal/v1/check", {mine.bearer()}, {}}).status, 204);
  EXPECT_EQ(site.web.send({"POST", "/api/v1/auth/cli/request-grant", {mine.bearer()}, {}}).status, 200);
  const Signed next = site.mint("alice", {.replaces = mine.id});
  EXPECT_EQ(site.list(mine).status, 401);
  EXPECT_EQ(site.revoke(next, next.id).status, 204);
  EXPECT_TRUE(redis.keys().empty());
}

}  // namespace
}  // namespace sessiond::test
