#include "events/reading.h"

#include "events/reader.h"
#include "store/rows.h"

namespace sessiond::events {
namespace {

Error refused(Redis& redis, const Reply& reply) {
  redis.note_error(reply.is_error() ? reply.text : "a reply of an unexpected form");
  return {Failure::kUnavailable, "the events cannot be read now"};
}

}  // namespace

void send_range(Round& round, const std::string& key, const EntryId& behind) {
  const std::string from = std::string("(").append(format_entry_id({behind.at, behind.number, std::nullopt}));
  const std::string most = std::to_string(kPiece);
  round.send({"XRANGE", key, from, "+", "COUNT", most});
}

Result<std::vector<Entry>> read_entries(Redis& redis, const Reply& reply) {
  if (reply.type != Reply::Type::kArray) return refused(redis, reply);
  std::vector<Entry> entries;
  for (const Reply& element : reply.elements) {
    std::optional<Entry> entry = read_entry(element);
    if (!entry) return refused(redis, element);
    entries.push_back(std::move(*entry));
  }
  return entries;
}

Result<Millis> read_time(Redis& redis, const Reply& reply) {
  const auto now = rows::parse_time(reply);
  if (!now) return refused(redis, reply);
  return *now;
}

}  // namespace sessiond::events
