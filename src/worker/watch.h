#pragma once

#include <ctime>
#include <memory>
#include <span>
#include <vector>

#include "worker/loop.h"

namespace sessiond {

/// Feeds systemd's watchdog (sd_watchdog_enabled(3)) for as long as every loop turns. A loop that
/// hangs is named in the log and the feeding stops, so that systemd restarts the worker. Belongs
/// to the main thread.
class Watch {
 public:
  explicit Watch(std::span<const std::unique_ptr<Loop>> loops);

  /// How often to look, and how often loops say that they turn. A quarter of systemd's period.
  [[nodiscard]] timespec interval() const;
  [[nodiscard]] double seconds() const { return seconds_; }

  void look();

 private:
  std::span<const std::unique_ptr<Loop>> loops_;
  double seconds_;
  std::vector<bool> hangs_;
};

}  // namespace sessiond
