#include "store/audit.h"

#include "redis/round.h"
#include "session/keys.h"
#include "store/walk.h"

namespace sessiond {
namespace {

constexpr std::size_t kMostDescriptions = 20;
constexpr std::size_t kMostPrefixes = 8;
// The sessions and indexes of every deployment, whatever its prefix.
constexpr const char* kPattern = "*:{*}:session*";

void fault(Audit& audit, std::string description) {
  ++audit.faults;
  if (audit.descriptions.size() < kMostDescriptions) audit.descriptions.push_back(std::move(description));
}

// Compares the sessions among `keys` with their indexes and lifetimes.
Task<Result<Done>> check_sessions(Redis& redis, Slot primary, const std::vector<std::string>& keys, Audit& audit) {
  Round round(redis, primary);
  for (const std::string& key : keys) {
    const std::size_t part = key.find(kSessionPart);
    const std::string index = key.substr(0, part) + std::string(kIndexPart);
    const std::string id = key.substr(part + kSessionPart.size());
    round.send({"ZSCORE", index, id});
    round.send({"HGET", key, "expires_at"});
    round.send({"PEXPIRETIME", key});
    round.send({"HGET", key, "user_id"});
  }
  if (const Result<Done> done = co_await round; !done) co_return done.error();
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const Reply& score = round[4 * i];
    const Reply& expires_at = round[4 * i + 1];
    const Reply& ttl = round[4 * i + 2];
    if (ttl.integer == -2) continue;  // it has just expired
    ++audit.sessions;
    if (is_dev_login(round[4 * i + 3].text)) ++audit.dev_logins;
    if (score.type != Reply::Type::kText) fault(audit, keys[i] + " is not in its user's index");
    if (std::to_string(ttl.integer) != expires_at.text) {
      fault(audit, keys[i] + " does not end at its expires_at");
    }
  }
  co_return Done{};
}

// Looks for the hash of every member of one index whose time is not over. Those whose time is are
// waiting for the next list or minting, which drops them.
Task<Result<Done>> check_index(Redis& redis, const std::string& key, Audit& audit) {
  Round clock(redis, key);
  clock.send({"TIME"});
  if (const Result<Done> done = co_await clock; !done) co_return done.error();
  // The second that has begun is left out whole: what expires in it may just have gone.
  std::string after = "(";
  after.append(clock[0].text_at(0).value_or("0")).append("999");
  Round members(redis, key);
  members.send({"ZRANGE", key, after, "+inf", "BYSCORE"});
  if (const Result<Done> done = co_await members; !done) co_return done.error();
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
    if (round[i].integer != 1) fault(audit, key + " lists a session that is gone");
  }
  co_return Done{};
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
    for (const std::string& key : *keys) {
      if (!keyspace.holds(key)) note_other(found, key);
      else if (key.find(kSessionPart) != std::string::npos) sessions.push_back(key);
      else if (key.ends_with(kIndexPart)) indexes.push_back(key);
    }
    if (const Result<Done> done = co_await check_sessions(redis, primary, sessions, found); !done) {
      co_return done.error();
    }
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
  co_return Error{Failure::kUnavailable, "slots of the Redis Cluster have moved meanwhile: once more, when they rest"};
}

}  // namespace sessiond
