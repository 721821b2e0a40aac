#pragma once

#include <ev++.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <memory_resource>
#include <optional>
#include <string>
#include <vector>

#include "redis/address.h"
#include "redis/inquiry.h"
#include "redis/pipeline.h"
#include "redis/server.h"
#include "redis/slot.h"
#include "redis/slot_map.h"

namespace sessiond {

class Round;

/// One loop's connections to the primaries of a Redis Cluster (the Redis Cluster specification) and the
/// map of who owns which slot. Each command goes to the owner of its Round's slot.
///
/// A server that answers MOVED or ASK has not run the command: it is sent again, to the server that the answer names.
/// On TRYAGAIN and CLUSTERDOWN it is sent again a little later. Once the store's timeout has passed, no command is sent
/// again: its Round then fails. A command that may have run is never sent again.
///
/// Any server may be asked for the map, at first those that the address names. It is asked for again when a server
/// redirects or is lost, and every few seconds. A server that knows an older epoch of the cluster than another did is
/// not believed: it is cut off from the others. Belongs to the loop's thread.
class Cluster final : public ClusterEvents {
 public:
  /// The counters outlive it.
  Cluster(ev::loop_ref loop, RedisAddress address, metrics::RedisCounters& counters);
  ~Cluster() override;
  Cluster(const Cluster&) = delete;
  Cluster& operator=(const Cluster&) = delete;

  /// Whether some commands are taken now: the map is known, or nobody has yet failed to tell it.
  [[nodiscard]] bool open() const { return map_known_ || map_trouble_.empty(); }
  /// Whether all slots have an owner, and every owner has proven that it can be used.
  [[nodiscard]] bool proven() const { return trouble().empty(); }
  /// Whether waiting is of no use: each owner has proven that it can be used, or is known not to.
  [[nodiscard]] bool settled() const;
  /// What part of the cluster cannot be used, for people. Empty when all can.
  [[nodiscard]] std::string trouble() const;

  [[nodiscard]] const RedisAddress& address() const { return address_; }
  /// All servers that it knows: those that the address names, and those that own slots.
  [[nodiscard]] std::vector<Endpoint> servers() const;

  /// A slot of each primary, in no order; none before the map is known.
  [[nodiscard]] std::vector<Slot> primaries() const;
  /// A slot's owner. Null when nobody is known to own it. It may be deleted in a later turn of the loop.
  // cppcheck-suppress CastIntegerToAddressAtReturn
  [[nodiscard]] Server* owner(Slot slot) const { return owners_[slot]; }
  /// A number that changes whenever a slot's owner changes.
  [[nodiscard]] std::uint64_t layout() const { return layout_; }

  /// Closes all connections for good: all that waits on them fails now, all that follows at once.
  void close();

 private:
  friend class Round;

  // A command that waits until it is worth another try.
  struct Parked {
    Round* round;
    std::size_t index;
    ev_tstamp due;
  };

  [[nodiscard]] ev_tstamp now() const { return retry_.loop.now(); }
  // A slot that the server owns, if there is one.
  [[nodiscard]] std::optional<Slot> slot_of(const Server& server) const;
  [[nodiscard]] std::vector<const Server*> owners() const;
  void send(Round& round, std::size_t index);
  bool try_to_send(Round& round, std::size_t index);
  bool redirect(const Pipeline& from, const Waiting& command, const Reply& error) override;
  static bool send_to(Server& server, Round& round, std::size_t index, bool asking);
  void park(Round& round, std::size_t index);
  void send_parked();
  void on_trouble() override;
  void ask_for_map();
  void ask_in(double seconds);
  [[nodiscard]] Result<Done> read(std::size_t command, const Reply& reply, const Endpoint& asked);
  [[nodiscard]] Result<Done> read_epoch(const Reply& info);
  void on_map(const Result<Done>& told);
  void note_map(const Result<Done>& told);
  void adopt(const SlotMap& map);
  void give(Slot slot, Server* owner);
  Server& server_at(const Endpoint& endpoint);
  void drop_the_idle();

  ev::loop_ref loop_;
  RedisAddress address_;
  metrics::RedisCounters& counters_;
  std::vector<std::unique_ptr<Server>> servers_;         // those that own slots, and some that do not, or not any more
  std::array<Server*, kSlots> owners_{};                 // of servers_; null for nobody
  std::pmr::unsynchronized_pool_resource reply_memory_;  // of Rounds whose replies are many
  std::uint64_t layout_ = 0;
  std::unique_ptr<SlotMap> told_;  // the map from a server's answer, until the inquiry has ended
  long long epoch_ = 0;            // of the cluster, the latest heard of
  long long epoch_told_ = 0;       // by the server that is asked
  bool map_known_ = false;
  std::string map_trouble_;  // why the last question had no answer
  std::string gaps_;         // slots that nobody owns, for people
  bool doubted_ = false;     // something went wrong since the map was asked for last
  bool closed_ = false;
  std::deque<Parked> parked_;
  Inquiry inquiry_;
  double interval_;  // seconds to the next question for the map
  ev_tstamp asked_at_ = 0;
  ev::timer ask_;
  ev::timer retry_;
};

}  // namespace sessiond
