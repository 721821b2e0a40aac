#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/task.h"
#include "events/entry.h"
#include "redis/redis.h"
#include "session/keys.h"

namespace sessiond::deliver {

/// What those who deliver keep in Redis: whose turn it is, how far it has come, and what could not be delivered. All
/// fail with kUnavailable when Redis is away or refuses. Belongs to the loop's thread.
class Progress {
 public:
  Progress(Redis& redis, const Keyspace& keys);

  /// Whether it is our turn, for half a minute from now: of several programs one delivers.
  Task<Result<bool>> take_turn();
  /// Lets another have it at once.
  Task<Result<Done>> give_up_turn();

  /// Behind which event to go on; nothing before the first.
  Task<Result<std::optional<events::EntryId>>> position();
  Task<Result<Done>> save(const events::EntryId& position);

  /// Puts an event aside that could not be delivered, with why: the last ten thousand are kept.
  Task<Result<Done>> put_aside(const events::Entry& entry, std::string_view why);

 private:
  Task<Result<Done>> run(std::span<const std::string_view> words);

  Redis& redis_;
  std::string turn_;
  std::string position_;
  std::string aside_;
  std::string name_;  // ours, of no other program
};

}  // namespace sessiond::deliver
