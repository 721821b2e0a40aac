#pragma once

#include <array>
#include <fstream>
#include <string>
#include <string_view>

#include "base/result.h"
#include "redis/command.h"

namespace sessiond {

/// The first line of the file. Fails with kUnavailable. It is read at every connect, and never kept.
[[nodiscard]] inline Result<std::string> read_password(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line)) return Error{Failure::kUnavailable, "cannot read the password file " + path};
  return line;
}

/// Appends the command that signs this user in, the default one where it is empty, by the password in the file.
[[nodiscard]] inline Result<Done> append_auth(std::string& bytes, std::string_view user, const std::string& file) {
  const Result<std::string> password = read_password(file);
  if (!password) return password.error();
  append_command(bytes, std::array<std::string_view, 3>{"AUTH", user.empty() ? "default" : user, *password});
  return Done{};
}

}  // namespace sessiond
