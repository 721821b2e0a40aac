#pragma once

#include <string>

#include "events/reader.h"
#include "redis/redis.h"

namespace sessiond::events {

/// Reads the events where all are in one stream: in the order in which they happened.
class OneStream final : public Reader {
 public:
  OneStream(Redis& redis, std::string key, Millis kept) : redis_(redis), key_(std::move(key)), kept_(kept) {}

  Task<Result<Done>> begin_at_end() override;
  void begin_behind(const EntryId& id) override;
  Task<Result<Batch>> read() override;
  [[nodiscard]] Rest pause() override { return redis_.rest(kPause); }
  [[nodiscard]] Millis read_until() const override { return read_until_; }
  [[nodiscard]] EntryId resumption() const override;

 private:
  Redis& redis_;
  std::string key_;
  Millis kept_;
  EntryId last_;
  Millis read_until_ = 0;
};

}  // namespace sessiond::events
