#include "store/sessions.h"

#include <algorithm>
#include <vector>

#include "redis/greeting.h"
#include "redis/info.h"
#include "redis/round.h"
#include "session/keys.h"
#include "store/outcome.h"
#include "store/probe.h"
#include "store/rows.h"

// The reads: plain commands, for a script costs Redis two to three times as much. The changes are
// in changes.cc.

namespace sessiond {
namespace {

// How many sessions are read at once. By default a user has no more than kUsual, a hundred of each kind. A user with
// more is served in smaller pieces, as all others wait for each.
constexpr std::size_t kUsual = 200;
constexpr std::size_t kPiece = 25;

Error not_ready(std::string reason) { return {Failure::kUnavailable, std::move(reason)}; }

}  // namespace

Error Sessions::refused(const Reply& error) {
  redis_.note_error(error.is_error() ? error.text : "a reply of an unexpected form");
  return {Failure::kUnavailable, "the session store cannot do this now"};
}

// Asks for the fields from number `first` to before number `end`.
void Sessions::send_row(Round& round, const Key& key, std::size_t first, std::size_t end, bool for_operators) {
  static_assert(2 < rows::kFields.size() - rows::kSeenField, "a row without activity is the shorter one");
  std::array<std::string_view, 4 + rows::kFields.size()> words = {"HMGET", key};
  auto last = std::copy(rows::kFields.begin() + first, rows::kFields.begin() + end, words.begin() + 2);
  if (for_operators) last = std::ranges::copy(std::array{rows::kExternalField, rows::kMetadataField}, last).out;
  round.send(std::span(words.begin(), last));
}

// Asks for the fields that confirm a caller, then for their proof and, where activity is recorded, the last use; at the
// end for what the visit wants.
void Sessions::send_caller(Round& round, const Key& key, const Visit& visit) const {
  std::array<std::string_view, 4 + rows::kCallersSeen> words = {"HMGET", key};
  auto last = std::copy_n(rows::kFields.begin(), rows::kCallerFields, words.begin() + 2);
  *last++ = rows::kFields[rows::kAuthField];
  if (activity_.recorded) *last++ = rows::kFields[rows::kSeenField];
  if (visit.wants_metadata) *last++ = rows::kMetadataField;
  round.send(std::span(words.begin(), last));
}

// Asks for the user's bar, where bars are kept. It comes last in its round.
void Sessions::send_bar(Round& round, const UserKeys& keys) const {
  if (bars_) round.send({"HGET", keys.bar(), "bar"});
}

// A damaged bar may have ended any session: then nobody is let in.
Result<Bar> Sessions::bar_in(const Round& round) {
  if (!bars_ || round.last().type == Reply::Type::kNil) return Bar{};
  const auto bar = round.last().type == Reply::Type::kText ? parse_bar(round.last().text) : std::nullopt;
  if (!bar) return refused(round.last());
  return *bar;
}

// The session that the token proves, by a round's first reply and the bar.
Result<Caller> Sessions::admit(const Token& token, const Round& round) {
  if (round[0].is_error()) return refused(round[0]);
  Result<Caller> caller = rows::confirm(token, round[0]);
  if (!caller) return caller;
  const Result<Bar> bar = bar_in(round);
  if (!bar) return bar.error();
  if (bar->keeps_out(caller->id)) return invalid_token();
  return caller;
}

// Reads the caller from a round whose first reply is to send_caller.
Result<Caller> Sessions::read_caller(const Token& token, const Visit& visit, const Round& round) {
  Result<Caller> caller = admit(token, round);
  if (!caller) return caller;
  const Reply& row = round[0];
  caller->authentication = rows::read_authentication(caller->kind, row.text_at(rows::kCallersAuth));
  if (visit.wants_metadata) caller->metadata = rows::read_metadata(row);
  note_use(*caller, visit, row, rows::kCallersSeen);
  return caller;
}

Task<Result<Caller>> Sessions::authenticate(const Token& token, const Visit& visit) {
  const UserKeys keys = keyspace_.of(token.ref);
  const Key key = keys.session(token.id);
  Round round(redis_, key);
  send_caller(round, key, visit);
  send_bar(round, keys);
  if (const Result<Done> done = co_await round; !done) co_return done.error();
  co_return read_caller(token, visit, round);
}

Task<Result<Done>> Sessions::list(const Token& token, const Visit& visit, const TakeSession& take) {
  const UserKeys keys = keyspace_.of(token.ref);
  const Key index = keys.index();
  Round round(redis_, index);
  send_row(round, keys.session(token.id), 0, fields());
  round.send({"ZRANGE", index, "0", "-1"});
  send_bar(round, keys);
  if (const Result<Done> done = co_await round; !done) co_return done.error();
  const Result<Caller> caller = admit(token, round);
  if (!caller) co_return caller.error();
  note_use(*caller, visit, round[0], rows::kSeenField);
  const Result<Bar> bar = bar_in(round);
  if (!bar) co_return bar.error();
  const Known own{caller->id, round[0].without_first(rows::kSecretFields)};
  co_return co_await read_all(keys, round[1], *bar, own, take);
}

Task<Result<Done>> Sessions::list(const UserRef& ref, const TakeSession& take, const Filter& filter) {
  if (filter.empty()) co_return co_await list_all(ref, take);
  const Result<Millis> now = co_await judge_by(filter, redis_.slot_of(keyspace_.of(ref).index()));
  if (!now) co_return now.error();
  const TakeSession take_fitting = [&](const Session& session) {
    if (filter.fits(session, *now)) take(session);
  };
  co_return co_await list_all(ref, take_fitting);
}

Task<Result<Done>> Sessions::list_all(const UserRef& ref, const TakeSession& take) {
  const UserKeys keys = keyspace_.of(ref);
  const Known nobody;
  const Key index = keys.index();
  Round round(redis_, index);
  round.send({"ZRANGE", index, "0", "-1"});
  send_bar(round, keys);
  if (const Result<Done> done = co_await round; !done) co_return done.error();
  const Result<Bar> bar = bar_in(round);
  if (!bar) co_return bar.error();
  co_return co_await read_all(keys, round[0], *bar, nobody, take);
}

// The index is a hint and the hashes are the truth. Reads the session of each member but `own`, drops members whose
// session is gone, and skips sessions that the bar has ended and what is no session.
Task<Result<Done>> Sessions::read_all(const UserKeys& keys, const Reply& members, const Bar& bar, const Known& own,
                                      const TakeSession& take) {
  if (members.type != Reply::Type::kArray) co_return refused(members);
  std::vector<Uuid> ids;
  ids.reserve(members.elements.size() + 1);
  for (const Reply& member : members.elements) {
    if (const auto id = parse_uuid(member.text); id && !bar.keeps_out(*id)) ids.push_back(*id);
  }
  const bool is_operator = own.id == Uuid{};
  if (own.id != Uuid{}) ids.push_back(own.id);
  std::ranges::sort(ids, std::greater<>{}, &Uuid::bytes);  // UUIDv7: newest first
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());

  const Slot slot = redis_.slot_of(keys.index());
  std::span<const Uuid> rest = ids;
  const std::size_t at_once = rest.size() <= kUsual ? kUsual : kPiece;
  std::vector<Uuid> gone;
  while (!rest.empty()) {
    const auto piece = rest.first(std::min(rest.size(), at_once));
    rest = rest.subspan(piece.size());
    if (const Result<Done> turn = co_await redis_.turn(slot); !turn) co_return turn.error();
    Round round(redis_, slot, piece.size());
    for (const Uuid& id : piece) {
      if (id != own.id) send_row(round, keys.session(id), rows::kSecretFields, fields(), is_operator);
    }
    if (const Result<Done> done = co_await round; !done) co_return done.error();
    std::size_t next = 0;
    for (const Uuid& id : piece) {
      const Reply& row = id == own.id ? own.row : round[next++];
      if (auto session = rows::read_session(id, row)) {
        if (is_operator) rows::read_for_operators(row, *session);
        take(*session);
      } else if (rows::is_gone(row)) {
        gone.push_back(id);
      } else if (row.is_refusal()) {
        co_return refused(row);
      } else {
        redis_.note_error(row.is_error() ? row.text : "a session's hash is incomplete");
      }
    }
  }
  if (!gone.empty()) {
    if (const Result<Done> dropped = co_await drop_members(keys, gone); !dropped) co_return dropped.error();
  }
  co_return Done{};
}

// A dropped id cannot come back: no id is minted twice, and hash and member are written in one step.
Task<Result<Done>> Sessions::drop_members(const UserKeys& keys, std::span<const Uuid> ids) {
  const Key index = keys.index();
  std::vector<ShortText<36>> members;
  for (const Uuid& id : ids) members.push_back(format_uuid(id));
  std::vector<std::string_view> words = {"ZREM", index};
  words.insert(words.end(), members.begin(), members.end());
  Round round(redis_, index);
  round.send(words);
  if (const Result<Done> done = co_await round; !done) co_return done.error();
  // Tidying: the list is right even where Redis does not write just now.
  if (round[0].is_error()) redis_.note_error(round[0].text);
  co_return Done{};
}

Task<Result<CallerAndUser>> Sessions::authenticate_with_user(const Token& token, const Visit& visit) {
  const UserKeys keys = keyspace_.of(token.ref);
  const Key user_key = keys.user();
  Round round(redis_, user_key);
  send_caller(round, keys.session(token.id), visit);
  round.send({"HGET", user_key, "json"});
  send_bar(round, keys);
  if (const Result<Done> done = co_await round; !done) co_return done.error();
  const Result<Caller> caller = read_caller(token, visit, round);
  if (!caller) co_return caller.error();
  std::optional<json::Object> user = rows::read_user(caller->user_id, round[1]);
  if (!user) {
    // The user is gone when the last session has ended between the two commands.
    if (const Result<Caller> still = co_await authenticate(token, visit); !still) co_return still.error();
    co_return refused(round[1]);
  }
  co_return CallerAndUser{*caller, std::string(round[1].text), std::move(*user)};
}

Task<Result<Millis>> Sessions::clock(const UserRef& ref) {
  co_return co_await clock(redis_.slot_of(keyspace_.of(ref).index()));
}

Task<Result<std::optional<std::string>>> Sessions::stored_user(std::string_view user_id) {
  const Key key = keyspace_.of(ref_of(user_id)).user();
  Round round(redis_, key);
  round.send({"HGET", key, "json"});
  if (const Result<Done> done = co_await round; !done) co_return done.error();
  if (round[0].type == Reply::Type::kNil) co_return std::optional<std::string>{};
  if (!rows::read_user(user_id, round[0])) co_return refused(round[0]);
  co_return std::optional<std::string>(round[0].text);
}

Task<Result<Done>> Sessions::ready(bool allow_eviction) {
  for (const Slot primary : redis_.primaries()) {
    if (const Result<Done> ready = co_await is_ready(primary, allow_eviction); !ready) co_return ready.error();
  }
  // No primary's answer shows that a slot has no owner.
  if (!redis_.proven()) co_return not_ready("no Redis: " + redis_.trouble());
  co_return Done{};
}

Task<Result<Done>> Sessions::is_ready(Slot primary, bool allow_eviction) {
  Round round(redis_, primary, 4);
  round.send({"ROLE"});
  round.send({"INFO", "memory"});
  round.send({"INFO", "persistence"});
  const Result<std::string> refusal = co_await probe(redis_, round, primary, keyspace_, keeps_events());
  if (!refusal) co_return not_ready("no Redis: " + redis_.trouble());
  for (const std::size_t i : {0U, 1U, 2U}) {
    if (round[i].is_error()) co_return not_ready("Redis answers: " + quote_redis(round[i].text));
  }
  if (round[0].text_at(0) != "master") co_return not_ready("Redis is a read-only replica");
  // While Redis loads its data, it answers ROLE and INFO, but nothing else.
  if (info_value(round[2].text, "loading") == "1") co_return not_ready("Redis is still LOADING its data");
  const auto policy = info_value(round[1].text, "maxmemory_policy");
  if (policy && policy->starts_with("allkeys-") && !allow_eviction) {
    co_return not_ready("Redis throws sessions away when memory is full: its maxmemory-policy is " + *policy);
  }
  if (!refusal->empty()) co_return not_ready("Redis makes no changes: " + *refusal);
  const RedisAddress::Confirmation& wanted = redis_.confirmation();
  if (wanted.on_disk && info_value(round[2].text, "aof_enabled") == "0") {
    co_return not_ready("minting and revoking wait for Redis's disk (redis-fsync), and its appendonly is no");
  }
  const std::size_t linked = round[0].elements.size() < 3 ? 0 : round[0].elements[2].elements.size();
  if (linked < static_cast<std::size_t>(wanted.replicas)) {
    co_return not_ready("minting and revoking wait for " + std::to_string(wanted.replicas) +
                        " replicas of Redis, and " + std::to_string(linked) + " are there");
  }
  co_return Done{};
}

}  // namespace sessiond
