#pragma once

#include <ev++.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "redis/address.h"
#include "redis/channel.h"
#include "redis/dial.h"
#include "redis/inquiry.h"
#include "redis/reply.h"

namespace sessiond {

/// The way to the primary: the server that the address names or, where it names sentinels, the one that they call the
/// primary now. Sentinels are asked in turn; one that has heard of fewer failovers than another is not believed. When
/// none answers, the last known primary is used. Never blocks. Belongs to the loop's thread.
class Primary {
 public:
  /// `connected` as Dial's `Ended`. `moved` tells that another server than the connected one is the primary now.
  struct Events {
    Dial::Ended connected;
    std::function<void(const Endpoint&)> moved;
  };

  Primary(ev::loop_ref loop, const RedisAddress& address, Events events);

  /// Each `start` ends with one call of `connected`, perhaps before it returns, unless `stop` comes first.
  void start();
  void stop();
  /// While connected: asks the sentinels, if there are any, whether the primary is still the same.
  void ask_again();
  /// The server that was connected to cannot be used: another sentinel is asked next.
  void doubt();

 private:
  [[nodiscard]] Result<Done> read_epoch(const Reply& master);
  [[nodiscard]] Result<Done> read_place(const Reply& place, const Endpoint& sentinel);
  void on_told(const Result<Done>& told);
  void note(const Result<Done>& told);
  void dial(const Endpoint& server);

  ev::loop_ref loop_;
  RedisAddress address_;
  Events events_;
  std::unique_ptr<Inquiry> sentinels_;  // null where the address names the server itself
  Endpoint told_;                       // by the last sentinel that answered
  long long epoch_told_ = 0;            // by it: how many failovers it has heard of
  long long epoch_ = 0;                 // the latest heard of, since a primary was connected to
  std::optional<Endpoint> server_;      // last known
  std::unique_ptr<Dial> dial_;          // to it
  bool starting_ = false;
  bool trouble_logged_ = false;
};

}  // namespace sessiond
