#pragma once

#include <memory>

#include "events/many_streams.h"
#include "events/reader.h"
#include "redis/redis.h"
#include "session/keys.h"

namespace sessiond::events {

/// The stream of events. The scripts of store/lua add each event in the atomic step that makes the change: so each
/// event happened, and each change has its event, for as long as events are kept. In a Redis Cluster each slot has a
/// stream; elsewhere there is one. A session that expires by itself adds none. Belongs to its loop's thread; what it is
/// made from outlives it, and it outlives its readers.
class Feed {
 public:
  /// `kept`: how long the scripts are told to keep each event. 0: there are none.
  Feed(Redis& redis, const Keyspace& keys, Millis kept);

  [[nodiscard]] bool is_kept() const { return kept_ > 0; }
  [[nodiscard]] std::unique_ptr<Reader> open() const;

 private:
  Redis& redis_;
  Keyspace keys_;
  Millis kept_;
  std::unique_ptr<Announcements> announcements_;  // of a Redis Cluster; else null
};

}  // namespace sessiond::events
