#pragma once

#include <ev++.h>
#include <fcgiapp.h>

#include <string>

#include "base/fd.h"
#include "peer/connection.h"

namespace sessiond::fcgi {

/// One FastCGI connection that nginx holds open: the public realm.
/// libfcgi reads and writes with blocking calls, so it is handed the connection only when a
/// whole request waits in the socket's buffer, and a long answer only as much at a time as the
/// socket takes at once: a peer that stops halfway, sending or reading, delays nobody, and is cut
/// off after `receive_timeout` seconds. The only class that knows libfcgi, including the fields
/// that its header asks not to use.
class Connection : public sessiond::Connection {
 public:
  Connection(ev::loop_ref loop, Fd fd, double receive_timeout, const Events& events);
  ~Connection() override;

  void respond(http::Response response, const http::Request& request) override;
  void finish() override;

 private:
  void on_readable();
  void look();
  void take_request();
  void send_piece();
  void finish_request();
  void end();

  const Events& events_;
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
