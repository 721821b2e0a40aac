#pragma once

#include <array>
#include <deque>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "events/reader.h"
#include "redis/redis.h"
#include "redis/subscription.h"
#include "session/keys.h"

namespace sessiond::events {

/// Slots in whose streams there may be something new.
struct News {
  std::set<Slot> slots;
  bool anywhere = false;  // something may have been missed
};

/// Tells all readers of a loop in which slots there are new events, which the scripts publish. Listens while there are
/// readers.
class Announcements {
 public:
  /// `channel`: on which it is published.
  Announcements(Redis& redis, std::string channel) : redis_(redis), channel_(std::move(channel)) {}

  /// From now on `news` is told, until `remove`.
  void add(News& news);
  void remove(News& news);

 private:
  void on_begun();
  void on_heard(std::string_view key);

  Redis& redis_;
  std::string channel_;
  std::vector<News*> readers_;
  std::unique_ptr<Subscription> subscription_;  // null while nobody reads
};

/// Reads the events of a Redis Cluster, where each slot has a stream. Events of one user come in the order in which
/// they happened, those of different users in about that order. It reads the streams with new events and, when it
/// begins and whenever something may have been missed, all of them.
class ManyStreams final : public Reader {
 public:
  ManyStreams(Redis& redis, Announcements& announcements, const Keyspace& keys, Millis kept);
  ~ManyStreams() override;

  Task<Result<Done>> begin_at_end() override;
  void begin_behind(const EntryId& id) override;
  Task<Result<Batch>> read() override;
  [[nodiscard]] Rest pause() override { return redis_.rest(kPause); }
  [[nodiscard]] Millis read_until() const override { return read_until_; }
  [[nodiscard]] EntryId resumption() const override;

 private:
  Task<Result<Millis>> time();
  void take_news(Millis now);
  Task<Result<Done>> read_some(const std::vector<Slot>& slots, Batch& batch);

  Redis& redis_;
  Announcements& announcements_;
  Keyspace keys_;
  Millis kept_;
  News news_;
  std::deque<Slot> waiting_;                // whose streams are to be read
  std::unordered_map<Slot, EntryId> last_;  // of each stream of which something has been read
  Millis since_ = 0;                        // what was before that is not wanted
  Millis read_until_ = 0;
  Millis all_read_at_ = 0;
};

}  // namespace sessiond::events
