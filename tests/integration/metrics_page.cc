#include "integration/metrics_page.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "integration/http_peer.h"

namespace sessiond::test {

std::string page_of(const std::string& socket) {
  const Response response = HttpPeer(socket).ask(http1::request("GET", "/metrics"));
  EXPECT_EQ(response.status, 200);
  return response.body;
}

Series series_in(const std::string& page) {
  Series series;
  std::istringstream lines(page);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with('#')) continue;
    const std::size_t space = line.rfind(' ');
    EXPECT_TRUE(series.emplace(line.substr(0, space), std::stod(line.substr(space + 1))).second) << line << " twice";
  }
  return series;
}

Series scrape(const Worker& worker) { return series_in(page_of(worker.internal_socket())); }

Series counted(const Series& all, const std::vector<std::string>& beginnings) {
  Series some;
  for (const auto& [name, value] : all) {
    const auto begins = [&text = name](const std::string& beginning) { return text.starts_with(beginning); };
    if (value != 0 && std::ranges::any_of(beginnings, begins)) some.emplace(name, value);
  }
  return some;
}

}  // namespace sessiond::test
