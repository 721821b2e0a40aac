#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "redis/redis.h"

namespace sessiond {

/// A walk through all keys of one server that match a pattern of Redis, with SCAN: for operators, as it reads the names
/// of all keys there. A key that is there from start to end is met, perhaps more than once; one that comes or goes
/// meanwhile may be. In a Redis Cluster that holds while the layout stays (Redis::layout).
class Walk {
 public:
  /// `primary`: a slot of the server. `rate`: how many keys a second it looks at, at most, so that Redis has time for
  /// others; 0 for as many as it can.
  Walk(Redis& redis, Slot primary, std::string pattern, unsigned rate = 0)
      : redis_(redis), primary_(primary), pattern_(std::move(pattern)), rate_(rate) {}

  [[nodiscard]] bool over() const { return cursor_ == "0"; }

  /// The next few keys, perhaps none. Fails with kUnavailable, also when the account may not SCAN.
  Task<Result<std::vector<std::string>>> next();

 private:
  [[nodiscard]] double rest_before(unsigned count);

  Redis& redis_;
  Slot primary_;
  std::string pattern_;
  unsigned rate_;
  std::string cursor_;  // as Redis names it; empty before the first step
  double due_at_ = 0;   // of the next step, in seconds of the steady clock
};

/// The error of a walk through a Redis Cluster whose layout changed meanwhile.
[[nodiscard]] Error slots_have_moved();

}  // namespace sessiond
