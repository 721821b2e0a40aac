#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sessiond {

/// Where a key is kept in a Redis Cluster: one of 16,384 slots, each of which one server owns.
using Slot = std::uint16_t;

inline constexpr std::size_t kSlots = 16384;

/// The slot of a key, by the Redis Cluster specification, "Key distribution model": CRC16 (XMODEM) of what stands
/// between the first `{` and the next `}` or, where that is nothing, of the whole key.
[[nodiscard]] Slot slot_of(std::string_view key);

/// The least number whose slot this is: a hash tag for keys that must be in this slot.
[[nodiscard]] std::string tag_of(Slot slot);

}  // namespace sessiond
