#pragma once

#include <fstream>
#include <optional>
#include <string>

namespace sessiond {

/// The first line of the file; nothing when it cannot be read. It is read at every connect, and never kept.
[[nodiscard]] inline std::optional<std::string> read_password(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line)) return std::nullopt;
  return line;
}

}  // namespace sessiond
