// GET /metrics: what happened is what it tells, and nothing of whom it happened to.
#include <gtest/gtest.h>

#include <filesystem>
#include <regex>
#include <set>
#include <sstream>

#include "app/routes.h"
#include "base/version.h"
#include "integration/crowd.h"
#include "integration/devices.h"
#include "integration/document.h"
#include "integration/metrics_page.h"
#include "integration/site.h"
#include "session/token.h"

namespace sessiond::test {
namespace {

std::string with_wrong_secret(const std::string& text) {
  Token forged = parse_token(text).value();
  forged.secret.bytes[31] ^= 1;
  return format_token(forged);
}

std::string check_by(const std::string& token) { return http1::request("GET", "/internal/v1/check", token); }

class Metrics : public ::testing::TestWithParam<const char*> {};

// The same work, with one loop and with two, is the same counts.
TEST_P(Metrics, TellExactlyWhatHappened) {
  Site site({"--dev-login", "--bar-users", "--max-web-sessions", "3", "--device-login", kDevicePage, "--threads", GetParam()});
  const std::string internal = site.worker.internal_socket();
  // Each request on a connection of its own, so that any loop may have it.
  const auto ask = [&](const std::string& request) { return HttpPeer(internal).ask(request); };
  const auto ask_public = [&](const std::string& request) { return FastCgiClient(site.worker.public_socket()).ask(request); };

  const Signed alice = site.mint("alice");
  const Signed second = site.mint("alice", {.replaces = alice.id});
  const Signed cli = site.mint("alice", {.kind = "cli"});
  const Signed operators = site.mint("alice", {.impersonator = "op-7"});
  const Signed bob = site.mint("bob");
  for (int i = 0; i < 3; ++i) static_cast<void>(site.mint("carol"));
  static_cast<void>(site.mint("carol"));  // one beyond the cap
  EXPECT_EQ(ask_public(fastcgi::post("/api/v1/auth/dev-login", R"({"username":"dora"})")).status, 200);
  const std::string code = Document(ask_public(fastcgi::post("/api/v1/auth/cli/request-grant", "", second.token)).body)["code"].GetString();
  EXPECT_EQ(ask_public(fastcgi::post("/api/v1/auth/cli/redeem", R"({"code":")" + code + R"("})")).status, 200);
  EXPECT_EQ(ask_public(fastcgi::post("/api/v1/auth/cli/redeem", R"({"code":")" + code + R"("})")).status, 401);
  const Devices devices(site.worker.public_socket());
  const Waiting waiting = devices.begin();
  EXPECT_EQ(devices.decide("approve", "ABCDEFGH", second).status, 404);
  EXPECT_EQ(devices.decide("approve", waiting.user_code, second).status, 204);
  EXPECT_EQ(devices.poll(waiting.device_code).status, 200);

  for (int i = 0; i < 5; ++i) EXPECT_EQ(ask(check_by(bob.token)).status, 204);
  EXPECT_EQ(ask(check_by("")).status, 401);
  EXPECT_EQ(ask(check_by("ses_nonsense")).status, 401);
  EXPECT_EQ(ask(check_by(alice.token)).status, 401) << "it was replaced";
  EXPECT_EQ(ask(check_by(with_wrong_secret(bob.token))).status, 401);
  EXPECT_EQ(ask(http1::request("GET", "/internal/v1/check?max_age=1&acr=2fa", bob.token)).status, 401);
  EXPECT_EQ(ask(http1::request("GET", "/internal/v1/check?groups=ops", bob.token)).status, 403);
  const auto introspect = [&](const std::string& token) {
    return ask(http1::request({{"REQUEST_METHOD", "POST"}, {"REQUEST_URI", "/internal/v1/introspect"}, {"CONTENT_TYPE", "application/x-www-form-urlencoded"}}, "token=" + token)).status;
  };
  for (const std::string& token : {bob.token, with_wrong_secret(bob.token), alice.token, std::string("nonsense")}) EXPECT_EQ(introspect(token), 200);

  EXPECT_EQ(ask_public(fastcgi::request("GET", "/api/v1/u/me", bob.token)).status, 200);
  EXPECT_EQ(ask_public(fastcgi::request("GET", "/api/v1/u/me")).status, 401);
  EXPECT_EQ(ask_public(fastcgi::request("DELETE", "/api/v1/auth/sessions/" + cli.id, operators.token)).status, 403);
  EXPECT_EQ(ask_public(fastcgi::request("DELETE", "/api/v1/auth/sessions/" + cli.id, second.token)).status, 204);
  EXPECT_EQ(ask_public(fastcgi::request("DELETE", "/api/v1/auth/sessions/" + cli.id, second.token)).status, 404);
  EXPECT_EQ(Document(ask_public(fastcgi::request("DELETE", "/api/v1/auth/sessions", second.token)).body)["revoked"].GetInt(), 3);
  EXPECT_EQ(ask_public(fastcgi::post("/api/v1/auth/logout", "", bob.token)).status, 204);
  EXPECT_EQ(ask(http1::request("DELETE", "/internal/v1/users/alice/sessions/" + second.id)).status, 204);
  EXPECT_EQ(Document(ask(http1::request("DELETE", "/internal/v1/users/carol/sessions?kind=web")).body)["revoked"].GetInt(), 3);
  const Signed erin = site.mint("erin");
  EXPECT_EQ(ask(http1::request("POST", "/internal/v1/users/erin/disable")).status, 200);
  EXPECT_EQ(ask_public(fastcgi::request({{"REQUEST_METHOD", "POST"}, {"REQUEST_URI", "/oauth/revoke"}, {"CONTENT_TYPE", "application/x-www-form-urlencoded"}}, "token=" + site.mint("frank").token)).status, 200);
  EXPECT_EQ(ask(http1::request("HEAD", "/healthz")).status, 200);
  EXPECT_EQ(ask(http1::request("PUT", "/healthz")).status, 405);
  EXPECT_EQ(ask("nonsense\r\n\r\n").status, 400);

  const Series all = scrape(site.worker);
  EXPECT_EQ(counted(all, {"sessiond_sessions_", "sessiond_checks_", "sessiond_redeem_failures", "sessiond_requests_shed"}),
            (Series{{R"(sessiond_sessions_minted_total{kind="web",way="login"})", 9},
                    {R"(sessiond_sessions_minted_total{kind="cli",way="login"})", 1},
                    {R"(sessiond_sessions_minted_total{kind="web",way="impersonation"})", 1},
                    {R"(sessiond_sessions_minted_total{kind="web",way="dev_login"})", 1},
                    {R"(sessiond_sessions_minted_total{kind="cli",way="code"})", 1},
                    {R"(sessiond_sessions_minted_total{kind="cli",way="device"})", 1},
                    {R"(sessiond_sessions_ended_total{kind="web",reason="replaced"})", 1},
                    {R"(sessiond_sessions_ended_total{kind="web",reason="cap"})", 1},
                    {R"(sessiond_sessions_ended_total{kind="cli",reason="revoked"})", 1},
                    {R"(sessiond_sessions_ended_total{kind="cli",reason="others"})", 2},
                    {R"(sessiond_sessions_ended_total{kind="web",reason="others"})", 1},
                    {R"(sessiond_sessions_ended_total{kind="web",reason="logout"})", 1},
                    {R"(sessiond_sessions_ended_total{kind="web",reason="operator"})", 4},
                    {R"(sessiond_sessions_ended_total{kind="web",reason="disabled"})", 1},
                    {R"(sessiond_sessions_ended_total{kind="web",reason="token"})", 1},
                    {R"(sessiond_redeem_failures_total{code="cli"})", 1},
                    {R"(sessiond_redeem_failures_total{code="device"})", 1},
                    {R"(sessiond_checks_total{by="gateway",outcome="accepted"})", 5},
                    {R"(sessiond_checks_total{by="gateway",outcome="none"})", 1},
                    {R"(sessiond_checks_total{by="gateway",outcome="malformed"})", 1},
                    {R"(sessiond_checks_total{by="gateway",outcome="gone"})", 1},
                    {R"(sessiond_checks_total{by="gateway",outcome="wrong_secret"})", 1},
                    {R"(sessiond_checks_total{by="gateway",outcome="stale"})", 1},
                    {R"(sessiond_checks_total{by="gateway",outcome="forbidden"})", 1},
                    {R"(sessiond_checks_total{by="introspection",outcome="accepted"})", 1},
                    {R"(sessiond_checks_total{by="introspection",outcome="wrong_secret"})", 1},
                    {R"(sessiond_checks_total{by="introspection",outcome="gone"})", 1},
                    {R"(sessiond_checks_total{by="introspection",outcome="malformed"})", 1},
                    {R"(sessiond_checks_total{by="caller",outcome="accepted"})", 8},
                    {R"(sessiond_checks_total{by="caller",outcome="none"})", 1},
                    {R"(sessiond_checks_total{by="caller",outcome="forbidden"})", 1}}));
  EXPECT_EQ(counted(all, {R"(sessiond_requests_total{route="/internal/v1/check")", R"(sessiond_requests_total{route="none")", R"(sessiond_requests_total{route="/healthz")", R"(sessiond_requests_total{route="/api/v1/auth/sessions)"}),
            (Series{{R"(sessiond_requests_total{route="/internal/v1/check",method="GET",status="204"})", 5},
                    {R"(sessiond_requests_total{route="/internal/v1/check",method="GET",status="401"})", 5},
                    {R"(sessiond_requests_total{route="/internal/v1/check",method="GET",status="403"})", 1},
                    {R"(sessiond_requests_total{route="/api/v1/auth/sessions/{id}",method="DELETE",status="403"})", 1},
                    {R"(sessiond_requests_total{route="/api/v1/auth/sessions/{id}",method="DELETE",status="204"})", 1},
                    {R"(sessiond_requests_total{route="/api/v1/auth/sessions/{id}",method="DELETE",status="404"})", 1},
                    {R"(sessiond_requests_total{route="/api/v1/auth/sessions",method="DELETE",status="200"})", 1},
                    {R"(sessiond_requests_total{route="/healthz",method="HEAD",status="200"})", 1},
                    {R"(sessiond_requests_total{route="none",method="PUT",status="405"})", 1},
                    {R"(sessiond_requests_total{route="none",method="other",status="400"})", 1}}));
  EXPECT_EQ(all.at(R"(sessiond_request_duration_seconds_count{route="/internal/v1/check",method="GET"})"), 11);
  EXPECT_GT(all.at(R"(sessiond_redis_round_duration_seconds_count{kind="change"})"), 20);
  EXPECT_GT(all.at("sessiond_loop_busy_seconds_total"), 0);
  EXPECT_EQ(all.at("sessiond_loops"), std::stoi(GetParam()));
  EXPECT_EQ(all.at("sessiond_redis_up"), 1);
  EXPECT_EQ(all.at(R"(sessiond_redis_connections{state="primary"})"), std::stoi(GetParam()));
  EXPECT_GT(all.at(R"(sessiond_connections_accepted_total{realm="public"})"), 10);
  EXPECT_EQ(all.at("sessiond_build_info{version=\"" + std::string(kVersion) + "\"}"), 1);
  // Of all those connections, what the site's clients and this one keep is left.
  site.worker.process().wait_until([&] {
    const Series now = scrape(site.worker);
    return now.at(R"(sessiond_connections{realm="public"})") == 0 && now.at(R"(sessiond_connections{realm="internal"})") <= 2;
  }, "the end of the others");
  // By the system: of this process, and not of another.
  const Series now = scrape(site.worker);
  const auto fds = std::distance(std::filesystem::directory_iterator("/proc/" + std::to_string(site.worker.process().pid()) + "/fd"), {});
  EXPECT_NEAR(now.at("process_open_fds"), static_cast<double>(fds), 2);
  EXPECT_GT(all.at("process_resident_memory_bytes"), 1e6);
  EXPECT_GT(all.at("process_cpu_seconds_total"), 0);
  EXPECT_NEAR(all.at("process_start_time_seconds"), static_cast<double>(time(nullptr)), 120);
}

INSTANTIATE_TEST_SUITE_P(OfSoManyLoops, Metrics, ::testing::Values("1", "2"));

class MetricsPage : public SiteTest {};

TEST_F(MetricsPage, IsInTheFormatThatIsAskedForAndPassesPrometheussOwnCheck) {
  const Signed mine = site.mint(user);
  EXPECT_EQ(site.list(mine).status, 200);
  const Response text = site.operators.send({"GET", "/metrics", {}, {}});
  EXPECT_EQ(text.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  const Response open = site.operators.send({"GET", "/metrics", {kOpenMetrics}, {}});
  EXPECT_EQ(open.header("content-type"), "application/openmetrics-text; version=1.0.0; charset=utf-8");
  EXPECT_TRUE(open.body.ends_with("\n# EOF\n"));
  const Response head = site.operators.send({"HEAD", "/metrics", {}, {}});
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");

  const TempDir folder;
  write_file(folder / "page", text.body);
  Process promtool({"sh", "-c", "exec promtool check metrics < \"$0\"", folder / "page"}, folder / "log");
  EXPECT_EQ(promtool.wait(), 0) << promtool.log();
  EXPECT_EQ(promtool.log(), "") << "and it has nothing to say";
}

// What the counters tell apart, the answers do not.
TEST_F(MetricsPage, TellsApartWhatNoAnswerDoes) {
  const Signed mine = site.mint(user);
  const Signed ended = site.mint(user);
  EXPECT_EQ(site.revoke(mine, ended.id).status, 204);
  Token unknown = parse_token(mine.token).value();
  unknown.id.bytes[0] ^= 1;
  HttpPeer peer(site.worker.internal_socket());
  std::set<std::string> answers;
  for (const std::string& token : {ended.token, with_wrong_secret(mine.token), format_token(unknown), std::string("ses_nonsense")}) {
    Response response = peer.ask(check_by(token));
    EXPECT_EQ(response.status, 401);
    std::erase_if(response.headers, [](const auto& header) { return header.first == "x-request-id"; });
    std::string all = response.body;
    for (const auto& [name, value] : response.headers) all += "\n" + name + ": " + value;
    answers.insert(all);
  }
  EXPECT_EQ(answers.size(), 1U) << ::testing::PrintToString(answers);
}

// The words of labels are those of the manual page and the patterns of the routes, whatever is asked.
TEST_F(MetricsPage, HasNoLabelThatARequestChooses) {
  const std::string odd = "mallory\"} 1\nsessiond_forged";
  HttpPeer peer(site.worker.internal_socket());
  for (const char* path : {"/mallory", "/internal/v1/users/mallory", "/internal/v1/users/mallory/sessions", "/metrics?mallory", "/internal/v1/check?mallory"}) {
    static_cast<void>(peer.ask(http1::request("GET", path)));
  }
  static_cast<void>(HttpPeer(site.worker.internal_socket()).ask("MALLORY /mallory HTTP/1.1\r\nHost: mallory\r\nX-Request-Id: mallory\r\nUser-Agent: mallory\r\nX-Real-Ip: 192.0.2.77\r\nAuthorization: Bearer mallory\r\n\r\n"));
  static_cast<void>(site.mint(odd));
  const std::string page = page_of(site.worker.internal_socket());
  EXPECT_EQ(page.find("mallory"), std::string::npos);
  EXPECT_EQ(page.find("MALLORY"), std::string::npos);
  EXPECT_EQ(page.find("192.0.2.77"), std::string::npos);
  std::set<std::string> words = {"none", "+Inf", std::string(kVersion)};
  for (const Route& route : routes()) words.emplace(route.path);
  std::string manual;
  std::istringstream lines(read_file("systemd/man/sessiond-metrics.7"));
  for (std::string word; lines >> word;) words.insert(word.substr(0, word.find_last_not_of(".,;:") + 1));
  const std::regex label("[a-z]+=\"([^\"]*)\"");
  const std::regex fixed("GET|HEAD|POST|PUT|PATCH|DELETE|other|[2-5][0-9][0-9]|[0-9]+\\.[0-9]+|public|check|internal");
  for (std::sregex_iterator found(page.begin(), page.end(), label), end; found != end; ++found) {
    const std::string word = (*found)[1];
    const bool is_known = words.contains(word) || std::regex_match(word, fixed);
    EXPECT_TRUE(is_known) << word;
  }
}

TEST(MetricsInTrouble, AnOutageOfRedisShowsAndSoDoesItsEnd) {
  Site site({"--threads", "2"});
  const Signed mine = site.mint("alice");
  EXPECT_EQ(scrape(site.worker).at("sessiond_redis_up"), 1);
  site.redis.crash();
  site.worker.process().wait_until([&] { return scrape(site.worker).at("sessiond_redis_up") == 0; }, "an outage");
  site.worker.process().wait_until([&] { return scrape(site.worker).at(R"(sessiond_redis_errors_total{kind="closed"})") >= 2; }, "each loop");
  EXPECT_EQ(HttpPeer(site.worker.internal_socket()).ask(check_by(mine.token)).status, 503);
  EXPECT_EQ(FastCgiClient(site.worker.public_socket()).ask(fastcgi::post("/api/v1/auth/cli/redeem", R"({"code":"ABCDEFGH"})")).status, 503);
  const Series out = scrape(site.worker);
  EXPECT_EQ(out.at(R"(sessiond_redeem_failures_total{code="cli"})"), 0) << "nobody knows whether it is wrong";
  EXPECT_EQ(out.at(R"(sessiond_checks_total{by="gateway",outcome="failed"})"), 1);
  EXPECT_EQ(out.at(R"(sessiond_requests_total{route="/internal/v1/check",method="GET",status="503"})"), 1);
  EXPECT_EQ(out.at("sessiond_redis_reconnects_total"), 0);
  site.worker.process().wait_until([&] { return scrape(site.worker).at(R"(sessiond_redis_errors_total{kind="unreachable"})") > 0; }, "another try");
  site.redis.restart();
  site.worker.process().wait_until([&] { return scrape(site.worker).at("sessiond_redis_up") == 1; }, "its end");
  EXPECT_EQ(scrape(site.worker).at("sessiond_redis_reconnects_total"), 2);
}

TEST(MetricsInTrouble, WhatRedisRefusesIsCountedByItsKind) {
  Site site({"--threads", "1"});
  RedisClient admin = site.redis.client();
  admin({"CONFIG", "SET", "maxmemory-policy", "noeviction"});
  admin({"CONFIG", "SET", "maxmemory", "1"});
  EXPECT_EQ(site.post_internal("/internal/v1/sessions", minting_json(user_json("alice"))).status, 503);
  EXPECT_EQ(counted(scrape(site.worker), {"sessiond_redis_errors_total"}), (Series{{R"(sessiond_redis_errors_total{kind="memory"})", 1}}));
  admin({"CONFIG", "SET", "maxmemory", "0"});
  EXPECT_EQ(site.post_internal("/internal/v1/sessions", minting_json(user_json("alice"))).status, 201);
}

TEST(MetricsInTrouble, WhatIsShedShowsWhileItIs) {
  Site site({"--max-requests", "8", "--threads", "2", "--redeem-failures", "60"});
  const Signed mine = site.mint("alice");
  const std::string list = fastcgi::request("GET", "/api/v1/auth/sessions", mine.token);
  Crowd served(site.worker.public_socket(), 8);
  Crowd refused(site.worker.public_socket(), 12);
  site.redis.pause();
  served.send(std::vector<std::string>(served.size(), list));
  site.worker.process().wait_until([&] { return scrape(site.worker).at("sessiond_requests_under_way") == 8; }, "the bound");
  EXPECT_EQ(by_status(refused.ask(list))[503], refused.size());
  const Series all = scrape(site.worker);
  EXPECT_EQ(all.at(R"(sessiond_requests_shed_total{work="other"})"), 12);
  EXPECT_EQ(all.at(R"(sessiond_requests_shed_total{work="check"})"), 0);
  EXPECT_EQ(all.at("sessiond_requests_under_way_limit"), 8);
  EXPECT_GE(all.at(R"(sessiond_connections{realm="public"})"), 20);
  site.redis.resume();
  EXPECT_EQ(by_status(served.read())[200], served.size());
  EXPECT_EQ(scrape(site.worker).at("sessiond_requests_under_way"), 0);

  EXPECT_EQ(all.at(R"(sessiond_redeem_budget_size{code="cli"})"), 60);
  EXPECT_EQ(all.at(R"(sessiond_redeem_budget_left{code="cli"})"), 60);
  FastCgiClient guesser(site.worker.public_socket());
  for (int i = 0; i < 30; ++i) EXPECT_EQ(guesser.ask(fastcgi::post("/api/v1/auth/cli/redeem", R"({"code":"ABCDEFGH"})")).status, 401);
  const Series guessed = scrape(site.worker);
  EXPECT_EQ(guessed.at(R"(sessiond_redeem_failures_total{code="cli"})"), 30);
  EXPECT_LT(guessed.at(R"(sessiond_redeem_budget_left{code="cli"})"), 60);
}

}  // namespace
}  // namespace sessiond::test
