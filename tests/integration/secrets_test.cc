// Where somebody could look for what signs in: nothing of it is there.
#include <gtest/gtest.h>
#include <csignal>
#include <set>

#include "integration/document.h"
#include "integration/site.h"
#include "integration/socket.h"
#include "session/token.h"

namespace sessiond::test {
namespace {

constexpr const char* kPassword = "the-password-of-redis";
constexpr const char* kBasic = "Z2F0ZXdheTp0aGUtZ2F0ZXdheXMtcGFzc3dvcmQ=";

// What a day's work leaves behind, and the secrets that went through it.
class Day {
 public:
  Day() : redis_(folder_) {
    write_file(folder_ / "password", std::string(kPassword) + "\n");
    redis_.start();
    RedisClient admin = redis_.client();
    admin({"ACL", "SETUSER", "worker", "on", std::string(">") + kPassword, "~*", "&*", "+@all"});
    admin({"CONFIG", "SET", "slowlog-log-slower-than", "0"});
    admin({"CONFIG", "SET", "slowlog-max-len", "100000"});
    admin({"CONFIG", "SET", "rdbcompression", "no"});
  }

  void pass() {
    Process monitor({"redis-cli", "-s", redis_.socket(), "MONITOR"}, folder_ / "monitor.log");
    monitor.wait_until([&] { return monitor.log().find("OK") != std::string::npos; }, "MONITOR");
    {
      Worker worker(folder_, {"--dev-login", "--log-level", "debug", "--redis-user", "worker", "--redis-password-file",
                              folder_ / "password", "--events-kept", "1h"});
      work(worker);
      Process told({worker_program(), "events", "--json", "--config", "/dev/null", "--redis", redis_.socket(), "--events-kept", "1h"},
                   folder_ / "told");
      EXPECT_EQ(told.wait(), 0);
      places["the events"] = told.said();
      const std::string proc = "/proc/" + std::to_string(worker.process().pid());
      places["the command line"] = read_file(proc + "/cmdline");
      places["the environment"] = read_file(proc + "/environ");
      HttpPeer operators(worker.internal_socket());
      places["the metrics"] = operators.ask(http1::request("GET", "/metrics")).body;
      places["the metrics, as OpenMetrics"] = operators.ask(http1::request({{"REQUEST_METHOD", "GET"}, {"REQUEST_URI", "/metrics"}, {"HTTP_ACCEPT", "application/openmetrics-text"}})).body;
      worker.process().stop();
      places["the log"] = worker.log();
    }
    redis_.client()({"ECHO", "the day is over"});
    monitor.wait_until([&] { return monitor.log().find("the day is over") != std::string::npos; }, "the end in MONITOR");
    monitor.stop();
    places["MONITOR"] = monitor.log();
    redis_.client()({"SAVE"});
    places["the dump"] = read_file(folder_ / "redis/dump.rdb");
    Process slow_log({"redis-cli", "-s", redis_.socket(), "SLOWLOG", "GET", "-1"}, folder_ / "slow.log");
    slow_log.wait();
    places["the slow log"] = slow_log.log();
  }

  std::map<std::string, std::string> places;
  std::set<std::string> secrets = {kPassword};
  std::string living_id;

 private:
  void work(Worker& worker) {
    FastCgiClient web(worker.public_socket());
    HttpPeer operators(worker.internal_socket());
    const auto post = [](const std::string& path, const std::string& token, const std::string& body) {
      fastcgi::Parameters parameters = {
          {"REQUEST_METHOD", "POST"}, {"REQUEST_URI", path}, {"CONTENT_TYPE", "application/json"}};
      if (!token.empty()) parameters.emplace_back("HTTP_AUTHORIZATION", "Bearer " + token);
      return path.starts_with("/internal") ? http1::request(parameters, body) : fastcgi::request(parameters, body);
    };
    // As an OAuth client sends them, with a password of its own.
    secrets.insert(kBasic);
    const auto form_post = [](const std::string& path, const std::string& form) {
      const fastcgi::Parameters parameters = {{"REQUEST_METHOD", "POST"}, {"REQUEST_URI", path}, {"HTTP_AUTHORIZATION", std::string("Basic ") + kBasic},
                                              {"CONTENT_TYPE", "application/x-www-form-urlencoded"}};
      return path.starts_with("/internal") ? http1::request(parameters, form) : fastcgi::request(parameters, form);
    };
    const auto mint = [&](const std::string& user) {
      const Signed session = signed_by(operators.ask(post("/internal/v1/sessions", "", minting_json(user_json(user)))));
      keep(session.token);
      return session;
    };
    for (int i = 0; i < 20; ++i) {
      const std::string user = "user " + std::to_string(i % 5);
      const Signed browser = mint(user);
      const Signed other = mint(user);
      for (const char* path : {"/api/v1/auth/sessions", "/api/v1/u/me"}) {
        EXPECT_EQ(web.ask(fastcgi::request("GET", path, browser.token)).status, 200);
      }
      EXPECT_EQ(operators.ask(http1::request("GET", "/internal/v1/check", browser.token)).status, 204);
      const Response grant = web.ask(post("/api/v1/auth/cli/request-grant", browser.token, ""));
      const std::string code = Document(grant.body)["code"].GetString();
      secrets.insert(code);
      const std::string proof = R"({"code":")" + code + R"("})";
      keep(Document(web.ask(post(kRedeem, "", proof)).body)["token"].GetString());
      EXPECT_EQ(web.ask(post(kRedeem, "", proof)).status, 401);
      EXPECT_EQ(web.ask(fastcgi::request("DELETE", "/api/v1/auth/sessions/" + other.id, browser.token)).status, 204);
      EXPECT_EQ(web.ask(fastcgi::request("GET", "/api/v1/u/me", other.token)).status, 401);
      EXPECT_EQ(web.ask(fastcgi::request("GET", "/api/v1/u/me?token=" + browser.token)).status, 401);
      const Signed third = mint(user);
      for (const std::string& form : {"token=" + third.token, "x=%&token=" + third.token, "token=" + third.token + "&token=x"}) {
        EXPECT_LE(operators.ask(form_post("/internal/v1/introspect", form)).status, 400);
        EXPECT_LE(web.ask(form_post("/oauth/revoke", form)).status, 400);
      }
      EXPECT_EQ(web.ask(form_post("/oauth/revoke?token=" + third.token, "")).status, 400);
      const Response login = web.ask(post("/api/v1/auth/dev-login", "", R"({"username":"bob"})"));
      const std::string cookie = *login.header("set-cookie");
      keep(cookie.substr(cookie.find('=') + 1, browser.token.size()));
      living_id = browser.id;
    }
  }

  // A token in whole, and its secret half as text and as bytes.
  void keep(const std::string& token) {
    secrets.insert(token);
    secrets.insert(token.substr(50));
    const auto parsed = parse_token(token);
    ASSERT_TRUE(parsed) << token.size();
    secrets.insert(std::string(text_of(parsed->secret.bytes)));
  }

  TempDir folder_;
  RedisServer redis_;
};

TEST(Secrets, AreNowhereToBeFoundAfterADaysWork) {
  Day day;
  day.pass();
  EXPECT_GT(day.secrets.size(), 200U);
  for (const auto& [place, text] : day.places) {
    for (const std::string& secret : day.secrets) {
      ASSERT_EQ(text.find(secret), std::string::npos) << "one of " << secret.size() << " bytes in " << place;
    }
  }
  for (const char* place : {"the metrics", "the metrics, as OpenMetrics"}) {
    EXPECT_NE(day.places[place].find("sessiond_sessions_minted_total{kind=\"cli\",way=\"code\"} 20\n"), std::string::npos) << "the right one: " << place;
    for (const std::string& who : {day.living_id, std::string("user "), std::string("alice"), std::string("bob")}) {
      EXPECT_EQ(day.places[place].find(who), std::string::npos) << who << " in " << place;
    }
  }
  for (const char* place : {"the log", "MONITOR", "the dump", "the slow log"}) {
    EXPECT_NE(day.places[place].find(day.living_id), std::string::npos) << "the right one, and readable: " << place;
  }
}

// Run where every crash leaves a core dump, as the shell beside it shows.
TEST(Secrets, ACrashLeavesNoCoreDump) {
  const TempDir folder;
  const std::string into_folder = "cd \"$0\" && ulimit -c unlimited && ";
  Process shell({"sh", "-c", into_folder + "kill -SEGV $$", folder.path()}, folder / "shell.log");
  ASSERT_EQ(shell.wait(), 128 + SIGSEGV) << shell.log();
  ASSERT_TRUE(shell.dumped_core()) << "here no crash leaves one";

  Process worker({"sh", "-c", into_folder + "exec \"$@\"", folder.path(), worker_program(), "--config", "/dev/null",
                  "--listen", folder / "public.sock", "--listen-check", folder / "check.sock", "--listen-internal", folder / "internal.sock"},
                 folder / "worker.log");
  worker.wait_until([&] { return static_cast<bool>(connect_to(folder / "internal.sock")); }, "sessiond");
  worker.signal(SIGSEGV);
  EXPECT_NE(worker.wait(), 0);
  EXPECT_FALSE(worker.dumped_core());
}

}  // namespace
}  // namespace sessiond::test
