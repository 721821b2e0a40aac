#pragma once

#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/task.h"
#include "events/entry.h"
#include "redis/rest.h"

namespace sessiond::events {

/// What comes next.
struct Batch {
  std::vector<Entry> entries;  // oldest first
  bool missed = false;         // some that came before these may be gone: it was not read for longer than they are kept
  bool more = false;           // there may be more at once
};

/// One who reads the events from some point on. Begins with one of the first two. Fails with kUnavailable when Redis is
/// away or refuses: then it is of no more use. Belongs to its loop's thread.
class Reader {
 public:
  Reader() = default;
  virtual ~Reader() = default;
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  /// Behind all that has happened.
  virtual Task<Result<Done>> begin_at_end() = 0;
  /// Behind the event of this id.
  virtual void begin_behind(const EntryId& id) = 0;

  /// What has happened since the last time, in pieces.
  virtual Task<Result<Batch>> read() = 0;
  /// Awaited between reads that find nothing: a fifth of a second, which is how late an event may be read.
  [[nodiscard]] virtual Rest pause() = 0;

  /// When all had been read that there was, by Redis's clock.
  [[nodiscard]] virtual Millis read_until() const = 0;
  /// A reader that begins behind this id later misses nothing, though it may get some events again.
  [[nodiscard]] virtual EntryId resumption() const = 0;
};

inline constexpr double kPause = 0.2;  // seconds
inline constexpr std::size_t kPiece = 100;

// A server's clock may be behind another's, as that of a primary which replaces one: what it adds may be this much
// older than it is.
inline constexpr Millis kClocksApart = 5000;

}  // namespace sessiond::events
