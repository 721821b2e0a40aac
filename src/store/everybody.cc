#include <algorithm>
#include <deque>
#include <set>

#include "base/utf8.h"
#include "store/probe.h"
#include "store/rows.h"
#include "store/sessions.h"
#include "store/walk.h"

// Sessions that a filter selects, and those of all users.

namespace sessiond {
namespace {

constexpr long long kChanged = 2;  // the status of store/lua/revoke.lua

Error stopped() { return {Failure::kUnavailable, "it was stopped"}; }

bool is_stopped(const Walking& walking) { return walking.stopped && walking.stopped(); }

// The error, and how many sessions had ended before it.
Error after(long long ended, const Error& error) {
  return {error.failure,
          std::to_string(ended) + " sessions are ended, and asked again it goes on with the others: " + error.text};
}

}  // namespace

Task<Result<Millis>> Sessions::clock(Slot primary) {
  Round round(redis_, primary, 1);
  round.send({"TIME"});
  if (const Result<Done> done = co_await round; !done) co_return done.error();
  const auto time = rows::parse_time(round[0]);
  if (!time) co_return refused(round[0]);
  co_return *time;
}

// The time of the server whose clock is ahead of the others'.
Task<Result<Millis>> Sessions::latest_clock() {
  Millis latest = 0;
  for (const Slot primary : redis_.primaries()) {
    const Result<Millis> time = co_await clock(primary);
    if (!time) co_return time.error();
    latest = std::max(latest, *time);
  }
  co_return latest;
}

// The time that a filter is judged by, if it can be.
Task<Result<Millis>> Sessions::judge_by(const Filter& filter, Slot primary) {
  const Result<Done> judgeable = filter.judgeable(activity_.recorded, activity_.ip);
  if (!judgeable) co_return judgeable.error();
  co_return co_await clock(primary);
}

// Reads the sessions among these keys. Hands over those that the filter fits, and passes over what is no session.
Task<Result<std::vector<FoundSession>>> Sessions::look(const std::vector<std::string>& keys, const Filter& filter,
                                                       Millis now) {
  std::vector<SessionName> names;
  std::deque<Round> rounds;  // one each, as each has a slot of its own
  for (const std::string& key : keys) {
    const auto name = keyspace_.parse_session_key(key);
    if (!name) continue;
    names.push_back(*name);
    const UserKeys of_user = keyspace_.of(name->ref);
    Round& round = rounds.emplace_back(redis_, key);
    send_row(round, of_user.session(name->id), rows::kUserField, fields(), true);
    send_bar(round, of_user);
  }
  std::vector<FoundSession> found;
  Result<Done> all = Done{};
  for (std::size_t i = 0; i < names.size(); ++i) {
    Round& round = rounds[i];
    if (const Result<Done> done = co_await round; !done) {
      all = done;
      continue;
    }
    const Reply& row = round[0];
    auto session = rows::read_session(names[i].id, row.without_first(rows::kSecretFields - rows::kUserField));
    if (session) rows::read_for_operators(row, *session);
    // A damaged bar hides no session: an attempt to end it reports the bar.
    const Result<Bar> bar = bar_in(round);
    if (bar && bar->keeps_out(names[i].id)) continue;
    if (session && filter.fits(*session, now)) {
      found.push_back({names[i].ref, presentable(row.text_at(0).value_or(""), kMaxUserId), *session});
    } else if (row.is_refusal()) {
      all = refused(row);
    } else if (!session && !rows::is_gone(row)) {
      redis_.note_error(row.is_error() ? row.text : "a session's hash is incomplete");
    }
  }
  if (!all) co_return all.error();
  co_return found;
}

Task<Result<Done>> Sessions::list_everybody(const Walking& walking, const TakeFound& take) {
  const Result<Done> judgeable = walking.filter.judgeable(activity_.recorded, activity_.ip);
  if (!judgeable) co_return judgeable.error();
  const Result<Millis> now = co_await latest_clock();
  if (!now) co_return now.error();
  std::set<std::array<std::uint8_t, 16>> taken;  // SCAN may return a key twice
  const std::uint64_t layout = redis_.layout();
  for (const Slot primary : redis_.primaries()) {
    Walk walk(redis_, primary, keyspace_.pattern(), walking.rate);
    while (!walk.over()) {
      if (is_stopped(walking)) co_return stopped();
      const Result<std::vector<std::string>> keys = co_await walk.next();
      if (!keys) co_return keys.error();
      const Result<std::vector<FoundSession>> found = co_await look(*keys, walking.filter, *now);
      if (!found) co_return found.error();
      for (const FoundSession& one : *found) {
        if (taken.insert(one.session.id.bytes).second) take(one);
      }
    }
  }
  if (layout != redis_.layout()) co_return slots_have_moved();
  if (!redis_.proven()) co_return Error{Failure::kUnavailable, "some sessions may be missing: " + redis_.trouble()};
  co_return Done{};
}

// Ends a session that the filter fits. It is judged by the fields that are read here, and the script ends it only if
// they are still the same; otherwise it is judged again. Nothing where it did not end. A use that is just being noted,
// and has not reached Redis yet, does not count.
Task<Result<std::optional<Ended>>> Sessions::end_fitting(const UserRef& ref, const Uuid& id, const Filter& filter,
                                                         Millis now, const Cause& cause) {
  const UserKeys of_user = keyspace_.of(ref);
  const Key key = of_user.session(id);
  const auto target = format_uuid(id);
  for (;;) {
    Round looking(redis_, key, 1);
    send_row(looking, key, rows::kSecretFields, fields(), true);
    if (const Result<Done> done = co_await looking; !done) co_return done.error();
    if (looking[0].is_refusal()) co_return refused(looking[0]);
    auto session = rows::read_session(id, looking[0]);
    if (session) rows::read_for_operators(looking[0], *session);
    if (!session || !filter.fits(*session, now)) co_return std::optional<Ended>();

    std::vector<std::string_view> arguments = {target, ""};
    for (std::size_t i = rows::kSecretFields; i < fields(); ++i) {
      arguments.insert(arguments.end(), {rows::kFields[i], looking[0].text_at(i - rows::kSecretFields).value_or("")});
    }
    Round ending(redis_, of_user.index(), Round::Kind::kRead);
    const Result<long long> status = co_await change(ending, kRevokeScript, ref, arguments, cause);
    if (!status) co_return status.error();
    if (*status == kChanged) continue;
    if (*status > 0) co_return std::optional(rows::read_ended(id, ending.last()));
    co_return std::optional<Ended>();
  }
}

// The same, but an empty filter ends the session whatever its key holds.
Task<Result<std::optional<Ended>>> Sessions::end(const UserRef& ref, const Uuid& id, const Filter& filter, Millis now,
                                                 const Cause& cause) {
  if (!filter.empty()) co_return co_await end_fitting(ref, id, filter, now, cause);
  Result<Ended> ended = co_await revoke(ref, id, "", Round::Kind::kRead, cause);
  if (ended) co_return std::optional(std::move(*ended));
  if (ended.error().failure != Failure::kNotFound) co_return ended.error();
  co_return std::optional<Ended>();
}

// This is not one step: a session that is minted meanwhile may stay. There is one wait for replicas for all of them.
Task<Result<long long>> Sessions::revoke_fitting(const UserRef& ref, const Ending& which) {
  const UserKeys of_user = keyspace_.of(ref);
  const Result<Millis> now = co_await judge_by(which.filter, redis_.slot_of(of_user.index()));
  if (!now) co_return now.error();
  std::vector<Uuid> ids;
  const TakeSession take = [&](const Session& session) {
    if (session.id != which.except && which.filter.fits(session, *now)) ids.push_back(session.id);
  };
  if (const Result<Done> listed = co_await list_all(ref, take); !listed) co_return listed.error();
  long long count = 0;
  for (const Uuid& id : ids) {
    const Result<std::optional<Ended>> ended = co_await end_fitting(ref, id, which.filter, *now, which.cause);
    if (!ended) co_return after(count, ended.error());
    if (!*ended) continue;
    ++count;
    if (which.ended) which.ended(**ended);
  }
  if (const Result<Done> kept = co_await confirm(of_user); !kept) co_return kept.error();
  co_return count;
}

// Which of the sessions among these keys are to end: all, or those that the filter fits.
Task<Result<std::vector<SessionName>>> Sessions::meant(const std::vector<std::string>& keys, const Filter& filter,
                                                       Millis now) {
  std::vector<SessionName> names;
  if (filter.empty()) {
    for (const std::string& key : keys) {
      if (const auto name = keyspace_.parse_session_key(key)) names.push_back(*name);
    }
    co_return names;
  }
  const Result<std::vector<FoundSession>> found = co_await look(keys, filter, now);
  if (!found) co_return found.error();
  for (const FoundSession& one : *found) names.push_back({one.ref, one.session.id});
  co_return names;
}

Task<Result<Done>> Sessions::revoke_everybody_at(Slot primary, const Walking& walking, Millis start, Everybody& found) {
  Walk walk(redis_, primary, keyspace_.pattern(), walking.rate);
  while (!walk.over()) {
    const Result<std::vector<std::string>> keys = co_await walk.next();
    if (!keys) co_return keys.error();
    const Result<std::vector<SessionName>> names = co_await meant(*keys, walking.filter, start);
    if (!names) co_return names.error();
    for (const auto& [ref, id] : *names) {
      const Result<std::optional<Ended>> ended = co_await end(ref, id, walking.filter, start, walking.cause);
      if (!ended) {
        if (found.left++ == 0) found.first_left = std::string_view(keyspace_.of(ref).session(id));
      } else if (*ended) {
        ++found.ended;
        if (walking.ended) walking.ended(**ended);
        if (minted_at(id) <= start) ++found.met;
      }
    }
    if (is_stopped(walking)) co_return stopped();
  }
  co_return Done{};
}

// Finds sessions by their own keys, as an index may lack some. In a cluster a key may move from a server that is still
// to be walked through to one that has been. So all are walked through again until no session is met any more. There is
// one wait for replicas for all sessions of a server.
Task<Result<long long>> Sessions::revoke_everybody(const Walking& walking) {
  const Result<Done> judgeable = walking.filter.judgeable(activity_.recorded, activity_.ip);
  if (!judgeable) co_return judgeable.error();
  Everybody found;
  const Result<Millis> start = co_await latest_clock();
  if (!start) co_return start.error();
  do {
    found.met = 0;
    for (const Slot primary : redis_.primaries()) {
      const Result<Done> done = co_await revoke_everybody_at(primary, walking, *start, found);
      if (!done) co_return after(found.ended, done.error());
    }
  } while (redis_.is_cluster() && found.met > 0);
  const std::string ended = std::to_string(found.ended) + " sessions are ended, but ";
  if (found.left > 0) {
    co_return Error{Failure::kUnavailable, ended + "Redis refused to end " + std::to_string(found.left) +
                                               ", first of them " + found.first_left};
  }
  if (!redis_.proven()) co_return Error{Failure::kUnavailable, ended + "perhaps not all: " + redis_.trouble()};
  for (const Slot primary : redis_.primaries()) {
    const UserKeys of_nobody = keys_of_nobody(redis_, primary, keyspace_);
    if (const Result<Done> kept = co_await confirm(of_nobody); !kept) co_return kept.error();
  }
  co_return found.ended;
}

}  // namespace sessiond
