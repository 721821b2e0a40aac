#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "integration/process.h"
#include "integration/redis_server.h"
#include "integration/socket.h"
#include "integration/temp_dir.h"

namespace sessiond::test {

/// A Redis in a folder of its own that others reach at a port of 127.0.0.1, too.
struct ReachableRedis {
  /// Starts it. `more` are further words of its command line.
  explicit ReachableRedis(const std::vector<std::string>& more = {});
  /// Makes it a replica of another, and returns when it has all that the other has.
  void follow(const ReachableRedis& primary) const;
  [[nodiscard]] std::string place() const { return "127.0.0.1:" + std::to_string(port); }
  /// The words that tell a worker where it is to look, here or elsewhere, and which account it has there.
  [[nodiscard]] std::vector<std::string> worker_options(const std::string& where) const;

  int port = free_port();
  TempDir folder;
  RedisServer redis;
};

/// Three sentinels, with waits that are short, which call their primary `people`.
class Sentinels {
 public:
  static constexpr std::size_t kCount = 3;

  /// Their files are in this folder. Starts none.
  explicit Sentinels(const TempDir& folder) : folder_(folder) {}

  /// Starts them and returns when they know each other and the primary's replicas: before that they can agree on no
  /// other primary. `more` are further lines of their configuration.
  void start(int primary_port, const std::string& more = "", std::size_t replicas = 1);
  /// Starts one, with these lines.
  void start_one(std::size_t number, const std::string& lines);

  [[nodiscard]] std::unique_ptr<Process>& operator[](std::size_t number) { return processes_.at(number); }
  [[nodiscard]] int port(std::size_t number) const { return ports_.at(number); }
  [[nodiscard]] RedisClient client(std::size_t number) const;
  /// What a worker takes for --redis.
  [[nodiscard]] std::string address(const std::string& name = "people") const;

 private:
  [[nodiscard]] std::string file(std::size_t number) const;

  const TempDir& folder_;
  std::array<int, kCount> ports_{};
  std::array<std::unique_ptr<Process>, kCount> processes_;
};

}  // namespace sessiond::test
