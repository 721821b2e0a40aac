#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "app/budget.h"

namespace sessiond {

/// Counts the requests under way and bounds them: with more than the machine can serve, each would
/// wait for all the others, so those beyond the bound are told at once to come back. Entering is one
/// atomic operation.
class Load {
 public:
  explicit Load(std::int64_t most) : most_(most) {}

  struct Leave {
    void operator()(Load* load) const { load->count_.fetch_sub(1, std::memory_order_relaxed); }
  };
  /// A request's place among those under way, until this goes. Null when there was none left.
  using Place = std::unique_ptr<Load, Leave>;

  [[nodiscard]] Place enter() {
    Place place(this);
    if (count_.fetch_add(1, std::memory_order_relaxed) >= most_) place.reset();
    return place;
  }

 private:
  std::int64_t most_;
  std::atomic<std::int64_t> count_{0};
};

/// What all loops of the process share.
struct Limits {
  Limits(std::int64_t redeem_failures, std::int64_t requests) : redeem(redeem_failures), load(requests) {}

  RedeemBudget redeem;
  Load load;
};

}  // namespace sessiond
