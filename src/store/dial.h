#pragma once

#include <ev++.h>

#include <functional>
#include <string>

#include "base/fd.h"
#include "base/result.h"
#include "store/address.h"
#include "store/resolve.h"

namespace sessiond {

/// Connects to Redis: looks its name up, if it has one, each time anew, and tries all addresses in turn
/// until one connects.
/// Takes no longer than the timeout, of which each address gets an equal share, so that a dead
/// one leaves time for the next. Never blocks. Belongs to the loop's thread.
class Dial {
 public:
  /// A connected socket that does not block, or why there is none, for people.
  using Ended = std::function<void(Result<Fd>)>;

  /// Each `start` ends with one call of `ended`, perhaps before it returns, unless `stop` comes first.
  /// `timeout` in seconds.
  Dial(ev::loop_ref loop, const Endpoint& endpoint, double timeout, Ended ended);

  void start();
  void stop();

 private:
  void try_all(SocketAddresses addresses);
  void try_next();
  void on_found(const Result<SocketAddresses>& found);
  void on_writable();
  void on_timeout();
  void note_failure(const std::string& reason);
  void end(Result<Fd> result);

  Endpoint endpoint_;
  double timeout_;
  Ended ended_;
  Lookup lookup_;
  ev_tstamp deadline_ = 0;
  SocketAddresses addresses_;
  std::size_t next_ = 0;  // of addresses_
  Fd fd_;                 // that is connecting
  std::string failures_;  // of the addresses so far
  ev::io writable_;
  ev::timer timer_;
};

}  // namespace sessiond
