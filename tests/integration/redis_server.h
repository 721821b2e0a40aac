#pragma once

#include <memory>
#include <string>
#include <vector>

#include "integration/process.h"
#include "integration/redis_client.h"
#include "integration/temp_dir.h"

namespace sessiond::test {

/// A private Redis on a Unix socket in a folder of ours, with the settings that we recommend.
class RedisServer {
 public:
  /// `settings` are further words of redis-server's command line. Does not start it.
  explicit RedisServer(const TempDir& folder, std::vector<std::string> settings = {});

  /// Starts it and returns when it serves.
  void start();
  /// Ends it as a crash would (SIGKILL).
  void crash();
  /// Starts it again after a crash, on what it had written.
  void restart();
  void pause() { process_->pause(); }
  void resume() { process_->resume(); }

  [[nodiscard]] std::string socket() const { return folder_ / "redis.sock"; }
  [[nodiscard]] RedisClient client() const { return RedisClient(socket()); }
  [[nodiscard]] pid_t pid() const { return process_->pid(); }
  [[nodiscard]] std::string log() const { return process_->log(); }

 private:
  const TempDir& folder_;
  std::vector<std::string> settings_;
  std::unique_ptr<Process> process_;
};

}  // namespace sessiond::test
