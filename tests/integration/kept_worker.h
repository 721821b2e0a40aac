#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/fd.h"
#include "integration/process.h"
#include "integration/temp_dir.h"

namespace sessiond::test {

/// The worker as systemd runs it: this keeps the listening sockets and hands them to each
/// worker that it starts (sd_listen_fds(3)), so that they outlive it, and hears what the worker
/// tells systemd (sd_notify(3)).
class KeptWorker {
 public:
  /// Opens the sockets; starts nothing. `options` are further words of the worker's command line.
  KeptWorker(const TempDir& folder, std::vector<std::string> options = {}, std::vector<std::string> environment = {});

  /// Starts a worker and returns when it has said that it is ready.
  void start();
  /// Ends the worker with SIGTERM. Its exit status.
  int stop() { return process_->stop(); }

  /// Waits for the next message; empty when none comes within `patience`.
  std::string next_message(std::chrono::milliseconds patience = kPatience);
  /// Waits for this message, whatever comes before it. False when it does not come.
  bool hears(const std::string& message);

  [[nodiscard]] Process& process() { return *process_; }
  [[nodiscard]] std::string public_socket() const { return folder_ / "public.sock"; }
  [[nodiscard]] std::string check_socket() const { return folder_ / "check.sock"; }
  [[nodiscard]] std::string internal_socket() const { return folder_ / "internal.sock"; }

 private:
  const TempDir& folder_;
  std::vector<std::string> options_;
  std::vector<std::string> environment_;
  Fd public_;
  Fd check_;
  Fd internal_;
  Fd notifications_;
  std::unique_ptr<Process> process_;
};

}  // namespace sessiond::test
