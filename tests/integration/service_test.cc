// The worker as a service: restarts that refuse nobody, stopping, reloading, the watchdog.
#include <gtest/gtest.h>
#include <fcntl.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): POSIX's, for kill
#include <sys/stat.h>

#include <atomic>
#include <fstream>
#include <mutex>
#include <thread>

#include "integration/crowd.h"
#include "integration/document.h"
#include "integration/kept_worker.h"
#include "integration/readiness.h"
#include "integration/site.h"
#include "integration/socket.h"

namespace sessiond::test {
namespace {

using namespace std::chrono_literals;

/// Redis, nginx and a worker whose sockets outlive it.
struct Service {
  explicit Service(const std::vector<std::string>& options = {}, const std::vector<std::string>& environment = {})
      : redis(folder), worker((redis.start(), folder), options, environment), nginx(folder) {
    worker.start();
  }

  Signed mint(const std::string& user, const Wanted& wanted = {}) {
    const Response response = HttpClient(worker.internal_socket())
                                  .send({"POST", "/internal/v1/sessions", {"Content-Type: application/json"},
                                         minting_json(user_json(user), wanted)});
    if (response.status != 201) throw std::runtime_error("minting failed: " + response.body);
    const Document minted(response.body);
    return {minted["id"].GetString(), minted["token"].GetString(), minted["expires_at"].GetString()};
  }

  TempDir folder;
  RedisServer redis;
  KeptWorker worker;
  Nginx nginx;
};

/// 64 clients that ask through nginx without pause and count what goes wrong.
class Clients {
 public:
  explicit Clients(Service& service) : caller_(service.mint("under load")) {
    const std::string web = service.nginx.socket();
    const std::string internal = service.worker.internal_socket();
    for (int i = 0; i < 24; ++i) hammer(web, {"GET", "/api/v1/auth/sessions", {caller_.bearer()}, {}}, 200);
    for (int i = 0; i < 12; ++i) hammer(web, {"GET", "/api/v1/u/me", {caller_.bearer()}, {}}, 200);
    for (int i = 0; i < 20; ++i) hammer(internal, {"GET", "/internal/v1/check", {caller_.bearer()}, {}}, 204);
    // What changes something is never sent twice, and must not have to be.
    for (int i = 0; i < 4; ++i) {
      hammer(internal, {"POST", "/internal/v1/sessions", {"Content-Type: application/json"},
                        minting_json(user_json("minted " + std::to_string(i)))}, 201);
      hammer(web, {"DELETE", "/api/v1/auth/sessions", {service.mint("revoking " + std::to_string(i)).bearer()}, {}}, 200);
    }
  }

  ~Clients() { end(); }
  Clients(const Clients&) = delete;
  Clients& operator=(const Clients&) = delete;

  /// Returns when so many more requests were answered rightly.
  bool goes_on(long requests) {
    const long goal = right_ + requests;
    return happens([&] { return right_ >= goal; });
  }

  /// Stops asking. What went wrong, by example, or nothing.
  std::string end() {
    ended_ = true;
    clients_.clear();
    if (wrong_ == 0) return {};
    return std::to_string(wrong_) + " of " + std::to_string(wrong_ + right_) + " failed, such as " + example_;
  }

 private:
  void hammer(const std::string& socket, HttpRequest request, int expected) {
    clients_.emplace_back([this, socket, request = std::move(request), expected] {
      HttpClient client(socket);
      while (!ended_) note(request, ask(client, request), expected);
    });
  }

  static Response ask(HttpClient& client, const HttpRequest& request) {
    try {
      return client.send(request);
    } catch (const std::exception& error) {
      return {0, {}, error.what()};
    }
  }

  void note(const HttpRequest& request, const Response& response, int expected) {
    if (response.status == expected) {
      ++right_;
      return;
    }
    const std::scoped_lock lock(example_guard_);
    ++wrong_;
    example_ = request.method + " " + request.path + ": " + std::to_string(response.status) + " " + response.body;
  }

  Signed caller_;
  std::atomic<bool> ended_ = false;
  std::atomic<long> right_ = 0;
  std::atomic<long> wrong_ = 0;
  std::mutex example_guard_;
  std::string example_;
  std::vector<std::jthread> clients_;  // last: ended before the rest goes
};

std::string children_of(const std::string& pid) { return read_file("/proc/" + pid + "/task/" + pid + "/children"); }

TEST(Service, TwentyRestartsOfTheWorkerUnderLoadFailNoRequest) {
  Service service;
  Clients load(service);
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(load.goes_on(200));
    EXPECT_EQ(service.worker.stop(), 0);
    service.worker.start();
  }
  EXPECT_TRUE(load.goes_on(200));
  EXPECT_EQ(load.end(), "");
}

TEST(Service, TwentyReloadsOfNginxUnderLoadFailNoRequest) {
  Service service;
  Clients load(service);
  std::string pid = read_file(service.folder / "nginx.pid");
  pid = pid.substr(0, pid.find('\n'));
  for (std::size_t i = 0; i < races(20); ++i) {
    ASSERT_TRUE(load.goes_on(200));
    const std::string before = children_of(pid);
    ASSERT_NE(before, "");
    kill(std::stoi(pid), SIGHUP);
    ASSERT_TRUE(happens([&] { return children_of(pid).find(before) == std::string::npos; })) << before;
  }
  EXPECT_TRUE(load.goes_on(200));
  EXPECT_EQ(load.end(), "");
}

TEST(Service, AKilledWorkerLosesNoSession) {
  Service service;
  const Signed caller = service.mint("alice");
  service.worker.process().signal(SIGKILL);
  EXPECT_EQ(service.worker.process().wait(), 128 + SIGKILL);
  service.worker.start();
  EXPECT_EQ(HttpClient(service.nginx.socket()).send({"GET", "/api/v1/u/me", {caller.bearer()}, {}}).status, 200);
}

TEST(Service, SigtermAnswersAHundredRequestsInFlightAndExitsWithZero) {
  Service service({"--store-timeout", "20"});
  const Signed caller = service.mint("alice");
  service.redis.pause();
  std::vector<Fd> connections;
  for (int i = 0; i < 100; ++i) {
    connections.push_back(connect_to(service.worker.public_socket()));
    ASSERT_TRUE(write_all(connections.back().get(), fastcgi::request("GET", "/api/v1/u/me", caller.token)));
  }
  // In flight: the worker has taken the bytes of each.
  for (const Fd& connection : connections) wait_until_taken(connection.get());
  service.worker.process().signal(SIGTERM);
  ASSERT_TRUE(service.worker.process().says("stopping"));
  service.redis.resume();
  for (const Fd& connection : connections) {
    std::string answer;
    for (std::string more; !(more = read_some(connection.get())).empty();) answer += more;
    EXPECT_NE(answer.find("Status: 200 OK"), std::string::npos) << answer;
  }
  EXPECT_EQ(service.worker.process().wait(), 0);
}

// Connections that were served later than all before them, which tell how far the worker is.
class Later {
 public:
  explicit Later(const std::string& socket) {
    for (int i = 0; i < 20; ++i) peers_.emplace_back(socket);
    for (FastCgiClient& peer : peers_) EXPECT_EQ(ready(peer).status, 200);
  }
  void wait_for_end() {
    for (FastCgiClient& peer : peers_) EXPECT_EQ(peer.read_to_end(), "");
  }

 private:
  std::vector<FastCgiClient> peers_;
};

TEST(Service, SigtermStillAnswersTheFirstRequestOfAConnectionThatWasJustOpened) {
  for (const bool keep : {false, true}) {
    Service service({"--threads", "1", "--stop-timeout", "60"});
    const Signed caller = service.mint("alice");
    FastCgiClient opened(service.worker.public_socket());
    Later later(service.worker.public_socket());
    service.worker.process().signal(SIGTERM);
    later.wait_for_end();
    opened.write(fastcgi::request("POST", "/api/v1/auth/logout", caller.token, keep));
    EXPECT_EQ(opened.read_response().status, 204);
    EXPECT_EQ(opened.read_to_end(), "");
    EXPECT_EQ(service.worker.process().wait(), 0);
  }
}

TEST(Service, SigtermStillAnswersARequestOfWhichAPartHasCome) {
  Service service({"--threads", "1", "--stop-timeout", "60"});
  const Signed caller = service.mint("alice");
  FastCgiClient begun(service.worker.public_socket());
  ASSERT_EQ(begun.ask(fastcgi::kHealthz).status, 200);
  const std::string end = fastcgi::request("POST", "/api/v1/auth/logout", caller.token);
  begun.write(end.substr(0, 20));
  Later later(service.worker.public_socket());
  service.worker.process().signal(SIGTERM);
  later.wait_for_end();
  EXPECT_TRUE(begun.write(end.substr(20)));
  EXPECT_EQ(begun.read_response().status, 204);
  EXPECT_EQ(begun.read_to_end(), "");
  EXPECT_EQ(service.worker.process().wait(), 0);
}

TEST(Service, StopsAtTheStopTimeoutAlthoughAConnectionStaysSilent) {
  Service service({"--stop-timeout", "0.2"});
  const Fd silent = connect_to(service.worker.public_socket());
  FastCgiClient later(service.worker.public_socket());
  ASSERT_EQ(later.ask(fastcgi::kHealthz).status, 200);
  EXPECT_EQ(service.worker.stop(), 0);
}

TEST(Service, SighupAppliesWhatItCanAndNamesWhatWaitsForARestart) {
  TempDir settings;
  write_file(settings / "conf", "web-lifetime = 10m\nthreads = 1\n");
  Service service({}, {"SESSIOND_CONFIG=" + (settings / "conf")});
  write_file(settings / "conf", "web-lifetime = 20m\nthreads = 2\n");
  service.worker.process().signal(SIGHUP);
  ASSERT_TRUE(service.worker.process().says("reloaded"));
  EXPECT_TRUE(service.worker.process().says("`web-lifetime` is now `20m`"));
  EXPECT_TRUE(service.worker.process().says("`threads` has changed; a restart applies it"));
  EXPECT_EQ(service.worker.process().log().find("`web-lifetime` has"), std::string::npos);

  service.mint("alice");
  RedisClient redis = service.redis.client();
  const std::vector<std::string> keys = redis.keys("sessiond:*:session:*");
  ASSERT_EQ(keys.size(), 1U);
  const long long milliseconds = redis({"PTTL", keys[0]}).integer;
  EXPECT_GT(milliseconds, 19 * 60 * 1000);
  EXPECT_LE(milliseconds, 20 * 60 * 1000);

  EXPECT_TRUE(service.worker.next_message().starts_with("RELOADING=1\nMONOTONIC_USEC="));
  EXPECT_TRUE(service.worker.hears("READY=1"));
}

TEST(Service, SighupWithAWrongSettingAppliesNothingAndGoesOn) {
  TempDir settings;
  write_file(settings / "conf", "web-lifetime = 10m\n");
  Service service({}, {"SESSIOND_CONFIG=" + (settings / "conf")});
  write_file(settings / "conf", "web-lifetime = 20m\nthreads = some\n");
  service.worker.process().signal(SIGHUP);
  EXPECT_TRUE(service.worker.process().says("nothing is reloaded: " + (settings / "conf") + ":2: `threads` is `some`"));
  EXPECT_EQ(service.worker.process().log().find("is now"), std::string::npos);
  service.mint("alice");
}

// A loop hangs in the one thing that can block it for good: a password file that never comes.
TEST(Service, ALoopThatHangsIsNamedAndTheWatchdogNoLongerFed) {
  TempDir secrets;
  const std::string password = secrets / "password";
  write_file(password, "any\n");
  Service service({"--threads", "2", "--redis-user", "default", "--redis-password-file", password},
                  {"WATCHDOG_USEC=400000"});
  ASSERT_TRUE(service.worker.hears("WATCHDOG=1"));

  ASSERT_EQ(std::remove(password.c_str()), 0);
  ASSERT_EQ(mkfifo(password.c_str(), 0600), 0);
  // Cut one of the two loops' connections: it reads the password again, and waits.
  RedisClient redis = service.redis.client();
  const std::string own = std::to_string(redis({"CLIENT", "ID"}).integer);
  const std::string clients = redis({"CLIENT", "LIST", "TYPE", "normal"}).text;
  std::string victim;
  for (std::size_t at = 0; (at = clients.find("id=", at)) != std::string::npos; at = clients.find('\n', at)) {
    const std::string id = clients.substr(at + 3, clients.find(' ', at) - at - 3);
    if (id != own) victim = id;
  }
  ASSERT_NE(victim, "") << clients;
  ASSERT_EQ(redis({"CLIENT", "KILL", "ID", victim}).integer, 1);

  ASSERT_TRUE(service.worker.process().says("of 2 hangs: the watchdog is not fed"));
  while (service.worker.next_message(1ms) == "WATCHDOG=1") {}   // those from before
  EXPECT_EQ(service.worker.next_message(1s), "");               // systemd's patience was 0.4 s

  // A password at last, and from then on from a file that keeps nobody waiting.
  const Fd fifo(open(password.c_str(), O_RDWR | O_CLOEXEC));
  ASSERT_EQ(std::remove(password.c_str()), 0);
  write_file(password, "any\n");
  ASSERT_EQ(write(fifo.get(), "any\n", 4), 4);
  EXPECT_TRUE(service.worker.process().says("of 2 turns again"));
  EXPECT_TRUE(service.worker.hears("WATCHDOG=1"));
}

}  // namespace
}  // namespace sessiond::test
