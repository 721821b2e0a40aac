#pragma once

#include <functional>

#include "http/request.h"
#include "http/response.h"

namespace sessiond {

class Connection;

/// What a connection tells the loop that owns it.
struct Events {
  /// A whole request has come. The views in it hold until `respond`. The receiver calls `respond`
  /// once, now or later.
  std::function<void(Connection&, http::Request)> on_request;
  /// What came is no valid request: the connection has answered it itself, with this status.
  std::function<void(int status)> on_refusal;
  /// The connection is finished; the receiver destroys it, at once if it likes.
  std::function<void(Connection&)> on_end;
};

/// One connection that a peer holds open, in whatever protocol. It belongs to one loop. An idle one
/// costs a watched descriptor.
class Connection {
 public:
  Connection() = default;
  virtual ~Connection() = default;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Sends the answer to the request that on_request announced, now or, where it is long, as the
  /// peer reads it.
  virtual void respond(http::Response response, const http::Request& request) = 0;

  /// Takes no further request: ends now when idle, or after the response that is due. A connection that has had no
  /// request yet still waits for its first.
  virtual void finish() = 0;
};

}  // namespace sessiond
