#include "metrics/histogram.h"

namespace sessiond::metrics {

void Histogram::add(double seconds) {
  std::size_t bucket = 0;
  for (std::size_t step = buckets_.size() / 2; step > 0; step /= 2) {
    if (seconds > kBounds[bucket + step - 1]) bucket += step;
  }
  buckets_[bucket].add();
  if (seconds > 0) sum_.store(sum() + seconds, std::memory_order_relaxed);
}

}  // namespace sessiond::metrics
