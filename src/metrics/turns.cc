#include "metrics/turns.h"

namespace sessiond::metrics {
namespace {

constexpr double kMinute = 60;

}  // namespace

void Turns::begin_minute(double now) {
  const bool follows = now < minute_ends_.load(kRelaxed) + kMinute;
  longest_before_.store(follows ? longest_.load(kRelaxed) : 0, kRelaxed);
  longest_.store(0, kRelaxed);
  minute_ends_.store(now + kMinute, kRelaxed);
}

// 0 when the loop had no turn in the last minutes.
double Turns::longest(double now) const {
  const double passed = now - minute_ends_.load(kRelaxed);
  double longest = passed < kMinute ? longest_.load(kRelaxed) : 0;
  if (passed < 0) longest = std::max(longest, longest_before_.load(kRelaxed));
  if (const double since = began(); since > 0) longest = std::max(longest, now - since);
  return longest;
}

}  // namespace sessiond::metrics
