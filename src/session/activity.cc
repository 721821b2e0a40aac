#include "session/activity.h"

#include <algorithm>

namespace sessiond {

Millis seen_for(Millis idle) {
  constexpr Millis kShortest = 60'000;
  constexpr Millis kLongest = 300'000;
  return idle == 0 ? kLongest : std::clamp(idle / 16, kShortest, kLongest);
}

Millis end_of(Millis expires_at, const Seen& seen) {
  if (seen.idle == 0) return expires_at;
  return std::min(expires_at, seen.at + seen.idle + seen_for(seen.idle));
}

bool is_due(const Seen& seen, Millis now) { return now - seen.at > seen_for(seen.idle); }

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
