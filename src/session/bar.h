#pragma once

#include <optional>
#include <string_view>

#include "base/clock.h"
#include "session/uuid.h"

namespace sessiond {

/// A bar ends a user's sessions by their age: those minted at `not_before` or earlier have ended, also those that the
/// index does not know. Without a bar, all are valid.
struct Bar {
  Millis not_before = -1;           // sessions minted at this instant or earlier, by Redis's clock, have ended
  std::optional<Uuid> spared = {};  // but this one stays valid
  bool disabled = false;            // none is valid, and none may be minted

  [[nodiscard]] bool keeps_out(const Uuid& id) const;

  friend bool operator==(const Bar&, const Bar&) = default;
};

/// Reads the field as the scripts write it: `MS`, `MS ID` with the id that is spared, or `MS disabled`. Nothing for any
/// other text.
[[nodiscard]] std::optional<Bar> parse_bar(std::string_view field);

}  // namespace sessiond
