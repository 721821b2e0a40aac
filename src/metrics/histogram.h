#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "metrics/counter.h"

namespace sessiond::metrics {

/// The longest time, in seconds, that each bucket of a histogram takes. Behind these is one for what takes longer.
inline constexpr std::array<double, 15> kBounds = {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                                                   0.05,   0.1,     0.25,   0.5,   1,      2.5,   10};
static_assert(std::has_single_bit(kBounds.size() + 1), "as the search for a bucket wants it");

/// Counts durations. Written by one thread, as a Counter is.
class Histogram {
 public:
  /// A negative time, as after a clock was set back, counts as 0.
  void add(double seconds);
  /// How many are in one bucket alone.
  [[nodiscard]] std::uint64_t bucket(std::size_t number) const { return buckets_[number].value(); }
  /// The sum of all times, in seconds.
  [[nodiscard]] double sum() const { return sum_.load(std::memory_order_relaxed); }

 private:
  std::array<Counter, kBounds.size() + 1> buckets_;
  std::atomic<double> sum_{0};
};

}  // namespace sessiond::metrics
