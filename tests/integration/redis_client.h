#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

struct redisContext;

namespace sessiond::test {

/// What Redis answered, as values.
struct RedisAnswer {
  bool nil = false;
  long long integer = 0;
  std::string text;  // of a string, a status, or an error
  bool error = false;
  std::vector<RedisAnswer> elements;
};

/// Looks into Redis, and meddles with it, as an operator would.
class RedisClient {
 public:
  explicit RedisClient(const std::string& socket);

  /// Sends one command and waits for its answer. Throws when the connection breaks.
  RedisAnswer operator()(const std::vector<std::string>& words);

  /// All keys that match, sorted.
  std::vector<std::string> keys(const std::string& pattern = "*");
  /// A hash, by field.
  std::map<std::string, std::string> hash(const std::string& key);
  /// How often this command was run since the server started or CONFIG RESETSTAT, by clients and by scripts.
  long long calls(const std::string& command);
  /// What time it is by Redis's clock.
  Millis now();
  /// Waits for the next thing that Redis says by itself, such as a message of a channel.
  RedisAnswer listen();

 private:
  struct Deleter {
    void operator()(redisContext* context) const;
  };
  std::unique_ptr<redisContext, Deleter> context_;
};

}  // namespace sessiond::test
