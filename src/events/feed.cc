#include "events/feed.h"

#include "events/one_stream.h"

namespace sessiond::events {

Feed::Feed(Redis& redis, const Keyspace& keys, Millis kept)
    : redis_(redis),
      keys_(keys),
      kept_(kept),
      announcements_(redis.is_cluster() ? std::make_unique<Announcements>(redis, keys.events()) : nullptr) {}

std::unique_ptr<Reader> Feed::open() const {
  if (announcements_) return std::make_unique<ManyStreams>(redis_, *announcements_, keys_, kept_);
  return std::make_unique<OneStream>(redis_, keys_.events(), kept_);
}

}  // namespace sessiond::events
