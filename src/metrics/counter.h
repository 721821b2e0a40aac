#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace sessiond::metrics {

/// A number that one thread counts and any thread may read. So counting takes neither a lock nor an instruction that
/// locks the bus.
class Counter {
 public:
  void add(std::uint64_t count = 1) { value_.store(value() + count, std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

/// The same for a number that also goes down.
class Gauge {
 public:
  void add(std::int64_t change) { set(value() + change); }
  void set(std::int64_t now) { value_.store(now, std::memory_order_relaxed); }
  [[nodiscard]] std::int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> value_{0};
};

/// One such number, a T, for each value of an enumeration that has `size` of them.
template <typename T, typename Enum, std::size_t size>
class Per {
 public:
  T& operator[](Enum which) { return numbers_[static_cast<std::size_t>(which)]; }
  const T& operator[](Enum which) const { return numbers_[static_cast<std::size_t>(which)]; }

 private:
  std::array<T, size> numbers_{};
};

/// The longest time, in seconds, that each bucket of a histogram takes. Behind these is one for what takes longer.
inline constexpr std::array<double, 15> kBounds = {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                                                   0.05,   0.1,     0.25,   0.5,   1,      2.5,   10};
static_assert(std::has_single_bit(kBounds.size() + 1), "as the search for a bucket wants it");

/// How many times took how long. Counted by one thread, as a Counter is.
class Histogram {
 public:
  /// A time that is less than none, as after a clock was set back, counts as none.
  void add(double seconds) {
    std::size_t bucket = 0;
    for (std::size_t step = buckets_.size() / 2; step > 0; step /= 2) {
      if (seconds > kBounds[bucket + step - 1]) bucket += step;
    }
    buckets_[bucket].add();
    if (seconds > 0) sum_.store(sum() + seconds, std::memory_order_relaxed);
  }
  /// How many are in one bucket alone.
  [[nodiscard]] std::uint64_t bucket(std::size_t number) const { return buckets_[number].value(); }
  /// Seconds, of all of them.
  [[nodiscard]] double sum() const { return sum_.load(std::memory_order_relaxed); }

 private:
  std::array<Counter, kBounds.size() + 1> buckets_;
  std::atomic<double> sum_{0};
};

}  // namespace sessiond::metrics
