#pragma once

#include <ev++.h>

#include <chrono>
#include <functional>
#include <stdexcept>

#include "integration/process.h"

namespace sessiond::test {

/// An event loop, for what is tested without a worker.
class OwnLoop {
 public:
  /// Turns until then. Throws when it does not come.
  void run_until(const std::function<bool()>& enough) {
    const auto until = std::chrono::steady_clock::now() + kPatience;
    while (!enough()) {
      if (std::chrono::steady_clock::now() > until) throw std::runtime_error("what a test waits for does not happen");
      ev::timer end(loop);  // of this turn, where nothing happens
      end.set<OwnLoop, &OwnLoop::nothing>(this);
      end.start(0.01);
      loop.run(ev::ONCE);
    }
  }

  ev::dynamic_loop loop;

 private:
  void nothing() {}
};

}  // namespace sessiond::test
