#pragma once

#include <string>
#include <vector>

#include "integration/process.h"
#include "integration/temp_dir.h"

namespace sessiond::test {

/// The worker's program: the one built beside this test's.
[[nodiscard]] std::string worker_program();

/// The worker under test, with its sockets in a folder of ours and, unless an option says otherwise,
/// that folder's Redis and its account of the least rights.
class Worker {
 public:
  /// Starts it and returns when it listens; it need not have a Redis for that. `options` are
  /// further words of its command line. `name` tells its log and sockets from another's. `program`
  /// may be that of another version.
  explicit Worker(const TempDir& folder, const std::vector<std::string>& options = {},
                  const std::vector<std::string>& environment = {}, const std::string& name = "",
                  const std::string& program = worker_program());
  /// Ends it. The test fails if it does not exit with 0 by itself.
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  [[nodiscard]] const std::string& public_socket() const { return public_socket_; }
  [[nodiscard]] const std::string& check_socket() const { return check_socket_; }
  [[nodiscard]] const std::string& internal_socket() const { return internal_socket_; }
  [[nodiscard]] Process& process() { return process_; }
  [[nodiscard]] std::string log() const { return process_.log(); }
  /// Waits until its log has `text`: lines come a moment after the answers that they are about.
  [[nodiscard]] bool says(const std::string& text) { return process_.says(text); }

 private:
  std::string public_socket_;
  std::string check_socket_;
  std::string internal_socket_;
  Process process_;
};

}  // namespace sessiond::test
