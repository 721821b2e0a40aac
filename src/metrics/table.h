#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "metrics/counters.h"
#include "metrics/page.h"
#include "metrics/process.h"

namespace sessiond::metrics {

/// What a page is made from: the counters, and what other parts of the process know at the moment.
struct Source {
  struct RouteName {
    std::string_view path;
    std::string_view method;
  };
  /// How many wrong codes of one kind may be tried now, and at most.
  struct Budget {
    std::uint64_t left = 0;
    std::uint64_t size = 0;
  };

  std::span<const Counters> loops;
  std::span<const RouteName> routes;  // by their number; no more than kMostRoutes
  std::chrono::system_clock::time_point started;
  std::uint64_t under_way = 0;
  std::uint64_t most_under_way = 0;
  std::array<Budget, kCodes.size()> budgets{};  // by Code
  ProcessFigures process;
};

/// A row of the table in `table.cc`: a metric, and what writes its series.
struct Row {
  Head head;
  void (*write)(Page& page, const Source& source);
};

/// The whole table, for whoever shows something of every metric.
[[nodiscard]] std::span<const Row> table();

/// The page of all metrics.
[[nodiscard]] std::string render(const Source& source, Format format);

}  // namespace sessiond::metrics
