// What is counted, and the page that tells it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <thread>

#include "app/handlers.h"
#include "app/routes.h"
#include "base/version.h"
#include "metrics/table.h"

namespace sessiond::metrics {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr Source::RouteName kRoutes[] = {{"/a/{id}", "GET"}, {"/b", "POST"}};

// Two loops, and a page of what they counted.
struct Counted {
  std::vector<Counters> loops{2};

  [[nodiscard]] std::string page(Format format = Format::kText) const {
    Source source;
    source.loops = loops;
    source.routes = kRoutes;
    return render(source, format);
  }
};

TEST(MetricsPage, AddsUpWhatAllLoopsCounted) {
  Counted counted;
  counted.loops[0].answers[0].add(http::Method::kGet, 200, 0.2);
  counted.loops[1].answers[0].add(http::Method::kGet, 200, 0.0001);
  counted.loops[1].answers[kMostRoutes].add(http::Method::kOther, 404, 0);
  counted.loops[0].minted[0][Way::kLogin].add();
  counted.loops[1].minted[0][Way::kLogin].add(2);
  counted.loops[1].checks[Asker::kGateway][Outcome::kWrongSecret].add();
  const std::string page = counted.page();
  for (const char* line : {"\nsessiond_requests_total{route=\"/a/{id}\",method=\"GET\",status=\"200\"} 2\n",
                           "\nsessiond_requests_total{route=\"none\",method=\"other\",status=\"404\"} 1\n",
                           "\nsessiond_request_duration_seconds_bucket{route=\"/a/{id}\",method=\"GET\",le=\"0.0001\"} 1\n",
                           "\nsessiond_request_duration_seconds_bucket{route=\"/a/{id}\",method=\"GET\",le=\"0.1\"} 1\n",
                           "\nsessiond_request_duration_seconds_bucket{route=\"/a/{id}\",method=\"GET\",le=\"0.25\"} 2\n",
                           "\nsessiond_request_duration_seconds_bucket{route=\"/a/{id}\",method=\"GET\",le=\"+Inf\"} 2\n",
                           "\nsessiond_request_duration_seconds_sum{route=\"/a/{id}\",method=\"GET\"} 0.2001\n",
                           "\nsessiond_request_duration_seconds_count{route=\"/a/{id}\",method=\"GET\"} 2\n",
                           "\nsessiond_sessions_minted_total{kind=\"web\",way=\"login\"} 3\n",
                           "\nsessiond_checks_total{by=\"gateway\",outcome=\"wrong_secret\"} 1\n",
                           "\nsessiond_checks_total{by=\"gateway\",outcome=\"accepted\"} 0\n", "\nsessiond_loops 2\n"}) {
    EXPECT_THAT(page, HasSubstr(line));
  }
  EXPECT_THAT(page, HasSubstr("sessiond_build_info{version=\"" + std::string(kVersion) + "\"} 1\n"));
  EXPECT_THAT(page, Not(HasSubstr("route=\"/b\""))) << "what there has not been";
}

TEST(MetricsPage, IsTextOrOpenMetricsWithTheSameSeries) {
  Counted counted;
  counted.loops[0].answers[1].add(http::Method::kPost, 201, 3);
  const std::string text = counted.page();
  const std::string open = counted.page(Format::kOpenMetrics);
  EXPECT_THAT(open, EndsWith("\n# EOF\n"));
  EXPECT_THAT(text, Not(HasSubstr("# EOF")));
  EXPECT_THAT(text, HasSubstr("# TYPE sessiond_requests_total counter\n"));
  EXPECT_THAT(open, HasSubstr("# TYPE sessiond_requests counter\n"));
  EXPECT_THAT(text, HasSubstr("# TYPE sessiond_build_info gauge\n"));
  EXPECT_THAT(open, HasSubstr("# TYPE sessiond_build info\n"));
  EXPECT_THAT(open, HasSubstr("# UNIT sessiond_request_duration_seconds seconds\n"));
  const auto series = [](const std::string& page) {
    std::set<std::string> names;
    std::istringstream lines(page);
    for (std::string line; std::getline(lines, line);) {
      if (!line.starts_with('#')) names.insert(line.substr(0, line.rfind(' ')));
    }
    return names;
  };
  EXPECT_EQ(series(text), series(open));
}

TEST(MetricsPage, EscapesWhatALabelMayNotHold) {
  static constexpr Head kHead{"x", Type::kGauge, "", {"a"}, "X"};
  Page page(Format::kText);
  page.begin(kHead);
  page.add({"q\"b\\n\n"}, std::uint64_t{7});
  EXPECT_EQ(std::move(page).finish(), "# HELP x X.\n# TYPE x gauge\nx{a=\"q\\\"b\\\\n\\n\"} 7\n");
}

// Prometheus's rules for names, and OpenMetrics's for units. promtool sees the rest.
TEST(MetricsTable, HasNamesUnitsAndHelpByTheRules) {
  std::set<std::string> names;
  for (const Row& row : table()) {
    const std::string name(row.head.name);
    EXPECT_TRUE(std::regex_match(name, std::regex("(sessiond|process)(_[a-z]+)+"))) << name;
    EXPECT_TRUE(names.insert(name).second) << name << " twice";
    EXPECT_FALSE(name.ends_with("_total") || name.ends_with("_info") || name.ends_with("_count")) << name;
    if (!row.head.unit.empty()) {
      EXPECT_TRUE(name.ends_with("_" + std::string(row.head.unit))) << name;
    }
    if (row.head.type == Type::kHistogram) {
      EXPECT_EQ(row.head.unit, "seconds") << name;
    }
    EXPECT_FALSE(row.head.help.empty() || row.head.help.ends_with('.')) << name;
    EXPECT_EQ(row.head.help.find_first_of("\\\n\""), std::string_view::npos) << name;
    for (const std::string_view label : row.head.labels) {
      EXPECT_TRUE(label.empty() || std::regex_match(std::string(label), std::regex("[a-z]+"))) << name;
    }
  }
}

// Of each metric its name, type, labels and help, as the manual page has them, in the order of the table.
TEST(MetricsTable, IsTheOneInTheManualPage) {
  std::ifstream file("systemd/man/sessiond-metrics.7");
  ASSERT_TRUE(file) << "run this from the top of the repository";
  std::vector<std::string> there;
  for (std::string line; std::getline(file, line);) {
    if (line == ".El") break;  // the first list is the table
    if (line.starts_with(".It Sy ")) there.push_back(line.substr(7) + ":");
    else if (!there.empty()) there.back() += " " + line;
  }
  const auto name_of = [](Type type) {
    return type == Type::kCounter ? "counter" : type == Type::kHistogram ? "histogram" : type == Type::kGauge ? "gauge" : "info";
  };
  std::vector<std::string> here;
  for (const Row& row : table()) {
    std::string line = name_of_series(row.head) + " Pq " + name_of(row.head.type);
    for (const std::string_view label : row.head.labels) {
      if (!label.empty()) line += std::string(" , Va ").append(label);
    }
    here.push_back(line + ": " + std::string(row.head.help) + ".");
  }
  EXPECT_EQ(there, here);
}

TEST(MetricsTable, HasARowForEachRoute) { EXPECT_LE(routes().size(), kMostRoutes); }

TEST(MetricsHistogram, PutsATimeIntoTheBucketThatEndsNoEarlier) {
  for (std::size_t i = 0; i < kBounds.size(); ++i) {
    Histogram histogram;
    histogram.add(kBounds[i]);
    histogram.add(kBounds[i] * 1.0001);
    EXPECT_EQ(histogram.bucket(i), 1U) << kBounds[i];
    EXPECT_EQ(histogram.bucket(i + 1), 1U) << kBounds[i];
  }
  Histogram histogram;
  histogram.add(-3600);  // a clock was set back
  histogram.add(0);
  EXPECT_EQ(histogram.bucket(0), 2U);
  EXPECT_EQ(histogram.sum(), 0);
}

TEST(MetricsCounter, OneThreadCountsAndAnotherReads) {
  Counter counter;
  std::uint64_t seen = 0;
  std::jthread thread([&] {
    for (int i = 0; i < 100'000; ++i) counter.add();
  });
  while (seen < 100'000) {
    const std::uint64_t now = counter.value();
    ASSERT_GE(now, seen);
    seen = now;
  }
  EXPECT_EQ(counter.value(), 100'000U);
}

TEST(MetricsTurns, TellTheLongestOfTheLastMinutesAndHowLongAllTook) {
  Turns turns;
  turns.end(1000);  // the first wait is no turn
  EXPECT_EQ(turns.busy(), 0);
  turns.begin(1000);
  EXPECT_EQ(turns.longest(1003), 3) << "one that is under way";
  turns.end(1004);
  turns.begin(1010);
  turns.end(1011);
  EXPECT_EQ(turns.busy(), 5);
  EXPECT_EQ(turns.longest(1011), 4);
  turns.begin(1070);  // the next minute
  turns.end(1072);
  EXPECT_EQ(turns.longest(1072), 4) << "of the last minute";
  turns.begin(1140);
  turns.end(1141);
  EXPECT_EQ(turns.longest(1141), 2);
  EXPECT_EQ(turns.longest(1500), 0) << "long ago";
  turns.begin(1600);
  turns.end(1500);  // the clock was set back
  EXPECT_EQ(turns.busy(), 8);
}

TEST(MetricsStatus, EachThatAnAnswerCanHaveIsTold) {
  for (const Failure failure :
       {Failure::kBadRequest, Failure::kUnauthorized, Failure::kInvalidToken, Failure::kForbidden, Failure::kNotFound,
        Failure::kMethodNotAllowed, Failure::kConflict, Failure::kTooLarge, Failure::kHeadTooLarge,
        Failure::kUnsupportedMediaType, Failure::kTooManyRequests, Failure::kUnavailable, Failure::kInternal}) {
    const int status = http::problem({failure, "x"}).status;
    EXPECT_EQ(kStatuses[number_of_status(status)], status);
  }
  for (const int status : {200, 201, 204}) EXPECT_EQ(kStatuses[number_of_status(status)], status);
  for (const int status : {-1, 0, 199, 202, 418, 504, 100'000}) EXPECT_EQ(kStatuses[number_of_status(status)], 500);
}

TEST(MetricsOutcome, IsWhatCameOfTheToken) {
  EXPECT_EQ(outcome_of(204, Doubt::kNone), Outcome::kAccepted);
  EXPECT_EQ(outcome_of(404, Doubt::kNone), Outcome::kAccepted) << "what it asked for is not there";
  EXPECT_EQ(outcome_of(409, Doubt::kNone), Outcome::kAccepted);
  EXPECT_EQ(outcome_of(401, Doubt::kNoToken), Outcome::kNone);
  EXPECT_EQ(outcome_of(401, Doubt::kMalformed), Outcome::kMalformed);
  EXPECT_EQ(outcome_of(401, Doubt::kGone), Outcome::kGone);
  EXPECT_EQ(outcome_of(401, Doubt::kWrongSecret), Outcome::kWrongSecret);
  EXPECT_EQ(outcome_of(401, Doubt::kStale), Outcome::kStale);
  EXPECT_EQ(outcome_of(403, Doubt::kNone), Outcome::kForbidden);
  EXPECT_EQ(outcome_of(500, Doubt::kNone), Outcome::kFailed);
  EXPECT_EQ(outcome_of(503, Doubt::kNone), Outcome::kFailed);
  for (const int status : {400, 413, 415, 429}) EXPECT_EQ(outcome_of(status, Doubt::kNone), std::nullopt) << status;
}

TEST(MetricsRedis, KindsOfErrorsAreToldByTheirFirstWord) {
  EXPECT_EQ(kind_of_reply("OOM command not allowed"), RedisError::kMemory);
  EXPECT_EQ(kind_of_reply("OOMPH"), RedisError::kOther);
  EXPECT_EQ(kind_of_reply("READONLY You can't write"), RedisError::kRole);
  EXPECT_EQ(kind_of_reply("NOPERM this user"), RedisError::kPermission);
  EXPECT_EQ(kind_of_reply("MOVED 1 127.0.0.1:7000"), RedisError::kRedirected);
  EXPECT_EQ(kind_of_reply(""), RedisError::kOther);
}

TEST(MetricsRedis, IsUpOnceEachConnectionIsToAPrimary) {
  RedisCounters redis;
  EXPECT_FALSE(redis.up()) << "no connection";
  redis.connections[Connection::kPrimary].add(1);
  EXPECT_TRUE(redis.up());
  redis.connections[Connection::kConnecting].add(1);
  EXPECT_FALSE(redis.up());
  redis.connections[Connection::kConnecting].add(-1);
  redis.unowned_slots.set(1);
  EXPECT_FALSE(redis.up()) << "a slot that nobody owns";
}

TEST(MetricsAccept, ChoosesOpenMetricsOnlyWhereItIsWantedNoLessThanText) {
  for (const char* accept :
       {"application/openmetrics-text", "application/openmetrics-text; version=1.0.0", "APPLICATION/OpenMetrics-Text",
        "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
        "text/plain;q=0.5, application/openmetrics-text;q=0.5", "application/openmetrics-text;version=1.0.0;q=0.001"}) {
    EXPECT_EQ(choose_format(accept), Format::kOpenMetrics) << accept;
  }
  for (const char* accept :
       {"", "*/*", "text/plain", "text/html,*/*", "application/*", "application/openmetrics-text;version=0.0.1",
        "application/openmetrics-text;q=0", "application/openmetrics-text;q=0.5,text/plain", "application/openmetrics-text;q=nonsense",
        "application/openmetrics-text;q=2", "application/openmetrics-text-x", ",;=,;q=", "application/openmetrics-text;q=1x"}) {
    EXPECT_EQ(choose_format(accept), Format::kText) << accept;
  }
}

}  // namespace
}  // namespace sessiond::metrics
