#pragma once

#include <optional>
#include <string_view>

#include "base/clock.h"
#include "session/uuid.h"

namespace sessiond {

/// Since when a user's sessions count: those minted before are over, whether or not anybody knows of them. Without one,
/// all count.
struct Bar {
  Millis not_before = -1;           // sessions minted at this instant or earlier, by Redis's clock, are over
  std::optional<Uuid> spared = {};  // but this one lives on
  bool disabled = false;            // none counts, and none may be minted

  [[nodiscard]] bool keeps_out(const Uuid& id) const;

  friend bool operator==(const Bar&, const Bar&) = default;
};

/// Reads the field as the scripts write it: `MS`, `MS ID` with the id that is spared, or `MS disabled`. Nothing for any
/// other text.
[[nodiscard]] std::optional<Bar> parse_bar(std::string_view field);

}  // namespace sessiond
