#pragma once

#include <cstddef>
#include <utility>

namespace sessiond::log {

/// Lets one line a second into the log and counts the others, so that a frequent event does not fill the disk. For one
/// thread.
class OnceASecond {
 public:
  /// Whether an event at `now`, in seconds, is to be logged.
  bool take(double now) {
    if (now >= noted_at_ && now - noted_at_ < 1) {  // a clock may be set back
      ++unnoted_;
      return false;
    }
    noted_at_ = now;
    return true;
  }
  /// How many events were not logged since the last call.
  std::size_t unnoted() { return std::exchange(unnoted_, 0); }

 private:
  double noted_at_ = -1;
  std::size_t unnoted_ = 0;
};

}  // namespace sessiond::log
