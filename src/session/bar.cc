#include "session/bar.h"

#include "base/text.h"

namespace sessiond {

bool Bar::keeps_out(const Uuid& id) const {
  if (disabled) return true;
  return minted_at(id) <= not_before && spared != id;
}

std::optional<Bar> parse_bar(std::string_view field) {
  const std::size_t space = field.find(' ');
  const auto not_before = parse_number<Millis>(field.substr(0, space));
  if (!not_before || *not_before < 0) return std::nullopt;
  Bar bar{*not_before, std::nullopt, false};
  if (space == std::string_view::npos) return bar;
  const std::string_view who = field.substr(space + 1);
  bar.disabled = who == "disabled";
  if (!bar.disabled) bar.spared = parse_uuid(who);
  if (!bar.disabled && !bar.spared) return std::nullopt;
  return bar;
}

}  // namespace sessiond
