#include "integration/waiting.h"

#include <stdexcept>
#include <thread>

namespace sessiond::test {
namespace {

using Clock = std::chrono::steady_clock;

// Leaves the processors to what is waited for.
constexpr std::chrono::milliseconds kPause{3};

}  // namespace

bool happens(const std::function<bool()>& so) {
  for (const auto until = Clock::now() + kPatience; !so(); std::this_thread::sleep_for(kPause)) {
    if (Clock::now() > until) return false;
  }
  return true;
}

void wait_for(const std::string& what, const std::function<bool()>& so) {
  if (!happens(so)) throw std::runtime_error(what + ": does not happen");
}

bool stays(const std::function<bool()>& so, std::chrono::milliseconds time) {
  for (const auto until = Clock::now() + time; so(); std::this_thread::sleep_for(kPause)) {
    if (Clock::now() > until) return true;
  }
  return false;
}

}  // namespace sessiond::test
