#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "redis/reply.h"
#include "redis/slot.h"

namespace sessiond::events {

/// The place of an entry in a stream, as Redis numbers it: when it was added, and which of those of that millisecond.
struct EntryId {
  Millis at = 0;
  std::uint64_t number = 0;
  std::optional<Slot> slot = std::nullopt;  // in a Redis Cluster: whose stream it is in

  auto operator<=>(const EntryId&) const = default;
};

/// `1764438000123-0`, and in a Redis Cluster `1764438000123-0-12182`.
[[nodiscard]] std::string format_entry_id(const EntryId& id);
/// The id that a text is; nothing for any other text.
[[nodiscard]] std::optional<EntryId> parse_entry_id(std::string_view text);

/// Something that was done to a session or a user: what store/lua/common.lua's `tell` says of it. sessiond-events(7)
/// names the fields.
struct Entry {
  struct Field {
    std::string name;
    std::string value;

    bool operator==(const Field&) const = default;
  };

  EntryId id;
  std::vector<Field> fields;

  /// The value of a field; empty for none of this name.
  [[nodiscard]] std::string_view find(std::string_view name) const;

  bool operator==(const Entry&) const = default;
};

/// Reads an element of what XRANGE answers, without trust; nothing when that is no entry.
[[nodiscard]] std::optional<Entry> read_entry(const Reply& reply);

/// The entry as a JSON object: `id`, `at` and its fields.
[[nodiscard]] std::string json_of(const Entry& entry);

}  // namespace sessiond::events
