#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/fd.h"
#include "integration/response.h"

namespace sessiond::test {

/// Bytes of the FastCGI protocol, version 1.0, written here independently of the product and of
/// libfcgi.
namespace fastcgi {

enum Type : std::uint8_t {
  kBeginRequest = 1,
  kAbortRequest = 2,
  kEndRequest = 3,
  kParams = 4,
  kStdin = 5,
  kStdout = 6,
  kStderr = 7,
  kData = 8,
  kGetValues = 9,
};

using Parameters = std::vector<std::pair<std::string, std::string>>;

/// One record.
[[nodiscard]] std::string record(unsigned type, std::string_view content, unsigned request_id = 1,
                                 std::size_t padding = 0);
/// BEGIN_REQUEST's record.
[[nodiscard]] std::string begin(bool keep, unsigned role = 1, unsigned request_id = 1);
/// Name-value pairs as PARAMS has them.
[[nodiscard]] std::string pairs(const Parameters& parameters);
/// A whole request, as nginx writes it.
[[nodiscard]] std::string request(const Parameters& parameters, std::string_view body = "", bool keep = true);
/// A whole request for `path`, with a bearer token if there is one.
[[nodiscard]] std::string request(const std::string& method, const std::string& path, const std::string& token = "",
                                  bool keep = true);
/// A whole POST of a JSON body, if there is one, to `path`.
[[nodiscard]] std::string post(const std::string& path, const std::string& json, const std::string& token = "");

}  // namespace fastcgi

/// A connection to one of the worker's sockets, as nginx holds them. The test fails where an answer is not
/// as the contract promises of all.
class FastCgiClient {
 public:
  explicit FastCgiClient(const std::string& socket);

  /// False when the worker has closed the connection.
  bool write(std::string_view bytes);
  /// Waits until the worker has taken all that was written.
  void wait_until_taken() const;
  /// Whether something of an answer, or the end, is there.
  [[nodiscard]] bool readable() const;
  /// Waits for the whole answer to one request. Throws when the worker closes first.
  [[nodiscard]] Response read_response();
  [[nodiscard]] Response ask(std::string_view request);
  /// Waits, without reading, until the worker closes the connection.
  void wait_for_end() const;
  /// Waits until the worker closes the connection. What it sent before.
  [[nodiscard]] std::string read_to_end();

 private:
  Fd fd_;
  std::string buffer_;
};

}  // namespace sessiond::test
