#pragma once

#include <memory>
#include <string>

#include "integration/process.h"
#include "integration/temp_dir.h"

namespace sessiond::test {

/// nginx with the configuration that the product ships, on Unix sockets in a folder of ours, in
/// front of the worker of the same folder. Looks for `nginx/` in the current folder.
class Nginx {
 public:
  /// Starts it and returns when it serves.
  explicit Nginx(const TempDir& folder);

  /// The site, as the internet sees it.
  [[nodiscard]] std::string socket() const { return folder_ / "http.sock"; }
  /// The internal realm.
  [[nodiscard]] std::string internal_socket() const { return folder_ / "internal.http.sock"; }
  [[nodiscard]] std::string log() const { return process_->log(); }

 private:
  const TempDir& folder_;
  std::unique_ptr<Process> process_;
};

}  // namespace sessiond::test
