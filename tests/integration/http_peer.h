#pragma once

#include <string>
#include <string_view>

#include "integration/fastcgi_client.h"
#include "integration/peer.h"

namespace sessiond::test {

/// Bytes of HTTP/1.1 (RFC 9112), written here independently of the product and of its library.
namespace http1 {

/// A whole request for `path`, with a bearer token if there is one.
[[nodiscard]] std::string request(const std::string& method, const std::string& path, const std::string& token = "");
/// A whole POST of a JSON body, if there is one, to `path`.
[[nodiscard]] std::string post(const std::string& path, const std::string& json, const std::string& token = "");
/// The request of which a server would tell a FastCGI program these parameters.
[[nodiscard]] std::string request(const fastcgi::Parameters& parameters, std::string_view body = "");

}  // namespace http1

/// A connection to the worker's internal or check socket.
class HttpPeer : public Peer {
 public:
  using Peer::Peer;

  bool write(std::string_view bytes) override;
  /// Also an interim response, 100, is one.
  [[nodiscard]] Response read_response() override;

 private:
  bool asked_for_head_ = false;  // by what was written last
};

}  // namespace sessiond::test
