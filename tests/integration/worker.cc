#include "integration/worker.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "integration/redis_server.h"
#include "integration/socket.h"

namespace sessiond::test {
namespace {

std::vector<std::string> command_line(const TempDir& folder, const std::string& program, const std::string& public_socket,
                                      const std::string& check_socket, const std::string& internal_socket,
                                      const std::vector<std::string>& options) {
  std::vector<std::string> words = {program, "--config", "/dev/null", "--listen", public_socket, "--listen-check", check_socket,
                                    "--listen-internal", internal_socket};
  words.insert(words.end(), options.begin(), options.end());
  // With so long a timeout, a busy machine does not look like a store that is away.
  for (const auto& [name, value] : {std::pair<std::string, std::string>("--redis", folder / "redis.sock"), {"--store-timeout", "10"}}) {
    if (std::ranges::find(options, name) == options.end()) words.insert(words.end(), {name, value});
  }
  // With the least rights, where nothing else is asked for.
  const bool is_asked = std::ranges::any_of(options, [](const std::string& word) {
    return word == "--redis-user" || word == "--redis-password-file";
  });
  const std::string password = account_password_file(folder);
  if (!is_asked && std::filesystem::exists(password)) {
    words.insert(words.end(), {"--redis-user", kAccount, "--redis-password-file", password});
  }
  return words;
}

}  // namespace

std::string worker_program() {
  return (std::filesystem::read_symlink("/proc/self/exe").parent_path().parent_path() / "sessiond").string();
}

Worker::Worker(const TempDir& folder, const std::vector<std::string>& options,
               const std::vector<std::string>& environment, const std::string& name, const std::string& program)
    : public_socket_(folder / (name + "public.sock")),
      check_socket_(folder / (name + "check.sock")),
      internal_socket_(folder / (name + "internal.sock")),
      process_(command_line(folder, program, public_socket_, check_socket_, internal_socket_, options), folder / (name + "worker.log"),
               environment) {
  // It opens this socket last.
  process_.wait_until([this] { return static_cast<bool>(connect_to(internal_socket_)); }, "sessiond");
}

Worker::~Worker() {
  const int status = process_.stop();
  EXPECT_EQ(status, 0) << "sessiond ended with status " << status << "; its log:\n" << log();
}

}  // namespace sessiond::test
