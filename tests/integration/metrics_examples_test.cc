// The examples for Prometheus and Grafana: the nginx in between passes what it has to and no more, and rules and
// dashboard ask for what there is.
#include <gtest/gtest.h>

#include <filesystem>
#include <regex>
#include <set>
#include <sstream>

#include "integration/document.h"
#include "integration/metrics_page.h"
#include "integration/site.h"
#include "integration/socket.h"

namespace sessiond::test {
namespace {

constexpr const char* kExamples = "nginx/examples/metrics/";

std::string adapted(std::string text, const std::string& from, const std::string& to) {
  if (text.find(from) == std::string::npos) throw std::runtime_error("the example has no " + from);
  return replaced(std::move(text), from, to);
}

// The nginx that we ship for Prometheus, at a port of ours, in front of the worker of the folder.
class MetricsNginx {
 public:
  explicit MetricsNginx(const TempDir& folder, const std::string& allowed = "127.0.0.1")
      : address_("127.0.0.1:" + std::to_string(free_port())) {
    std::string text = adapted(read_file(std::string(kExamples) + "nginx.conf"), "/run/sessiond/", folder.path() + "/");
    text = adapted(text, "/run/sessiond-metrics/", folder.path() + "/metrics-");
    text = adapted(text, "listen 127.0.0.1:9127;", "listen " + address_ + ";");
    text = adapted(text, "allow 127.0.0.1;", "allow " + allowed + ";");
    if (geteuid() == 0) text = "user root;\n" + text;
    write_file(folder / "metrics-nginx.conf", text);
    process_ = std::make_unique<Process>(std::vector<std::string>{std::filesystem::exists("/usr/sbin/nginx") ? "/usr/sbin/nginx" : "nginx", "-e", "stderr", "-p", folder.path(), "-c", folder / "metrics-nginx.conf"},
                                         folder / "metrics-nginx.log");
    process_->wait_until([this] { return process_->running() && is_open(); }, "nginx");
  }

  [[nodiscard]] Response send(const HttpRequest& request) const { return HttpClient(address_, HttpClient::Answers::kFromAStandIn).send(request); }

 private:
  [[nodiscard]] bool is_open() const {
    try {
      return send({"GET", "/", {}, {}}).status > 0;
    } catch (const std::exception&) {
      return false;
    }
  }

  std::string address_;
  std::unique_ptr<Process> process_;
};

TEST(MetricsExamples, TheNginxForPrometheusPassesThePageAndNothingElse) {
  TempDir folder;
  RedisServer redis(folder);
  redis.start();
  Worker worker(folder, {"--threads", "1"});
  const MetricsNginx nginx(folder);
  const Response text = nginx.send({"GET", "/metrics", {}, {}});
  EXPECT_EQ(text.status, 200);
  EXPECT_EQ(series_in(text.body).at("sessiond_redis_up"), 1);
  EXPECT_EQ(nginx.send({"GET", "/metrics?x=1", {kOpenMetrics}, {}}).header("content-type"), "application/openmetrics-text; version=1.0.0; charset=utf-8");

  const std::string body = minting_json(user_json("mallory"));
  const std::vector<std::string> headers = {"Content-Type: application/json", "X-Original-URI: /internal/v1/sessions", "X-HTTP-Method-Override: POST"};
  for (const char* path : {"/", "/internal/v1/sessions", "/metrics/", "/metrics/../internal/v1/sessions", "/metrics%2f..%2finternal/v1/sessions", "//internal/v1/sessions",
                           "/metrics/internal/v1/sessions", "/internal/v1/users/a/sessions", "/healthz", "/metrics%00", "/metrics;/internal/v1/sessions"}) {
    for (const char* method : {"GET", "POST", "DELETE", "PUT"}) {
      const Response response = nginx.send({method, path, headers, body});
      EXPECT_TRUE(response.status == 404 || response.status == 400 || response.status == 403) << method << " " << path << ": " << response.status;
    }
  }
  for (const char* method : {"POST", "PUT", "PATCH", "DELETE", "OPTIONS"}) EXPECT_EQ(nginx.send({method, "/metrics", headers, body}).status, 403) << method;
  const Series requests = counted(scrape(worker), {"sessiond_requests_total", "sessiond_sessions_"});
  for (const auto& [name, count] : requests) EXPECT_TRUE(name.starts_with(R"(sessiond_requests_total{route="/metrics",method="GET",status="200"})")) << name;

  const MetricsNginx stranger(folder, "192.0.2.1");
  EXPECT_EQ(stranger.send({"GET", "/metrics", {}, {}}).status, 403) << "who is not allowed";
}

// All texts of this name, wherever they stand.
void gather(const Json& node, const std::string& name, std::vector<std::string>& found) {
  if (node.IsArray()) {
    for (const Json& element : node.GetArray()) gather(element, name, found);
  } else if (node.IsObject()) {
    for (const auto& member : node.GetObject()) {
      if (member.name.GetString() == name && member.value.IsString()) found.emplace_back(member.value.GetString());
      gather(member.value, name, found);
    }
  }
}

// Each metric of ours in an expression is in a page, and so is each word that a label has to be.
void expect_metrics_of(const std::string& expression, const std::string& page) {
  const std::regex name("\\b(sessiond|process)_[a-z_]+");
  std::size_t names = 0;
  for (std::sregex_iterator found(expression.begin(), expression.end(), name), end; found != end; ++found, ++names) {
    const std::string metric = found->str();
    EXPECT_TRUE(page.find("\n" + metric + " ") != std::string::npos || page.find("\n" + metric + "{") != std::string::npos) << metric << " in " << expression;
  }
  EXPECT_TRUE(names > 0 || expression.starts_with("up{")) << expression;
  const std::regex equals("\\b([a-z]+)=(~?)\"([^\"$]*)\"");
  for (std::sregex_iterator found(expression.begin(), expression.end(), equals), end; found != end; ++found) {
    if ((*found)[1] == "job") continue;
    std::istringstream words((*found)[3].str());
    for (std::string word; std::getline(words, word, '|');) {
      if (word == "5..") continue;
      EXPECT_NE(page.find((*found)[1].str() + "=\"" + word + "\""), std::string::npos) << word << " in " << expression;
    }
  }
}

// A page of a worker that has had each thing to do that dashboard and rules ask for.
std::string page_after_work(Site& site) {
  const Signed mine = site.mint("alice");
  EXPECT_EQ(site.list(mine).status, 200);
  EXPECT_EQ(HttpPeer(site.worker.internal_socket()).ask(http1::request("GET", "/internal/v1/check", mine.token)).status, 204);
  return "\n" + page_of(site.worker.internal_socket());
}

TEST(MetricsExamples, TheRulesAreGoodAndGoOffWhenTheyShould) {
  const TempDir folder;
  const std::string rules = std::filesystem::absolute(std::string(kExamples) + "sessiond-alerts.yml");
  Process check({"promtool", "check", "rules", rules}, folder / "check.log");
  EXPECT_EQ(check.wait(), 0) << check.log();
  write_file(folder / "alerts.yml", adapted(read_file("tests/integration/alerts.yml"), "@RULES@", rules));
  Process test({"promtool", "test", "rules", folder / "alerts.yml"}, folder / "test.log");
  EXPECT_EQ(test.wait(), 0) << test.log();
}

// There is no Grafana in Debian to load it: its JSON and its expressions are looked at instead.
TEST(MetricsExamples, TheDashboardAndTheRulesAskForWhatThereIs) {
  Site site({"--threads", "1"});
  const std::string page = page_after_work(site);
  const Document dashboard(read_file(std::string(kExamples) + "sessiond-dashboard.json"));
  for (const char* member : {"title", "uid"}) EXPECT_STREQ(dashboard[member].GetString(), "sessiond");
  EXPECT_GE(dashboard["schemaVersion"].GetInt(), 30);
  std::set<int> ids;
  for (const Json& panel : dashboard["panels"].GetArray()) {
    EXPECT_TRUE(ids.insert(panel["id"].GetInt()).second);
    EXPECT_TRUE(panel["title"].IsString() && panel["type"].IsString() && panel["gridPos"]["w"].IsInt());
    EXPECT_GT(panel["targets"].Size(), 0U);
    EXPECT_LE(panel["gridPos"]["x"].GetInt() + panel["gridPos"]["w"].GetInt(), 24);
  }
  std::vector<std::string> expressions;
  gather(dashboard.root(), "expr", expressions);
  ASSERT_GT(expressions.size(), 20U);
  std::string rules = "groups:\n- name: dashboard\n  rules:\n";
  for (std::string& expression : expressions) {
    expect_metrics_of(expression, page);
    if (expression.find("$__rate_interval") != std::string::npos) expression = adapted(expression, "$__rate_interval", "5m");
    if (expression.find("$instance") != std::string::npos) expression = adapted(expression, "$instance", ".*");
    EXPECT_EQ(expression.find('$'), std::string::npos) << expression;
    rules += "  - record: dashboard:expression:" + std::to_string(&expression - expressions.data()) + "\n    expr: '" + expression + "'\n";
  }
  const TempDir folder;
  write_file(folder / "rules.yml", rules);
  Process promtool({"promtool", "check", "rules", folder / "rules.yml"}, folder / "log");
  EXPECT_EQ(promtool.wait(), 0) << promtool.log();

  const std::string alerts = read_file(std::string(kExamples) + "sessiond-alerts.yml");
  const std::regex expression("expr: (>\n(?:          .*\n)+|.*\n)");
  std::size_t count = 0;
  for (std::sregex_iterator found(alerts.begin(), alerts.end(), expression), end; found != end; ++found, ++count) {
    const std::string text = (*found)[1];
    expect_metrics_of(text.starts_with('>') ? text.substr(text.find_first_not_of(">\n ")) : text, page);
  }
  EXPECT_EQ(count, 10U);
}

}  // namespace
}  // namespace sessiond::test
