#include "session/activity.h"

#include "base/text.h"

namespace sessiond {
namespace {

constexpr Millis kLatest = 1LL << 53;  // as Lua can tell it; and no sum of some such is too large

}  // namespace

std::optional<Seen> parse_seen(std::string_view field) {
  const std::size_t space = field.find(' ');
  const auto at = parse_number<Millis>(field.substr(0, space));
  const auto idle = space == std::string_view::npos ? Millis{0} : parse_number<Millis>(field.substr(space + 1));
  if (!at || !idle || *at < 0 || *at > kLatest || *idle < 0 || *idle > kLatest) return std::nullopt;
  return Seen{*at, *idle};
}

}  // namespace sessiond
