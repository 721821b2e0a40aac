#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace sessiond {

/// Limits how many wrong codes of one kind all clients together may try, so that guessing stays hopeless even when a
/// proxy in front limits nothing. Attempts come back steadily, one at a time. So somebody who uses all of them up
/// delays others only until the next comes back, which the next caller gets. One for all loops, without a lock.
class RedeemBudget {
 public:
  using Clock = std::chrono::steady_clock;

  /// Full, it holds a minute's attempts. At least 1.
  explicit RedeemBudget(std::int64_t failures_a_minute);

  /// Takes one attempt; false when none is left.
  [[nodiscard]] bool take(Clock::time_point now = Clock::now());

  /// Gives an attempt back: it was no guess.
  void give_back() { full_at_.fetch_sub(one_, std::memory_order_relaxed); }

  /// How many attempts can be taken now, and how many when it is full.
  [[nodiscard]] std::int64_t left(Clock::time_point now = Clock::now()) const;
  [[nodiscard]] std::int64_t size() const { return all_ / one_; }

 private:
  std::int64_t one_;  // the time in which one attempt comes back, in nanoseconds
  std::int64_t all_;  // the same for all that it holds
  // When it will be full again if nobody takes more: how far that lies ahead says how much is missing.
  std::atomic<std::int64_t> full_at_{0};
};

}  // namespace sessiond
