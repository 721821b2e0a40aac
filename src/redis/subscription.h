#pragma once

#include <ev++.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <memory_resource>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "redis/address.h"
#include "redis/channel.h"
#include "redis/dial.h"
#include "redis/reply.h"
#include "redis/reply_reader.h"

namespace sessiond {

/// Receives what is published on a channel of Redis, over a connection of its own to any of several servers: in a Redis
/// Cluster each server passes on what is published at any. Redis keeps no message for a client that is not connected,
/// so after a reconnect some may have been missed. When a server is lost, or does not answer a PING in time, the next
/// is tried. Never blocks. Belongs to the loop's thread.
class Subscription final : public ReplyReceiver {
 public:
  struct Events {
    std::function<std::vector<Endpoint>()> servers;  // whom to try now, in turn; at least one
    std::function<void()> begun;                     // from now on messages are received
    std::function<void(std::string_view)> heard;     // a message
  };

  /// `address` has the user, the password, TLS and the timeout.
  Subscription(ev::loop_ref loop, RedisAddress address, std::string channel, Events events);

  /// Begins. The destructor ends it.
  void start();

 private:
  void try_next();
  void on_dialed(Result<Channel> dialed);
  void send(std::string_view bytes);
  void on_readable();
  void take_replies();
  [[nodiscard]] bool take(const Reply& reply);
  void on_tick();
  void drop(const std::string& reason);
  void hang_up();
  Reply* next_reply() override;
  std::pmr::memory_resource* memory_of_next_reply() override { return &memory_; }

  ev::loop_ref loop_;
  RedisAddress address_;
  std::string channel_name_;
  Events events_;
  std::size_t tried_ = 0;  // servers, so far
  std::unique_ptr<Dial> dial_;
  Channel channel_;
  std::optional<ReplyReader> reader_;
  Reply reply_;
  std::pmr::monotonic_buffer_resource memory_;  // of the reply
  bool password_sent_ = false;                  // and not yet answered
  bool begun_ = false;                          // on this connection
  bool trouble_logged_ = false;
  ev_tstamp heard_at_ = 0;  // anything
  ev::io readable_;
  ev::timer tick_;
  ev::timer retry_;
};

}  // namespace sessiond
