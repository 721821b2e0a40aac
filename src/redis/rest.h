#pragma once

#include <ev++.h>

#include <coroutine>

namespace sessiond {

/// Awaited by whoever has time: returns after so many seconds, while others are served. Belongs to its loop's thread.
class Rest {
 public:
  Rest(ev::loop_ref loop, double seconds) : timer_(loop), seconds_(seconds) {}
  Rest(const Rest&) = delete;
  Rest& operator=(const Rest&) = delete;

  bool await_ready() const noexcept { return seconds_ <= 0; }
  void await_suspend(std::coroutine_handle<> awaiting) {
    awaiting_ = awaiting;
    timer_.set<Rest, &Rest::end>(this);
    timer_.start(seconds_);
  }
  void await_resume() const noexcept {}

 private:
  void end() { awaiting_.resume(); }

  ev::timer timer_;
  double seconds_;
  std::coroutine_handle<> awaiting_;
};

}  // namespace sessiond
