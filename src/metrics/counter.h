#pragma once

#include <array>
#include <atomic>
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

}  // namespace sessiond::metrics
