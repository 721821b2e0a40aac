#include "session/activity.h"

#include <arpa/inet.h>

#include <array>
#include <cstdint>

namespace sessiond {
namespace {

// An IPv6 address; IPv4 ones begin as kMapped does (RFC 4291, section 2.5.5.2).
using Address = std::array<std::uint8_t, 16>;
constexpr Address kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
constexpr std::size_t kMappedBytes = 12;

std::optional<Address> parse_address(std::string_view text) {
  const std::string whole(text);
  if (whole.find('\0') != std::string::npos) return std::nullopt;  // inet_pton would stop there
  Address address = kMapped;
  if (inet_pton(AF_INET, whole.c_str(), address.data() + kMappedBytes) == 1) return address;
  if (inet_pton(AF_INET6, whole.c_str(), address.data()) == 1) return address;
  return std::nullopt;
}

bool is_ipv4(const Address& address) {
  return std::equal(kMapped.begin(), kMapped.begin() + kMappedBytes, address.begin());
}

std::string text_of(const Address& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const bool short_one = is_ipv4(address);
  inet_ntop(short_one ? AF_INET : AF_INET6, address.data() + (short_one ? kMappedBytes : 0), text.data(), text.size());
  return text.data();
}

}  // namespace

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

std::string kept_address(std::string_view text, RecordIp how) {
  if (how == RecordIp::kOff) return {};
  std::optional<Address> address = parse_address(text);
  if (!address) return {};
  if (how == RecordIp::kFull) return text_of(*address);
  constexpr std::ptrdiff_t kNetworkOf4 = 15;  // bytes: /24
  constexpr std::ptrdiff_t kNetworkOf6 = 6;   // /48
  const bool short_one = is_ipv4(*address);
  std::fill(address->begin() + (short_one ? kNetworkOf4 : kNetworkOf6), address->end(), std::uint8_t{0});
  return text_of(*address) + (short_one ? "/24" : "/48");
}

}  // namespace sessiond
