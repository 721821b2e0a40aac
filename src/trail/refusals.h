#pragma once

#include <cstddef>
#include <utility>

namespace sessiond {

/// Lets one refusal a second into the audit trail, and counts those between: whoever guesses is not to fill the disk.
/// Belongs to a loop.
class Refusals {
 public:
  /// Whether one that happens now, in seconds, is to be noted.
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

}  // namespace sessiond
