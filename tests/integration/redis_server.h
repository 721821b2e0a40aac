#pragma once

#include <memory>
#include <string>
#include <vector>

#include "integration/process.h"
#include "integration/redis_client.h"
#include "integration/temp_dir.h"

namespace sessiond::test {

/// The words of redis-server's command line that make the account of the worker, with the rights of
/// the example that we ship and no other.
[[nodiscard]] std::vector<std::string> account_settings();

/// The file in the folder that has the account's password.
[[nodiscard]] std::string account_password_file(const TempDir& folder);

inline constexpr const char* kAccount = "sessiond";

/// A private Redis on a Unix socket in a folder of ours, with the settings that we recommend and the
/// account that a Worker in that folder uses.
class RedisServer {
 public:
  /// `settings` are further words of redis-server's command line. Does not start it.
  explicit RedisServer(const TempDir& folder, std::vector<std::string> settings = {});
  /// Ends it. The test fails if the account was refused anything.
  ~RedisServer();
  RedisServer(const RedisServer&) = delete;
  RedisServer& operator=(const RedisServer&) = delete;

  /// Starts it and returns when it serves.
  void start();
  /// Ends it as a crash would (SIGKILL).
  void crash();
  /// Starts it again after a crash, on what it had written.
  void restart();
  void pause();
  void resume();
  /// Whether it runs: started, and neither crashed nor paused.
  [[nodiscard]] bool serves() const { return serves_; }

  [[nodiscard]] std::string socket() const { return folder_ / "redis.sock"; }
  [[nodiscard]] RedisClient client() const { return RedisClient(socket()); }
  [[nodiscard]] pid_t pid() const { return process_->pid(); }
  [[nodiscard]] std::string log() const { return process_->log(); }

 private:
  const TempDir& folder_;
  std::vector<std::string> settings_;
  std::unique_ptr<Process> process_;
  bool serves_ = false;
};

}  // namespace sessiond::test
