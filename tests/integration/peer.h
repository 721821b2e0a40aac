#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "integration/response.h"

namespace sessiond::test {

/// A connection to one of the worker's sockets, as those hold them who ask there. The test fails where an
/// answer is not as the contract promises of all.
class Peer {
 public:
  explicit Peer(const std::string& socket);
  virtual ~Peer() = default;
  Peer(Peer&&) = default;
  Peer& operator=(Peer&&) = default;

  /// False when the worker has closed the connection.
  virtual bool write(std::string_view bytes);
  /// Tells the worker that nothing more is written.
  void say_no_more() const;
  /// Waits until the worker has taken all that was written.
  void wait_until_taken() const;
  /// Whether something of an answer, or the end, is there.
  [[nodiscard]] bool readable() const;
  /// Waits for the whole answer to one request. Throws when the worker closes first.
  [[nodiscard]] virtual Response read_response() = 0;
  [[nodiscard]] Response ask(std::string_view request);
  /// Waits, without reading, until the worker closes the connection.
  void wait_for_end() const;
  /// Waits until the worker closes the connection. What it sent before.
  [[nodiscard]] std::string read_to_end();

 protected:
  /// Waits for more of `buffer_`. Throws when the worker closes first.
  void read_more();

  std::string buffer_;  // what was sent and not yet read

 private:
  Fd fd_;
};

/// A connection to this socket in its protocol, which the socket's name tells: FastCGI to public.sock,
/// HTTP/1.1 to the others.
[[nodiscard]] std::unique_ptr<Peer> peer_of(const std::string& socket);

}  // namespace sessiond::test
