#include "app/budget.h"

namespace sessiond {

bool RedeemBudget::take() {
  using namespace std::chrono;
  const std::int64_t now = duration_cast<minutes>(steady_clock::now().time_since_epoch()).count();
  std::int64_t minute = minute_.load(std::memory_order_relaxed);
  // One thread begins the new minute; what others took in the same instant may be forgotten.
  if (minute != now && minute_.compare_exchange_strong(minute, now, std::memory_order_relaxed)) {
    spent_.store(0, std::memory_order_relaxed);
  }
  if (spent_.fetch_add(1, std::memory_order_relaxed) < most_) return true;
  give_back();
  return false;
}

}  // namespace sessiond
