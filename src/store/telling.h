#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "redis/redis.h"
#include "session/keys.h"
#include "store/cause.h"

namespace sessiond {

/// The keys and arguments by which a script on a user's keys is told to add an event to the stream
/// (store/lua/common.lua). They follow its own.
class Telling {
 public:
  /// `key`: one of the user's. `kept`: how long an event is, in milliseconds.
  Telling(const Redis& redis, const Keyspace& keyspace, std::string_view key, std::string_view kept,
          const Cause& cause = {});

  /// Appends views of them, which are valid as long as this object.
  void append_to(std::vector<std::string_view>& keys, std::vector<std::string_view>& arguments) const;

 private:
  std::string stream_;
  std::string channel_;  // empty where no reader has to be called
  std::string kept_;
  std::string actor_;
  Cause cause_;
};

}  // namespace sessiond
