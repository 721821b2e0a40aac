#include "metrics/table.h"

#include <algorithm>

#include "base/version.h"

namespace sessiond::metrics {
namespace {

double unix_seconds(std::chrono::system_clock::time_point at) {
  return std::chrono::duration<double>(at.time_since_epoch()).count();
}

// The sum over all loops of the number that `number` takes from the counters of one.
template <typename Number>
std::uint64_t sum(const Source& source, Number number) {
  std::uint64_t sum = 0;
  for (const Counters& loop : source.loops) sum += number(loop);
  return sum;
}

template <typename Number>
Times times(const Source& source, Number histogram) {
  Times times;
  for (const Counters& loop : source.loops) times.add(histogram(loop));
  return times;
}

// Writes a series for each word. `number` gets the counters of a loop and the word's place in the list.
template <typename Words, typename Number>
void by_word(Page& page, const Source& source, const Words& words, Number number) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    page.add({words[i]}, sum(source, [&](const Counters& loop) { return number(loop, i); }));
  }
}

// Likewise for each two words.
template <typename First, typename Second, typename Number>
void by_words(Page& page, const Source& source, const First& first, const Second& second, Number number) {
  for (std::size_t i = 0; i < first.size(); ++i) {
    for (std::size_t j = 0; j < second.size(); ++j) {
      page.add({first[i], second[j]}, sum(source, [&](const Counters& loop) { return number(loop, i, j); }));
    }
  }
}

// Writes only those that have occurred: most routes answer with few of all statuses.
void write_requests_of(Page& page, const Source& source, std::size_t route, std::string_view path) {
  for (std::size_t method = 0; method < kMethods.size(); ++method) {
    for (std::size_t status = 0; status < kStatuses.size(); ++status) {
      const std::uint64_t count =
          sum(source, [&](const Counters& loop) { return loop.answers[route].count(method, status); });
      if (count > 0) page.add({path, kMethods[method], std::to_string(kStatuses[status])}, count);
    }
  }
}

void write_requests(Page& page, const Source& source) {
  for (std::size_t i = 0; i < source.routes.size(); ++i) write_requests_of(page, source, i, source.routes[i].path);
  write_requests_of(page, source, kMostRoutes, "none");
}

void write_durations(Page& page, const Source& source) {
  for (std::size_t i = 0; i < source.routes.size(); ++i) {
    const auto times_of_route = [&](const Counters& loop) -> auto& { return loop.answers[i].times(); };
    const Times of_route = times(source, times_of_route);
    if (of_route.count() > 0) page.add({source.routes[i].path, source.routes[i].method}, of_route);
  }
}

void write_shed(Page& page, const Source& source) {
  by_word(page, source, kWorks, [](const Counters& loop, std::size_t i) { return loop.shed[i].value(); });
}

// Reads `ended` before `accepted`, so that no connection seems to end before it was accepted.
void write_connections(Page& page, const Source& source) {
  by_word(page, source, kRealms, [](const Counters& loop, std::size_t i) {
    const std::uint64_t ended = loop.ended[i].value();
    return loop.accepted[i].value() - ended;
  });
}

void write_accepted(Page& page, const Source& source) {
  by_word(page, source, kRealms, [](const Counters& loop, std::size_t i) { return loop.accepted[i].value(); });
}

void write_checks(Page& page, const Source& source) {
  by_words(page, source, kAskers, kOutcomes, [](const Counters& loop, std::size_t asker, std::size_t outcome) {
    return loop.checks[static_cast<Asker>(asker)][static_cast<Outcome>(outcome)].value();
  });
}

void write_minted(Page& page, const Source& source) {
  constexpr std::array<std::string_view, 2> kMinted = {kKinds[0], kKinds[1]};
  by_words(page, source, kMinted, kWays, [](const Counters& loop, std::size_t kind, std::size_t way) {
    return loop.minted[kind][static_cast<Way>(way)].value();
  });
}

void write_ended(Page& page, const Source& source) {
  by_words(page, source, kKinds, kEnds, [](const Counters& loop, std::size_t kind, std::size_t end) {
    return loop.ended_sessions[kind][static_cast<End>(end)].value();
  });
}

void write_wrong_codes(Page& page, const Source& source) {
  by_word(page, source, kCodes,
          [](const Counters& loop, std::size_t i) { return loop.wrong_codes[static_cast<Code>(i)].value(); });
}

void write_budgets(Page& page, const Source& source, decltype(&Source::Budget::left) figure) {
  for (std::size_t i = 0; i < kCodes.size(); ++i) page.add({kCodes[i]}, source.budgets[i].*figure);
}

void write_up(Page& page, const Source& source) {
  const bool up = std::ranges::all_of(source.loops, [](const Counters& loop) { return loop.redis.up(); });
  page.add({}, std::uint64_t{up});
}

void write_redis_connections(Page& page, const Source& source) {
  by_word(page, source, kConnections, [](const Counters& loop, std::size_t i) {
    return static_cast<std::uint64_t>(
        std::max<std::int64_t>(loop.redis.connections[static_cast<Connection>(i)].value(), 0));
  });
}

void write_redis_errors(Page& page, const Source& source) {
  by_word(page, source, kRedisErrors,
          [](const Counters& loop, std::size_t i) { return loop.redis.errors[static_cast<RedisError>(i)].value(); });
}

void write_rounds(Page& page, const Source& source) {
  const auto reads = [](const Counters& loop) -> auto& { return loop.redis.reads; };
  const auto changes = [](const Counters& loop) -> auto& { return loop.redis.changes; };
  page.add({"read"}, times(source, reads));
  page.add({"change"}, times(source, changes));
}

void write_busy(Page& page, const Source& source) {
  double busy = 0;
  for (const Counters& loop : source.loops) busy += loop.turns.busy();
  page.add({}, busy);
}

void write_longest_turn(Page& page, const Source& source) {
  const double now = unix_seconds(std::chrono::system_clock::now());
  double longest = 0;
  for (const Counters& loop : source.loops) longest = std::max(longest, loop.turns.longest(now));
  page.add({}, longest);
}

// A metric that is one number, which `of` takes from the source.
template <auto of>
void write_one(Page& page, const Source& source) {
  page.add({}, of(source));
}

constexpr Row kTable[] = {
    {{"sessiond_build", Type::kInfo, "", {"version"}, "The version of this process"},
     [](Page& page, const Source&) { page.add({kVersion}, std::uint64_t{1}); }},
    {{"sessiond_loops", Type::kGauge, "", {}, "Event loops of this process, one a thread"},
     write_one<[](const Source& s) { return std::uint64_t{s.loops.size()}; }>},
    {{"sessiond_requests",
      Type::kCounter,
      "",
      {"route", "method", "status"},
      "Requests that were answered, by the pattern of their route; none: of no route, or no request that can be read"},
     write_requests},
    {{"sessiond_request_duration_seconds",
      Type::kHistogram,
      "seconds",
      {"route", "method"},
      "Time from the start of the turn in which a request had come to its answer"},
     write_durations},
    {{"sessiond_requests_under_way",
      Type::kGauge,
      "",
      {},
      "Requests that are being answered, health and metrics aside"},
     write_one<[](const Source& s) { return s.under_way; }>},
    {{"sessiond_requests_under_way_limit",
      Type::kGauge,
      "",
      {},
      "The most of them at once, beyond which only checks are taken: max-requests"},
     write_one<[](const Source& s) { return s.most_under_way; }>},
    {{"sessiond_requests_shed",
      Type::kCounter,
      "",
      {"work"},
      "Requests refused with 503 as there were too many at once"},
     write_shed},
    {{"sessiond_connections", Type::kGauge, "", {"realm"}, "Connections that nginx and services hold open"},
     write_connections},
    {{"sessiond_connections_accepted", Type::kCounter, "", {"realm"}, "Connections that were accepted"},
     write_accepted},
    {{"sessiond_checks",
      Type::kCounter,
      "",
      {"by", "outcome"},
      "Times that a token was looked at, by who wanted to know; gone: never there, expired or revoked"},
     write_checks},
    {{"sessiond_sessions_minted", Type::kCounter, "", {"kind", "way"}, "Sessions that this process minted"},
     write_minted},
    {{"sessiond_sessions_ended",
      Type::kCounter,
      "",
      {"kind", "reason"},
      "Sessions that this process ended before they expired; kind is unknown where what is stored is damaged"},
     write_ended},
    {{"sessiond_redeem_failures", Type::kCounter, "", {"code"}, "Wrong codes that were tried"}, write_wrong_codes},
    {{"sessiond_redeem_budget_left", Type::kGauge, "", {"code"}, "Wrong codes that may be tried before others wait"},
     [](Page& page, const Source& s) { write_budgets(page, s, &Source::Budget::left); }},
    {{"sessiond_redeem_budget_size", Type::kGauge, "", {"code"}, "The same when none was tried: redeem-failures"},
     [](Page& page, const Source& s) { write_budgets(page, s, &Source::Budget::size); }},
    {{"sessiond_redis_up", Type::kGauge, "", {}, "Whether every connection to Redis is to a primary that can be used"},
     write_up},
    {{"sessiond_redis_connections",
      Type::kGauge,
      "",
      {"state"},
      "Connections to Redis; primary: its server says once a second that it is one"},
     write_redis_connections},
    {{"sessiond_redis_reconnects",
      Type::kCounter,
      "",
      {},
      "Times that a connection to Redis took the place of one that was good"},
     write_one<[](const Source& s) {
       return sum(s, [](const Counters& loop) { return loop.redis.reconnects.value(); });
     }>},
    {{"sessiond_redis_errors", Type::kCounter, "", {"kind"}, "What went wrong with Redis"}, write_redis_errors},
    {{"sessiond_redis_round_duration_seconds",
      Type::kHistogram,
      "seconds",
      {"kind"},
      "Time from the start of the turn that asked Redis to the turn that had all replies"},
     write_rounds},
    {{"sessiond_loop_busy_seconds",
      Type::kCounter,
      "seconds",
      {},
      "How long the turns of all loops took together: what a loop does not spend in them, it waits"},
     write_busy},
    {{"sessiond_loop_longest_turn_seconds",
      Type::kGauge,
      "seconds",
      {},
      "The longest turn of any loop in the last one to two minutes, those under way included"},
     write_longest_turn},
    {{"process_start_time_seconds", Type::kGauge, "seconds", {}, "When this process started, in Unix time"},
     write_one<[](const Source& s) { return unix_seconds(s.started); }>},
    {{"process_cpu_seconds", Type::kCounter, "seconds", {}, "Time on the CPU, of the program and of the kernel for it"},
     write_one<[](const Source& s) { return s.process.cpu_seconds; }>},
    {{"process_resident_memory_bytes", Type::kGauge, "bytes", {}, "Memory that is resident"},
     write_one<[](const Source& s) { return s.process.resident_bytes; }>},
    {{"process_virtual_memory_bytes", Type::kGauge, "bytes", {}, "Memory that is mapped"},
     write_one<[](const Source& s) { return s.process.virtual_bytes; }>},
    {{"process_open_fds", Type::kGauge, "", {}, "Descriptors that are open"},
     write_one<[](const Source& s) { return s.process.open_fds; }>},
    {{"process_max_fds", Type::kGauge, "", {}, "The most descriptors that may be open"},
     write_one<[](const Source& s) { return s.process.max_fds; }>},
};

}  // namespace

std::span<const Row> table() { return kTable; }

std::string render(const Source& source, Format format) {
  Page page(format);
  for (const Row& row : kTable) {
    page.begin(row.head);
    row.write(page, source);
  }
  return std::move(page).finish();
}

}  // namespace sessiond::metrics
