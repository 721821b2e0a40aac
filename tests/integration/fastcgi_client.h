#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "integration/peer.h"

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
/// A whole request for /healthz.
inline const std::string kHealthz = request("GET", "/healthz");
/// A whole POST of a JSON body, if there is one, to `path`.
[[nodiscard]] std::string post(const std::string& path, const std::string& json, const std::string& token = "");

}  // namespace fastcgi

/// A connection to the worker's public socket, as nginx holds them.
class FastCgiClient : public Peer {
 public:
  using Peer::Peer;

  [[nodiscard]] Response read_response() override;
};

}  // namespace sessiond::test
