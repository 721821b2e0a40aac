#pragma once

#include <ev++.h>

#include <functional>
#include <string>

#include "base/result.h"
#include "redis/address.h"
#include "redis/channel.h"
#include "redis/resolve.h"

namespace sessiond {

/// Connects to Redis: looks its name up, if it has one, each time anew, and tries all addresses in turn
/// until one connects and, where the endpoint has TLS, has proven who it is.
/// Takes no longer than the timeout, of which each address gets an equal share, so that a dead
/// one leaves time for the next. Never blocks. Belongs to the loop's thread.
class Dial {
 public:
  /// A channel that bytes can be sent over, or why there is none, for people.
  using Ended = std::function<void(Result<Channel>)>;

  /// Each `start` ends with one call of `ended`, perhaps before it returns, unless `stop` comes first.
  /// `timeout` in seconds.
  Dial(ev::loop_ref loop, const Endpoint& endpoint, const TlsIdentity& identity, double timeout, Ended ended);

  void start();
  void stop();

 private:
  void try_all(SocketAddresses addresses);
  void try_next();
  void on_found(const Result<SocketAddresses>& found);
  void await(int events);
  void on_ready();
  void on_connected();
  void shake_hands();
  void on_timeout();
  void give_up_this_one(const std::string& reason);
  void note_failure(const std::string& reason);
  void end(Result<Channel> result);

  Endpoint endpoint_;
  TlsIdentity identity_;
  double timeout_;
  Ended ended_;
  Lookup lookup_;
  ev_tstamp deadline_ = 0;
  SocketAddresses addresses_;
  std::size_t next_ = 0;  // of addresses_
  Channel channel_;       // that is connecting
  bool connected_ = false;
  std::string failures_;  // of the addresses so far
  ev::io ready_;
  ev::timer timer_;
};

}  // namespace sessiond
