#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sessiond {

/// An IPv6 address, or an IPv4 one as IPv6 writes it: `::ffff:203.0.113.7` (RFC 4291, section 2.5.5.2).
using Address = std::array<std::uint8_t, 16>;

/// The bits before an IPv4 address that is written so.
inline constexpr int kMappedBits = 96;

/// Reads an IPv4 or IPv6 address. Nothing for any other text.
[[nodiscard]] std::optional<Address> parse_address(std::string_view text);

[[nodiscard]] bool is_ipv4(const Address& address);

/// In one spelling: `203.0.113.7`, `2001:db8::1`.
[[nodiscard]] std::string text_of(const Address& address);

/// All addresses that begin with the first `bits` bits of `address`, whose other bits are 0. Never IPv4 and IPv6
/// together.
struct Network {
  Address address{};
  int bits = 0;  // of 128: for IPv4 kMappedBits more than what is written behind the `/`

  /// Whether all of the other is in it.
  [[nodiscard]] bool contains(const Network& other) const;
};

/// The network of this size (bits of 128) that an address is in.
[[nodiscard]] Network network_of(const Address& address, int bits);

/// Reads a network in CIDR's form, `203.0.113.0/24` or `2001:db8::/32`, or an address, which is a network of one.
/// Nothing for any other text, nor where the address has bits behind the network's: it may have been meant otherwise.
[[nodiscard]] std::optional<Network> parse_network(std::string_view text);

/// `203.0.113.0/24`, `2001:db8::/32`.
[[nodiscard]] std::string text_of(const Network& network);

}  // namespace sessiond
