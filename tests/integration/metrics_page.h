#pragma once

#include <map>
#include <string>
#include <vector>

#include "integration/worker.h"

namespace sessiond::test {

/// Series of a page of metrics, each as it is written there, with its value.
using Series = std::map<std::string, double>;

inline constexpr const char* kOpenMetrics = "Accept: application/openmetrics-text; version=1.0.0";

/// What GET /metrics answers on this internal socket, as text.
[[nodiscard]] std::string page_of(const std::string& socket);

/// The series of a page. Adds a failure where one is there twice.
[[nodiscard]] Series series_in(const std::string& page);

/// The series of the worker's page.
[[nodiscard]] Series scrape(const Worker& worker);

/// Those with one of these beginnings that are not 0.
[[nodiscard]] Series counted(const Series& all, const std::vector<std::string>& beginnings);

}  // namespace sessiond::test
