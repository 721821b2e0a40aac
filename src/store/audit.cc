#include "store/audit.h"

#include <deque>
#include <tuple>

#include "base/text.h"
#include "redis/round.h"
#include "session/activity.h"
#include "session/bar.h"
#include "session/keys.h"
#include "store/walk.h"

namespace sessiond {
namespace {

constexpr std::size_t kMostDescriptions = 20;
constexpr std::size_t kMostPrefixes = 8;
// The sessions, indexes and bars of every deployment, whatever its prefix.
constexpr const char* kPattern = "*:{*}:session*";

void fault(Audit& audit, std::string description) {
  ++audit.faults;
  if (audit.descriptions.size() < kMostDescriptions) audit.descriptions.push_back(std::move(description));
}

Error refused(const Reply& error) {
  return {Failure::kUnavailable, "Redis answers: " + std::string(error.is_error() ? error.text : "something odd")};
}

// Whether a session expires as its fields `expires_at` and `seen` say. A key that moves to another server of a cluster
// gets there the time that it had left, and so expires some milliseconds late.
bool ends_in_time(const Reply& ttl, const Reply& fields, bool in_cluster) {
  constexpr Millis kLate = 1000;
  const auto expires_at = parse_number<Millis>(fields.text_at(0).value_or(""));
  const auto seen = parse_seen(fields.text_at(1).value_or("0"));
  if (!expires_at || !seen) return false;
  const Millis end = end_of(*expires_at, *seen);
  return ttl.integer >= end && ttl.integer <= end + (in_cluster ? kLate : 0);
}

// Compares one session with its index and its lifetime.
Result<Done> check_session(const std::string& key, const Round& round, bool in_cluster, Audit& audit) {
  for (std::size_t i = 0; i < round.size(); ++i) {
    if (round[i].is_refusal()) return refused(round[i]);
  }
  const auto& [score, fields, ttl, user_id] = std::tie(round[0], round[1], round[2], round[3]);
  if (ttl.integer == -2) return Done{};  // it has just expired
  ++audit.sessions;
  if (is_dev_login(user_id.text)) ++audit.dev_logins;
  if (score.type != Reply::Type::kText) fault(audit, key + " is not in its user's index");
  if (!ends_in_time(ttl, fields, in_cluster)) {
    fault(audit, key + " does not end at its expires_at, or earlier by its idle time");
  }
  return Done{};
}

// Compares the sessions among `keys` with their indexes and lifetimes.
Task<Result<Done>> check_sessions(Redis& redis, const std::vector<std::string>& keys, Audit& audit) {
  std::deque<Round> rounds;
  for (const std::string& key : keys) {
    const std::size_t part = key.find(kSessionPart);
    const std::string index = key.substr(0, part) + std::string(kIndexPart);
    const std::string id = key.substr(part + kSessionPart.size());
    Round& round = rounds.emplace_back(redis, key, 4);
    round.send({"ZSCORE", index, id});
    round.send({"HMGET", key, "expires_at", "seen"});
    round.send({"PEXPIRETIME", key});
    round.send({"HGET", key, "user_id"});
  }
  Result<Done> all = Done{};
  for (std::size_t i = 0; i < keys.size(); ++i) {
    Round& round = rounds[i];
    const Result<Done> done = co_await round;
    if (all) all = done ? check_session(keys[i], round, redis.is_cluster(), audit) : done;
  }
  co_return all;
}

// Looks for the hash of every member of one index that has not expired. The next list or minting drops those that have.
Task<Result<Done>> check_index(Redis& redis, const std::string& key, Audit& audit) {
  Round clock(redis, key);
  clock.send({"TIME"});
  if (const Result<Done> done = co_await clock; !done) co_return done.error();
  const auto seconds = clock[0].text_at(0);
  if (!seconds) co_return refused(clock[0]);
  // Members that expire in the present second are left out: their hashes may just have gone.
  std::string after = "(";
  after.append(*seconds).append("999");
  Round members(redis, key);
  members.send({"ZRANGE", key, after, "+inf", "BYSCORE"});
  if (const Result<Done> done = co_await members; !done) co_return done.error();
  if (members[0].is_refusal()) co_return refused(members[0]);
  if (members[0].type != Reply::Type::kArray) {
    fault(audit, key + " is not an index");
    co_return Done{};
  }
  ++audit.users;
  const std::string prefix = key.substr(0, key.size() - kIndexPart.size()) + std::string(kSessionPart);
  Round round(redis, key);
  for (const Reply& member : members[0].elements) {
    const std::string session = prefix + std::string(member.text);
    round.send({"EXISTS", session});
  }
  if (const Result<Done> done = co_await round; !done) co_return done.error();
  for (std::size_t i = 0; i < round.size(); ++i) {
    if (round[i].is_error()) co_return refused(round[i]);
    if (round[i].integer != 1) fault(audit, key + " lists a session that is gone");
  }
  co_return Done{};
}

void note_bar(const std::string& key, const Reply& reply, Audit& audit) {
  if (reply.type == Reply::Type::kNil) return;  // it has just expired
  const auto bar = parse_bar(reply.text);
  if (!bar) fault(audit, key + " is not a bar");
  else if (bar->disabled) ++audit.disabled;
}

// Looks which users of these bars are disabled.
Task<Result<Done>> check_bars(Redis& redis, const std::vector<std::string>& keys, Audit& audit) {
  std::deque<Round> rounds;
  for (const std::string& key : keys) rounds.emplace_back(redis, key, 1).send({"HGET", key, "bar"});
  Result<Done> all = Done{};
  for (std::size_t i = 0; i < keys.size(); ++i) {
    Round& round = rounds[i];
    const Result<Done> done = co_await round;
    if (!all) continue;
    if (!done) all = done;
    else if (round[0].is_refusal()) all = refused(round[0]);
    else note_bar(keys[i], round[0], audit);
  }
  co_return all;
}

void note_other(Audit& audit, std::string_view key) {
  const auto prefix = prefix_of_session_key(key);
  if (!prefix) return;
  ++audit.others;
  if (audit.prefixes.size() < kMostPrefixes) audit.prefixes.emplace(*prefix);
}

Task<Result<Done>> audit_one(Redis& redis, Slot primary, const Keyspace& keyspace, Audit& found) {
  Walk walk(redis, primary, kPattern);
  while (!walk.over()) {
    const Result<std::vector<std::string>> keys = co_await walk.next();
    if (!keys) co_return keys.error();
    std::vector<std::string> sessions;
    std::vector<std::string> indexes;
    std::vector<std::string> bars;
    for (const std::string& key : *keys) {
      if (!keyspace.holds(key)) note_other(found, key);
      else if (key.find(kSessionPart) != std::string::npos) sessions.push_back(key);
      else if (key.ends_with(kIndexPart)) indexes.push_back(key);
      else if (key.ends_with(kBarPart)) bars.push_back(key);
    }
    if (const Result<Done> done = co_await check_sessions(redis, sessions, found); !done) co_return done.error();
    if (const Result<Done> done = co_await check_bars(redis, bars, found); !done) co_return done.error();
    for (const std::string& index : indexes) {
      if (const Result<Done> done = co_await check_index(redis, index, found); !done) co_return done.error();
    }
  }
  co_return Done{};
}

}  // namespace

Task<Result<Audit>> audit(Redis& redis, const Keyspace& keyspace) {
  Audit found;
  const std::uint64_t layout = redis.layout();
  for (const Slot primary : redis.primaries()) {
    if (const Result<Done> done = co_await audit_one(redis, primary, keyspace, found); !done) co_return done.error();
  }
  if (layout == redis.layout()) co_return found;
  co_return slots_have_moved();
}

}  // namespace sessiond
