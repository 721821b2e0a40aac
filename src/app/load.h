#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

namespace sessiond {

/// Counts the requests under way and bounds them: with more than the machine can serve, each would
/// wait for all the others, so those beyond the bound are refused at once. A quarter more is kept for checks
/// alone, so that nobody is shut out of an application by somebody who asks for lists all the time.
/// Entering is one atomic operation.
class Load {
 public:
  enum class Work { kCheck, kOther };

  /// `most`: requests at once, checks among them, beyond which only checks enter. At least 1.
  explicit Load(std::int64_t most);

  struct Leave {
    void operator()(Load* load) const;
  };
  /// A request's place among those under way, which its destructor gives back. Null when there was none left.
  using Place = std::unique_ptr<Load, Leave>;

  [[nodiscard]] Place enter(Work work);

  /// How many are under way now. One that is just being refused may count, too.
  [[nodiscard]] std::int64_t under_way() const { return count_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::int64_t most() const { return most_; }

 private:
  std::int64_t most_;
  std::int64_t most_with_checks_;
  std::atomic<std::int64_t> count_{0};
};

}  // namespace sessiond
