#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/task.h"
#include "events/entry.h"
#include "redis/redis.h"
#include "session/keys.h"

namespace sessiond::events {

/// How far somebody has read.
struct Position {
  EntryId last;           // of the entries read, or before the first that is wanted
  Millis read_until = 0;  // when, by Redis's clock, all had been read that there was
};

/// What comes next.
struct Batch {
  std::vector<Entry> entries;  // oldest first
  bool missed = false;         // some that came before these may be gone: it was not read for longer than they are kept
  bool more = false;           // there may be more at once
};

/// Reads the stream of events, in which the scripts of store/lua tell what they do, in the step that does it: so each
/// event happened, and each that happened is there, as long as `kept`. All of a deployment are one stream, in the order
/// in which they happened. What nobody does is not there: the end that a session comes to by itself. Copies share
/// nothing. Belongs to its loop's thread; what it is made from outlives it.
class Feed {
 public:
  /// `kept`: how long the scripts are told to keep each event. 0: there are none.
  Feed(Redis& redis, const Keyspace& keys, Millis kept) : redis_(redis), key_(keys.events()), kept_(kept) {}

  [[nodiscard]] bool is_kept() const { return kept_ > 0; }

  /// Behind all that has happened.
  Task<Result<Position>> end();
  /// What has happened since, in pieces of a hundred, and moves the position behind that. kUnavailable when Redis is
  /// away or refuses: then nothing has moved.
  Task<Result<Batch>> read(Position& position);
  /// Awaited between reads that find nothing: a fifth of a second, which is how late an event may be read.
  [[nodiscard]] Rest pause() { return redis_.rest(kPause); }

 private:
  static constexpr double kPause = 0.2;

  Error refused(const Reply& reply);

  Redis& redis_;
  std::string key_;
  Millis kept_;
};

/// Where to read on after the entry of this id.
[[nodiscard]] Position position_behind(const EntryId& id);

/// The id from which a reader who is at `position` may read on later and misses nothing, though it may get some again.
[[nodiscard]] EntryId resumption_of(const Position& position);

}  // namespace sessiond::events
