#include "session/activity.h"

namespace sessiond {
std::optional<Seen> parse_seen(std::string_view field) {
  const auto at = take_millis(field);
  if (!at) return std::nullopt;
  if (field.empty()) return Seen{*at};
  if (!field.starts_with(' ')) return std::nullopt;
  field.remove_prefix(1);
  const auto idle = take_millis(field);
  if (!idle || !field.empty()) return std::nullopt;
  return Seen{*at, *idle};
}

bool is_address(std::string_view text) { return parse_address(text).has_value(); }

int kept_bits(const Address& address) {
  constexpr int kNetworkOf4 = 24;
  constexpr int kNetworkOf6 = 48;
  return is_ipv4(address) ? kMappedBits + kNetworkOf4 : kNetworkOf6;
}

std::string kept_address(std::string_view text, RecordIp how) {
  if (how == RecordIp::kOff) return {};
  const std::optional<Address> address = parse_address(text);
  if (!address) return {};
  return how == RecordIp::kFull ? text_of(*address) : text_of(network_of(*address, kept_bits(*address)));
}

}  // namespace sessiond
