#pragma once

#include <fstream>
#include <string>

#include "base/result.h"

namespace sessiond {

/// The first line of the file. Fails with kUnavailable. It is read at every connect, and never kept.
[[nodiscard]] inline Result<std::string> read_password(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line)) return Error{Failure::kUnavailable, "cannot read the password file " + path};
  return line;
}

}  // namespace sessiond
