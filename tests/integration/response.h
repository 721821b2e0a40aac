#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace sessiond::test {

/// An answer, over HTTP or straight from the worker.
struct Response {
  int status = 0;
  std::multimap<std::string, std::string, std::less<>> headers;  // names in lower case
  std::string body;

  /// The values of a header, joined by `, `; nothing when it is absent. Name in lower case.
  [[nodiscard]] std::optional<std::string> header(std::string_view name) const;
};

/// All that an answer says.
[[nodiscard]] std::string all_of(const Response& response);

/// The same without what is new in each answer: its request id and the time of day.
[[nodiscard]] std::string bytes_of(Response response);

/// Adds `Name: value` to the headers, or does nothing when the line is no header.
void add_header_line(Response& response, std::string_view line);

/// Reads a CGI response (RFC 3875, section 6) from its text.
[[nodiscard]] Response parse_cgi_response(std::string_view text);

}  // namespace sessiond::test
