#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "redis/address.h"
#include "redis/reply.h"
#include "redis/slot.h"

namespace sessiond {

/// Which primary of a Redis Cluster owns which slot.
struct SlotMap {
  static constexpr std::uint16_t kNobody = 0xffff;

  std::vector<Endpoint> primaries;            // those that own a slot
  std::array<std::uint16_t, kSlots> owner{};  // of each slot: a number of `primaries`, or kNobody

  /// The slots that nobody owns, for people, as `0-5460, 16383`; empty when there are none.
  [[nodiscard]] std::string gaps() const;
};

/// Reads the reply to CLUSTER SLOTS of the server `asked`; the others are reached as it is. A server that does not
/// know its own address means the one that it was asked at. Fails, for people, when the reply has another form, names a
/// host that cannot be one, or owners of no slot at all, as a server does that was taken out of its cluster.
[[nodiscard]] Result<SlotMap> read_slot_map(const Reply& reply, const Endpoint& asked);

/// An answer of a Redis Cluster that says that the command did not run, and who is to be asked instead.
struct Redirection {
  enum class Kind {
    kMoved,  // the slot belongs to `server` now
    kAsk,    // this key is at `server` already, which wants ASKING before the command
    kLater,  // nobody can say yet: the slot is on its way, or the cluster is electing
  };
  Kind kind = Kind::kLater;
  Slot slot = 0;    // of kMoved
  Endpoint server;  // of kMoved and kAsk
};

/// Reads an error as one: `MOVED slot host:port`, `ASK slot host:port`, `TRYAGAIN …` or `CLUSTERDOWN …`. Nothing for
/// any other. `from` is the server that answered, which may leave its own host out.
[[nodiscard]] std::optional<Redirection> read_redirection(std::string_view error, const Endpoint& from);

}  // namespace sessiond
