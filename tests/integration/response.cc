#include "integration/response.h"

#include <algorithm>
#include <cctype>
#include <stdexcept>

namespace sessiond::test {

std::optional<std::string> Response::header(std::string_view name) const {
  std::optional<std::string> joined;
  const auto [first, last] = headers.equal_range(name);
  for (auto each = first; each != last; ++each) joined = joined ? *joined + ", " + each->second : each->second;
  return joined;
}

std::string all_of(const Response& response) {
  std::string all = std::to_string(response.status);
  for (const auto& [name, value] : response.headers) all.append("\n").append(name).append(": ").append(value);
  return all + "\n\n" + response.body;
}

std::string bytes_of(Response response) {
  response.headers.erase("x-request-id");
  response.headers.erase("date");
  return all_of(response);
}

void add_header_line(Response& response, std::string_view line) {
  while (!line.empty() && (line.back() == '\r' || line.back() == '\n')) line.remove_suffix(1);
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return;
  std::string name(line.substr(0, colon));
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const std::size_t value = line.find_first_not_of(' ', colon + 1);
  response.headers.emplace(name, value == std::string_view::npos ? "" : line.substr(value));
}

Response parse_cgi_response(std::string_view text) {
  Response response;
  for (;;) {
    const std::size_t end = text.find("\r\n");
    if (end == std::string_view::npos) throw std::runtime_error("a CGI response without an end of its headers");
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 2);
    if (line.empty()) break;
    add_header_line(response, line);
  }
  response.status = std::stoi(response.header("status").value_or("200"));
  response.headers.erase("status");  // HTTP has a line for it
  response.body = text;
  return response;
}

}  // namespace sessiond::test
