#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "integration/waiting.h"

namespace sessiond::test {

/// How often a word stands in a text, such as what a program printed.
[[nodiscard]] std::size_t count_of(const std::string& word, const std::string& text);

/// A text with each `from` that is in it replaced.
[[nodiscard]] std::string replaced(std::string text, const std::string& from, const std::string& to);

/// How a command ended, and what it said.
struct Outcome {
  int status;
  std::string said;
};

/// A program that the test started: ended, by its own pid, when this goes, and by the kernel
/// should the test die first.
class Process {
 public:
  /// Runs `arguments[0]`, found along the PATH, with standard output and error appended to the
  /// file `log`. `environment` holds `NAME=value` strings to add.
  Process(std::vector<std::string> arguments, std::string log, std::vector<std::string> environment = {});
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] bool running();
  /// What it has printed so far.
  [[nodiscard]] std::string log() const;
  /// The same of a command without its records of the audit trail, which it prints where there is no journal.
  [[nodiscard]] std::string said() const;
  /// Waits until it has printed `text`, which a log may be a moment behind with. False when it does not.
  [[nodiscard]] bool says(const std::string& text);

  void signal(int number) const;
  /// Stops it where it stands (SIGSTOP) and returns when it has; `resume` lets it go on.
  void pause() const;
  void resume() const;

  /// Waits until it ends. Its exit status, or 128 and the number of the signal that ended it.
  int wait();
  /// Whether it left a core dump. To be asked after it has ended.
  [[nodiscard]] bool dumped_core() const { return dumped_core_; }
  /// SIGTERM, then as `wait`.
  int stop();

  /// Returns once `ready` says so, looking now and then. Throws, with what the program printed,
  /// when it ends first or patience does.
  void wait_until(const std::function<bool()>& ready, const std::string& what);

 private:
  bool ends_within(std::chrono::milliseconds time);

  std::string log_;
  pid_t pid_ = -1;
  Fd pidfd_;
  std::optional<int> status_;
  bool dumped_core_ = false;
};

}  // namespace sessiond::test
