#pragma once

#include <algorithm>
#include <atomic>

namespace sessiond::metrics {

/// The turns of one loop: each begins when the loop wakes, and ends when it waits again. Whatever comes during a turn
/// waits for its end. Noted by the loop's thread; any thread may ask how long turns take. Times are Unix times in
/// seconds, as the loop has them anyway. So when the clock is set forward, one turn seems to have taken that long.
class Turns {
 public:
  void begin(double now) { began_.store(now, kRelaxed); }
  void end(double now) {
    if (!under_way()) return;  // the loop waits for the first time
    const double since = began();
    began_.store(0, kRelaxed);
    const double seconds = std::max(now - since, 0.0);
    busy_.store(busy() + seconds, kRelaxed);
    if (now >= minute_ends_.load(kRelaxed)) begin_minute(now);
    if (seconds > longest_.load(kRelaxed)) longest_.store(seconds, kRelaxed);
  }

  [[nodiscard]] bool under_way() const { return began() > 0; }
  /// When the turn under way began; 0 between turns.
  [[nodiscard]] double began() const { return began_.load(kRelaxed); }

  /// How long all of them took together, in seconds.
  [[nodiscard]] double busy() const { return busy_.load(kRelaxed); }
  /// The longest turn of the last one to two minutes, in seconds. One that is under way counts with its time so far.
  [[nodiscard]] double longest(double now) const;

 private:
  static constexpr auto kRelaxed = std::memory_order_relaxed;
  void begin_minute(double now);

  std::atomic<double> began_{0};
  std::atomic<double> busy_{0};
  std::atomic<double> minute_ends_{0};
  std::atomic<double> longest_{0};         // in this minute
  std::atomic<double> longest_before_{0};  // in the last one
};

}  // namespace sessiond::metrics
