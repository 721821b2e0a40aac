#pragma once

#include <ev++.h>

#include <memory>
#include <string>

#include "base/fd.h"
#include "base/task.h"
#include "httpd/reader.h"
#include "peer/connection.h"

namespace sessiond::httpd {

/// One HTTP/1.1 connection. It handles one request at a time: a pipelined one waits for the answer to the one before. A
/// peer that stops halfway, sending or reading, delays nobody, and is cut off after `receive_timeout` seconds. An
/// answer in parts is the last of its connection.
class Connection : public sessiond::Connection {
 public:
  Connection(ev::loop_ref loop, Fd fd, http::Realm realm, double receive_timeout, const Events& events);

  void respond(http::Response response, const http::Request& request) override;
  void finish() override;

 private:
  void on_readable();
  void read();
  void read_next();
  void act_on(Progress progress);
  void refuse();
  void send(std::string bytes);
  void send_some();
  void finish_response();
  Detached send_parts();
  void linger();
  void lose_patience();
  void end();

  const Events& events_;
  double receive_timeout_;
  Fd fd_;
  RequestReader reader_;
  std::string output_;
  std::size_t sent_ = 0;  // of output_
  std::shared_ptr<http::Parts> parts_;
  bool used_ = false;
  bool in_request_ = false;
  bool keep_ = true;
  bool refused_ = false;  // the last request
  bool finishing_ = false;
  ev::io readable_;
  ev::io writable_;
  ev::timer next_;      // handles a pipelined request in the next turn of the loop
  ev::timer patience_;  // with a peer that does not send the rest, or does not read
};

}  // namespace sessiond::httpd
