#include "worker/watch.h"

#include <systemd/sd-daemon.h>

#include <cstdint>
#include <string>

#include "log/log.h"

namespace sessiond {
namespace {

constexpr double kWithoutSystemd = 2.5;  // seconds; a loop that hangs is worth a line in any log

double choose_seconds() {
  std::uint64_t microseconds = 0;
  if (sd_watchdog_enabled(0, &microseconds) <= 0) return kWithoutSystemd;
  return static_cast<double>(microseconds) / 1e6 / 4;
}

}  // namespace

Watch::Watch(std::span<const std::unique_ptr<Loop>> loops)
    : loops_(loops), seconds_(choose_seconds()), hangs_(loops.size()) {}

timespec Watch::interval() const {
  const auto whole = static_cast<time_t>(seconds_);
  return {whole, static_cast<long>((seconds_ - static_cast<double>(whole)) * 1e9)};
}

void Watch::look() {
  bool all_turn = true;
  for (std::size_t i = 0; i < loops_.size(); ++i) {
    const bool hangs = loops_[i]->seconds_since_turn() > 2 * seconds_;
    if (hangs != hangs_[i]) {
      const std::string name = "loop " + std::to_string(i + 1) + " of " + std::to_string(loops_.size());
      if (hangs) log::error(name + " hangs: the watchdog is not fed until it turns again");
      else log::warning(name + " turns again");
    }
    hangs_[i] = hangs;
    all_turn = all_turn && !hangs;
  }
  if (all_turn) sd_notify(0, "WATCHDOG=1");
}

}  // namespace sessiond
