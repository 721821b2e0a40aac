#include "operator/events.h"

#include <spdlog/fmt/fmt.h>

#include <iostream>

namespace sessiond {
namespace {

// `2026-11-23T06:06:29.861Z  ended      revoked  user=u1 session=… kind=web actor=u1`.
std::string line_of(const events::Entry& entry) {
  std::string line = fmt::format("{}  {:<15}  {:<13}", std::string_view(rfc3339(entry.id.at)), entry.find("event"),
                                 entry.find("reason"));
  for (const events::Entry::Field& field : entry.fields) {
    if (field.name != "event" && field.name != "reason") line += " " + field.name + "=" + field.value;
  }
  return line;
}

}  // namespace

std::optional<events::EntryId> parse_since(std::string_view text, Millis now) {
  if (text.empty()) return events::EntryId{};
  // A day, 2026-11-23, is not an id, though it looks like one of 1970.
  constexpr Millis kNoneBefore = 1'000'000'000'000;
  if (const auto id = events::parse_entry_id(text)) return id->at < kNoneBefore ? std::nullopt : id;
  if (const auto at = parse_rfc3339(text)) return events::EntryId{*at, 0};
  if (const auto ago = parse_duration(text, kDay)) return events::EntryId{now - *ago, 0};
  return std::nullopt;
}

Task<Said> print_events(const events::Feed& feed, const OperatorRequest& request,
                        const std::function<bool()>& stopped) {
  const std::unique_ptr<events::Reader> reader = feed.open();
  if (const Result<Done> begun = co_await reader->begin_at_end(); !begun) co_return begun.error();
  const auto since = parse_since(request.since, reader->read_until());
  if (!since) {
    co_return Error{Failure::kBadRequest,
                    "--since wants an event's id, a time such as 2026-11-23T06:06:29Z, or a "
                    "duration such as 10m, at most a day"};
  }
  reader->begin_behind(*since);
  while (std::cout && !(stopped && stopped())) {
    const Result<events::Batch> batch = co_await reader->read();  // events that are gone are not reported as missed
    if (!batch) co_return batch.error();
    for (const events::Entry& entry : batch->entries)
      std::cout << (request.json ? events::json_of(entry) : line_of(entry)) << '\n';
    std::cout.flush();
    if (batch->more) continue;
    if (!request.follow) break;
    co_await reader->pause();
  }
  co_return std::string();
}

}  // namespace sessiond
