#include "events/one_stream.h"

#include <algorithm>

#include "events/reading.h"
#include "redis/round.h"

namespace sessiond::events {

Task<Result<Done>> OneStream::begin_at_end() {
  Round round(redis_, key_);
  round.send({"XREVRANGE", key_, "+", "-", "COUNT", "1"});
  round.send({"TIME"});
  if (const Result<Done> done = co_await round; !done) co_return done.error();
  const Result<std::vector<Entry>> newest = read_entries(redis_, round[0]);
  if (!newest) co_return newest.error();
  const Result<Millis> now = read_time(redis_, round[1]);
  if (!now) co_return now.error();
  if (!newest->empty()) last_ = newest->front().id;
  read_until_ = *now;
  co_return Done{};
}

void OneStream::begin_behind(const EntryId& id) {
  last_ = {id.at, id.number, std::nullopt};
  read_until_ = id.at;
}

EntryId OneStream::resumption() const { return std::max(last_, EntryId{read_until_ - kClocksApart, 0, std::nullopt}); }

Task<Result<Batch>> OneStream::read() {
  Round round(redis_, key_);
  send_range(round, key_, last_);
  round.send({"TIME"});
  if (const Result<Done> done = co_await round; !done) co_return done.error();
  Result<std::vector<Entry>> entries = read_entries(redis_, round[0]);
  if (!entries) co_return entries.error();
  const Result<Millis> now = read_time(redis_, round[1]);
  if (!now) co_return now.error();
  Batch batch{std::move(*entries), read_until_ + kept_ < *now, false};
  batch.more = batch.entries.size() == kPiece;
  if (!batch.entries.empty()) last_ = batch.entries.back().id;
  read_until_ = batch.more ? last_.at : *now;
  co_return batch;
}

}  // namespace sessiond::events
