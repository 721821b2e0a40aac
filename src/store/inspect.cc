#include "store/inspect.h"

#include <cstdlib>

#include "base/text.h"
#include "redis/info.h"
#include "redis/round.h"
#include "store/probe.h"
#include "store/rows.h"

namespace sessiond {
namespace {

constexpr Millis kTolerableClockDifference = 5000;
constexpr long long kSmallHashValue = 512;  // the longest User-Agent kept

// The value in the reply to CONFIG GET of one name.
std::optional<std::string> config_value(const Reply& reply) { return std::optional<std::string>(reply.text_at(1)); }

// Compares what the server asks of its replicas with what is asked of them here.
void judge_replicas(const ServerFacts& facts, int replicas, std::vector<Finding>& findings) {
  if (facts.role == "master" && facts.linked_replicas && *facts.linked_replicas < replicas) {
    findings.push_back({true, "redis-replicas is " + std::to_string(replicas) + ", but its replicas are " +
                                  std::to_string(*facts.linked_replicas) + ": no change is confirmed"});
  }
  if (replicas > 0 && facts.least_replicas == 0) {
    findings.push_back({false,
                        "redis-replicas is set, but min-replicas-to-write is 0: without its replicas it still makes "
                        "changes, which are then not confirmed and may be undone; set " +
                            std::to_string(replicas)});
  }
  if (replicas == 0 && facts.least_replicas && *facts.least_replicas > 0) {
    findings.push_back({false, "min-replicas-to-write is " + std::to_string(*facts.least_replicas) +
                                   ", but redis-replicas is 0: a failover can undo changes that were answered before "
                                   "a replica had them"});
  }
}

}  // namespace

// Valkey's redis_version is that of the Redis which it is compatible with.
ServerFacts facts_in(std::string_view info) {
  const auto first_of = [info](std::string_view name, std::string_view other) {
    const auto value = info_value(info, name);
    return value ? *value : info_value(info, other).value_or("unknown");
  };
  ServerFacts facts;
  facts.product = info_value(info, "valkey_version") ? "Valkey" : "Redis";
  facts.version = first_of("valkey_version", "redis_version");
  facts.mode = first_of("redis_mode", "server_mode");
  facts.role = info_value(info, "role").value_or("unknown");
  facts.eviction = info_value(info, "maxmemory_policy");
  if (const auto enabled = info_value(info, "aof_enabled")) facts.append_only = *enabled == "1";
  facts.linked_replicas = parse_number<long long>(info_value(info, "connected_slaves").value_or(""));
  return facts;
}

Task<Result<ServerFacts>> inspect(Redis& redis, Slot primary, const Keyspace& keyspace, bool keeps_events) {
  const std::string name = redis.name_of(primary);
  Round round(redis, primary);
  const Millis asked_at = host_now();
  round.send({"TIME"});
  round.send({"INFO"});
  round.send({"CONFIG", "GET", "appendfsync"});
  round.send({"CONFIG", "GET", "hash-max-listpack-value"});
  round.send({"CONFIG", "GET", "cluster-allow-reads-when-down"});
  round.send({"CONFIG", "GET", "min-replicas-to-write"});
  Result<std::string> refusal = co_await probe(redis, round, primary, keyspace, keeps_events);
  if (!refusal) co_return Error{Failure::kUnavailable, "no Redis: " + redis.trouble()};
  const Millis answered_at = host_now();
  const auto clock = rows::parse_time(round[0]);
  if (!clock || round[1].type != Reply::Type::kText) {
    const Reply& reason = round[0].is_error() ? round[0] : round[1];
    co_return Error{Failure::kUnavailable,
                    "Redis does not say how it is: " + std::string(reason.is_error() ? reason.text : "no INFO")};
  }

  ServerFacts facts = facts_in(round[1].text);
  facts.name = name;
  facts.fsync = config_value(round[2]);
  facts.small_hash_value = parse_number<long long>(config_value(round[3]).value_or(""));
  facts.reads_when_down = facts.mode == "cluster" && config_value(round[4]) == "yes";
  facts.least_replicas = parse_number<long long>(config_value(round[5]).value_or(""));
  facts.refusal = std::move(*refusal);
  facts.clock = *clock;
  facts.clock_ahead_of_host = *clock - (asked_at + answered_at) / 2;
  co_return facts;
}

std::vector<Finding> judge(const ServerFacts& facts, const RedisAddress::Confirmation& wanted) {
  std::vector<Finding> findings;
  if (facts.role != "master") findings.push_back({true, "it is a read-only replica: nothing can be minted or revoked"});
  else if (!facts.refusal.empty()) findings.push_back({true, "it makes no changes: " + facts.refusal});
  if (facts.eviction && *facts.eviction != "noeviction") {
    findings.push_back({true, "maxmemory-policy is " + *facts.eviction +
                                  ": when memory is full, Redis deletes valid sessions, and indexes without which "
                                  "ending all sessions of a user misses some; set noeviction"});
  }
  if (facts.append_only == false) {
    findings.push_back({true, "appendonly is no: a crash loses sessions, and brings revoked ones back; set yes"});
  } else if (facts.append_only == true && facts.fsync && *facts.fsync != "always") {
    findings.push_back({false, "appendfsync is " + *facts.fsync +
                                   (wanted.on_disk ? ": each change waits for it, with redis-fsync; set always"
                                                   : ": a crash can undo the last second's revocations; `always` "
                                                     "keeps every one")});
  }
  if (facts.reads_when_down) {
    findings.push_back({true,
                        "cluster-allow-reads-when-down is yes: when it is cut off from the others, it still "
                        "serves sessions that are revoked there; set no"});
  }
  if (facts.small_hash_value && *facts.small_hash_value < kSmallHashValue) {
    findings.push_back({false, "hash-max-listpack-value is " + std::to_string(*facts.small_hash_value) +
                                   ": sessions take almost twice the memory; set 1024"});
  }
  if (std::llabs(facts.clock_ahead_of_host) > kTolerableClockDifference) {
    findings.push_back({false, "its clock is " + std::to_string(facts.clock_ahead_of_host / 1000) +
                                   " s ahead of this host's; sessions expire by Redis's"});
  }
  judge_replicas(facts, wanted.replicas, findings);
  return findings;
}

}  // namespace sessiond
