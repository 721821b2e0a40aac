#pragma once

#include <cstddef>
#include <utility>

namespace sessiond::log {

/// Lets one line a second into the log, and counts those between: what happens again and again is not to fill the disk.
/// For one thread.
class OnceASecond {
 public:
  /// Whether what happens now, in seconds, is to be noted.
  bool take(double now) {
    if (now >= noted_at_ && now - noted_at_ < 1) {  // a clock may be set back
      ++unnoted_;
      return false;
    }
    noted_at_ = now;
    return true;
  }
  /// How many were not, since this was last asked.
  std::size_t unnoted() { return std::exchange(unnoted_, 0); }

 private:
  double noted_at_ = -1;
  std::size_t unnoted_ = 0;
};

}  // namespace sessiond::log
