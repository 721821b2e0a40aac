#include "app/budget.h"

#include <algorithm>

namespace sessiond {

using std::chrono::duration_cast;
using std::chrono::minutes;
using std::chrono::nanoseconds;

RedeemBudget::RedeemBudget(std::int64_t failures_a_minute)
    : one_(nanoseconds(minutes(1)).count() / failures_a_minute), all_(one_ * failures_a_minute) {}

bool RedeemBudget::take(Clock::time_point now) {
  const std::int64_t at = duration_cast<nanoseconds>(now.time_since_epoch()).count();
  std::int64_t full_at = full_at_.load(std::memory_order_relaxed);
  std::int64_t then = 0;
  do {
    then = std::max(full_at, at) + one_;
    if (then > at + all_) return false;
  } while (!full_at_.compare_exchange_weak(full_at, then, std::memory_order_relaxed));
  return true;
}

std::int64_t RedeemBudget::left(Clock::time_point now) const {
  const std::int64_t at = duration_cast<nanoseconds>(now.time_since_epoch()).count();
  const std::int64_t missing = std::max<std::int64_t>(full_at_.load(std::memory_order_relaxed) - at, 0);
  return std::max<std::int64_t>(all_ - missing, 0) / one_;
}

}  // namespace sessiond
