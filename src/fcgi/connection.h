#pragma once

#include <ev++.h>
#include <fcgiapp.h>

#include <functional>
#include <string>

#include "base/fd.h"
#include "http/request.h"

namespace sessiond::fcgi {

class Connection;

/// What a connection tells the loop that owns it.
struct Events {
  /// A whole request has come. The views in it hold until `respond` or `close`. The receiver
  /// calls `respond` once, now or later.
  std::function<void(Connection&, http::Request)> on_request;
  /// The connection is finished; the receiver destroys it, at once if it likes.
  std::function<void(Connection&)> on_end;
};

/// One FastCGI connection that nginx holds open. An idle one costs a watched descriptor.
/// libfcgi reads and writes with blocking calls, so it is handed the connection only when a
/// whole request waits in the socket's buffer, and a long answer only as much at a time as the
/// socket takes at once: a peer that stops halfway, sending or reading, delays nobody, and is cut
/// off after `receive_timeout` seconds. The only class that knows libfcgi, including the fields
/// that its header asks not to use.
class Connection {
 public:
  Connection(ev::loop_ref loop, Fd fd, http::Realm realm, double receive_timeout, const Events& events);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Sends the whole CGI response to the request that on_request announced, now or, where it is
  /// long, as the peer reads it.
  void respond(std::string cgi_response);

  /// Takes no further request: ends now when idle, or after the response that is due. One that has
  /// had no request yet still gets its first.
  void finish();

 private:
  void on_readable();
  void look();
  void take_request();
  void send_piece();
  void finish_request();
  void end();

  const Events& events_;
  http::Realm realm_;
  double receive_timeout_;
  Fd fd_;
  FCGX_Request request_{};
  std::string path_buffer_;
  std::string response_;
  std::size_t sent_ = 0;         // of response_
  ev_tstamp waiting_since_ = 0;  // for the rest of a request; 0 when idle
  bool used_ = false;
  bool in_request_ = false;
  bool keep_ = true;
  ev::io readable_;
  ev::timer again_;
  ev::io writable_;
  ev::timer patience_;  // with a peer that does not read
};

/// Prepares libfcgi, which installs signal handlers of its own: call before setting any.
void open_library();

}  // namespace sessiond::fcgi
