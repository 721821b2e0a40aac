#include "session/network.h"

#include <arpa/inet.h>

#include <algorithm>

#include "base/text.h"

namespace sessiond {
namespace {

constexpr Address kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
constexpr std::size_t kMappedBytes = kMappedBits / 8;
constexpr int kAllBits = 128;

}  // namespace

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

bool Network::contains(const Network& other) const {
  return is_ipv4(address) == is_ipv4(other.address) && bits <= other.bits &&
         network_of(other.address, bits).address == address;
}

Network network_of(const Address& address, int bits) {
  Network network{address, bits};
  for (int bit = bits; bit < kAllBits; ++bit)
    network.address[static_cast<std::size_t>(bit / 8)] &= static_cast<std::uint8_t>(~(0x80U >> (bit % 8)));
  return network;
}

std::optional<Network> parse_network(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto address = parse_address(text.substr(0, slash));
  if (!address) return std::nullopt;
  if (slash == std::string_view::npos) return Network{*address, kAllBits};
  const int before = text.find(':') == std::string_view::npos ? kMappedBits : 0;
  const auto bits = parse_number<unsigned>(text.substr(slash + 1));
  if (!bits || *bits > static_cast<unsigned>(kAllBits - before)) return std::nullopt;
  const Network network = network_of(*address, before + static_cast<int>(*bits));
  if (network.address != *address) return std::nullopt;
  return network;
}

std::string text_of(const Network& network) {
  return text_of(network.address) + "/" + std::to_string(network.bits - (is_ipv4(network.address) ? kMappedBits : 0));
}

}  // namespace sessiond
