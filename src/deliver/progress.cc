#include "deliver/progress.h"

#include <array>
#include <vector>

#include "http/request.h"
#include "redis/round.h"

namespace sessiond::deliver {
namespace {

constexpr std::string_view kTurn = "30000";  // milliseconds
constexpr std::string_view kMostAside = "10000";

Error refused(Redis& redis, const Reply& reply) {
  redis.note_error(reply.is_error() ? reply.text : "a reply of an unexpected form");
  return {Failure::kUnavailable, "Redis refuses"};
}

}  // namespace

Progress::Progress(Redis& redis, const Keyspace& keys)
    : redis_(redis),
      turn_(keys.of_deliveries("turn")),
      position_(keys.of_deliveries("position")),
      aside_(keys.of_deliveries("undelivered")),
      name_(http::new_request_id()) {}

// Of two programs whose turn ends at the same moment both may have it for one event, which is then delivered twice, as
// it may be anyway.
Task<Result<bool>> Progress::take_turn() {
  Round round(redis_, turn_, 3);
  round.send({"SET", turn_, name_, "NX", "PX", kTurn});
  round.send({"GET", turn_});
  if (const Result<Done> done = co_await round; !done) co_return done.error();
  if (round[0].is_error()) co_return refused(redis_, round[0]);
  if (round[1].type != Reply::Type::kText || round[1].text != name_) co_return false;
  const std::array<std::string_view, 3> longer = {"PEXPIRE", turn_, kTurn};
  const Result<Done> kept = co_await run(longer);
  if (!kept) co_return kept.error();
  co_return true;
}

Task<Result<Done>> Progress::give_up_turn() {
  const Result<bool> ours = co_await take_turn();
  if (!ours) co_return ours.error();
  if (!*ours) co_return Done{};
  const std::array<std::string_view, 2> over = {"DEL", turn_};
  co_return co_await run(over);
}

Task<Result<std::optional<events::EntryId>>> Progress::position() {
  Round round(redis_, position_, 1);
  round.send({"GET", position_});
  if (const Result<Done> done = co_await round; !done) co_return done.error();
  if (round[0].type == Reply::Type::kNil) co_return std::optional<events::EntryId>();
  const auto id = round[0].type == Reply::Type::kText ? events::parse_entry_id(round[0].text) : std::nullopt;
  if (!id) co_return refused(redis_, round[0]);
  co_return id;
}

Task<Result<Done>> Progress::save(const events::EntryId& position) {
  const std::string text = events::format_entry_id(position);
  const std::array<std::string_view, 3> words = {"SET", position_, text};
  co_return co_await run(words);
}

Task<Result<Done>> Progress::put_aside(const events::Entry& entry, std::string_view why) {
  const std::string id = events::format_entry_id(entry.id);
  std::vector<std::string_view> words = {"XADD", aside_, "MAXLEN", "~", kMostAside, "*", "why", why, "id", id};
  for (const events::Entry::Field& field : entry.fields) words.insert(words.end(), {field.name, field.value});
  co_return co_await run(words);
}

// Each command has its key behind its name.
Task<Result<Done>> Progress::run(std::span<const std::string_view> words) {
  Round round(redis_, words[1], std::size_t{1});
  round.send(words);
  if (const Result<Done> done = co_await round; !done) co_return done.error();
  if (round[0].is_error()) co_return refused(redis_, round[0]);
  co_return Done{};
}

}  // namespace sessiond::deliver
