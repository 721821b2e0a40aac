#include "events/feed.h"

#include <algorithm>

#include "redis/round.h"
#include "store/rows.h"

namespace sessiond::events {
namespace {

constexpr std::size_t kPiece = 100;
// A primary that replaces another may have a clock that is behind: what it adds may be this much older than it is.
constexpr Millis kClocksApart = 5000;

}  // namespace

Position position_behind(const EntryId& id) { return {id, id.at}; }

EntryId resumption_of(const Position& position) {
  return std::max(position.last, EntryId{position.read_until - kClocksApart, 0});
}

Error Feed::refused(const Reply& reply) {
  redis_.note_error(reply.is_error() ? reply.text : "a reply of an unexpected form");
  return {Failure::kUnavailable, "the events cannot be read now"};
}

Task<Result<Position>> Feed::end() {
  Round round(redis_, key_);
  round.send({"XREVRANGE", key_, "+", "-", "COUNT", "1"});
  round.send({"TIME"});
  if (const Result<Done> done = co_await round; !done) co_return done.error();
  const auto now = rows::parse_time(round[1]);
  if (round[0].type != Reply::Type::kArray || !now) co_return refused(round[0].is_error() ? round[0] : round[1]);
  Position position{{}, *now};
  if (!round[0].elements.empty()) {
    if (const auto entry = read_entry(round[0].elements[0])) position.last = entry->id;
  }
  co_return position;
}

Task<Result<Batch>> Feed::read(Position& position) {
  const std::string behind = std::string("(").append(format_entry_id(position.last));
  const std::string most = std::to_string(kPiece);
  Round round(redis_, key_);
  round.send({"XRANGE", key_, behind, "+", "COUNT", most});
  round.send({"TIME"});
  if (const Result<Done> done = co_await round; !done) co_return done.error();
  const auto now = rows::parse_time(round[1]);
  if (round[0].type != Reply::Type::kArray || !now) co_return refused(round[0].is_error() ? round[0] : round[1]);
  Batch batch;
  batch.missed = position.read_until + kept_ < *now;
  batch.more = round[0].elements.size() == kPiece;
  for (const Reply& element : round[0].elements) {
    std::optional<Entry> entry = read_entry(element);
    if (!entry) co_return refused(element);
    position.last = entry->id;
    batch.entries.push_back(std::move(*entry));
  }
  position.read_until = batch.more ? position.last.at : *now;
  co_return batch;
}

}  // namespace sessiond::events
