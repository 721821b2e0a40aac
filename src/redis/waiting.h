#pragma once

#include <ev++.h>

#include <cstddef>
#include <utility>
#include <vector>

namespace sessiond {

class Round;

/// A command whose reply is awaited.
struct Waiting {
  Round* round;       // null when the reply concerns nobody
  std::size_t index;  // of the command in its round
  ev_tstamp since;    // on this connection
};

/// Commands in the order of their replies. Unlike a std::deque it keeps its memory as they come and go.
class WaitingLine {
 public:
  [[nodiscard]] bool empty() const { return first_ == all_.size(); }
  [[nodiscard]] std::size_t size() const { return all_.size() - first_; }
  [[nodiscard]] const Waiting& front() const { return all_[first_]; }
  [[nodiscard]] const Waiting& back() const { return all_.back(); }
  [[nodiscard]] auto begin() const { return all_.begin() + static_cast<std::ptrdiff_t>(first_); }
  [[nodiscard]] auto end() const { return all_.end(); }

  void push_back(const Waiting& command) { all_.push_back(command); }
  void pop_front() {
    ++first_;
    if (empty() || (first_ >= kMostPassed && first_ >= size())) drop_passed();
  }
  /// Puts those of `others` behind its own, and leaves that empty.
  void take(WaitingLine& others) {
    if (empty()) std::swap(*this, others);
    else all_.insert(all_.end(), others.begin(), others.end());
    others.clear();
  }
  void clear() {
    all_.clear();
    first_ = 0;
  }

 private:
  static constexpr std::size_t kMostPassed = 64;  // or as many as there still are

  void drop_passed() {
    all_.erase(all_.begin(), begin());
    first_ = 0;
  }

  std::vector<Waiting> all_;
  std::size_t first_ = 0;  // of all_: those before it are through
};

}  // namespace sessiond
