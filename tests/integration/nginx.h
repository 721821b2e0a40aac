#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "integration/process.h"
#include "integration/temp_dir.h"

namespace sessiond::test {

/// nginx with the configuration that the product ships, on Unix sockets in a folder of ours, in
/// front of the worker of the same folder. Looks for `nginx/` in the current folder.
class Nginx {
 public:
  /// Starts it and returns when it serves. `site` is the configuration that includes ours.
  /// `edits` are changes that an operator makes to ours, each a text and what takes its place.
  explicit Nginx(const TempDir& folder, const std::string& site = "tests/nginx.conf",
                 const std::vector<std::pair<std::string, std::string>>& edits = {});

  /// The site, as the internet sees it.
  [[nodiscard]] std::string socket() const { return folder_ / "http.sock"; }
  [[nodiscard]] std::string log() const { return process_->log(); }

 private:
  const TempDir& folder_;
  std::unique_ptr<Process> process_;
};

}  // namespace sessiond::test
