#pragma once

#include <ev++.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "redis/address.h"
#include "redis/cluster.h"
#include "redis/pipeline.h"
#include "redis/rest.h"
#include "redis/server.h"
#include "redis/slot.h"
#include "redis/subscription.h"

namespace sessiond {

/// One loop's way to all that is stored: to a server, to the primary that sentinels name, or to a Redis Cluster. What
/// is asked of it is a Round, which says for which key it is. Belongs to the loop's thread.
class Redis {
 public:
  /// The counters outlive it.
  Redis(ev::loop_ref loop, RedisAddress address, metrics::RedisCounters& counters);

  /// Whether commands are taken now, if perhaps not all. When not, they fail at once with `trouble()`.
  [[nodiscard]] bool open() const { return single_ ? single_->open() : cluster_->open(); }
  /// Whether all servers have proven that they can be used.
  [[nodiscard]] bool proven() const { return single_ ? single_->proven() : cluster_->proven(); }
  /// Whether waiting is of no use: it would not change what can be used.
  [[nodiscard]] bool settled() const { return single_ ? single_->proven() || !single_->open() : cluster_->settled(); }
  /// Why not all servers are proven, for people.
  [[nodiscard]] std::string trouble() const { return single_ ? single_->trouble() : cluster_->trouble(); }
  /// Whether the address names one server, but that is one of a Redis Cluster, which waiting does not change.
  [[nodiscard]] bool in_cluster() const { return single_ && single_->in_cluster(); }

  /// The slot that Rounds for this key go by; 0 when there is but one server.
  [[nodiscard]] Slot slot_of(std::string_view key) const { return single_ ? Slot{} : sessiond::slot_of(key); }
  /// A slot of each server that owns any. A request about servers, not keys, asks each of these.
  [[nodiscard]] std::vector<Slot> primaries() const { return single_ ? std::vector<Slot>{0} : cluster_->primaries(); }
  /// Whether the same server owns both slots.
  [[nodiscard]] bool are_together(Slot a, Slot b) const { return single_ || cluster_->owner(a) == cluster_->owner(b); }
  /// Whether it is a Redis Cluster.
  [[nodiscard]] bool is_cluster() const { return cluster_ != nullptr; }
  /// The server that owns a slot, as one would write it.
  [[nodiscard]] std::string name_of(Slot slot) const;
  /// A number that changes whenever a slot's owner changes.
  [[nodiscard]] std::uint64_t layout() const { return single_ ? 0 : cluster_->layout(); }

  /// Awaited before commands that are many; see Pipeline::Turn.
  [[nodiscard]] Pipeline::Turn turn(Slot slot) {
    Server* const server = single_ ? &*single_ : cluster_->owner(slot);
    return server == nullptr ? Pipeline::Turn{nullptr} : server->turn();
  }

  /// Awaited between pieces of work that is not urgent: returns after so many seconds.
  [[nodiscard]] Rest rest(double seconds) { return {loop_, seconds}; }

  /// A connection of its own that hears what is published on a channel. In a Redis Cluster only.
  [[nodiscard]] std::unique_ptr<Subscription> subscribe(std::string channel, std::function<void()> begun,
                                                        std::function<void(std::string_view)> heard);

  /// What must be true of a change before its Round succeeds.
  [[nodiscard]] const RedisAddress::Confirmation& confirmation() const { return confirmation_; }

  /// Closes all connections for good: all that waits on them fails now, all that follows at once.
  void close();
  /// Notes that Redis answered with an error, in the log, at most once a second.
  void note_error(std::string_view text);

 private:
  friend class Round;

  std::optional<Server> single_;
  std::unique_ptr<Cluster> cluster_;  // where there is not one
  ev::loop_ref loop_;
  RedisAddress::Confirmation confirmation_;
  ev_tstamp error_logged_at_ = 0;
};

}  // namespace sessiond
