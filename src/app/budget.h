#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace sessiond {

/// Bounds how many wrong grant codes all clients together may try in a minute, so that guessing
/// stays hopeless whatever a proxy in front does or fails to do. One for all loops; taking from
/// it is one atomic operation.
class RedeemBudget {
 public:
  explicit RedeemBudget(std::int64_t failures_a_minute) : most_(failures_a_minute) {}

  /// Takes one attempt from this minute's budget; false when none is left.
  [[nodiscard]] bool take();

  /// Gives an attempt back: it was no guess.
  void give_back() { spent_.fetch_sub(1, std::memory_order_relaxed); }

 private:
  std::int64_t most_;
  std::atomic<std::int64_t> minute_{-1};
  std::atomic<std::int64_t> spent_{0};
};

}  // namespace sessiond
