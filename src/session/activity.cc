#include "session/activity.h"

#include "base/text.h"

namespace sessiond {

std::optional<Seen> parse_seen(std::string_view field) {
  const auto at = parse_number<Millis>(field);
  if (!at || *at < 0) return std::nullopt;
  return Seen{*at};
}

}  // namespace sessiond
