#include "options/listen_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <cstdint>
#include <cstring>
#include <optional>
#include <utility>

#include "base/text.h"

namespace sessiond {
namespace {

ListenAddress with_name(const auto& name) {
  ListenAddress address;
  std::memcpy(&address.name, &name, sizeof name);
  address.size = sizeof name;
  return address;
}

// The name as the type that its family says.
template <typename Name>
Name name_of(const ListenAddress& address) {
  Name name{};
  std::memcpy(&name, &address.name, sizeof name);
  return name;
}

std::optional<ListenAddress> read_path(std::string_view text) {
  sockaddr_un name{};
  if (!text.starts_with('/') || text.size() >= sizeof name.sun_path) return std::nullopt;
  name.sun_family = AF_UNIX;
  text.copy(name.sun_path, sizeof name.sun_path - 1);
  return with_name(name);
}

std::optional<ListenAddress> read_ipv4(const std::string& host, in_port_t port) {
  sockaddr_in name{};
  if (inet_pton(AF_INET, host.c_str(), &name.sin_addr) != 1) return std::nullopt;
  name.sin_family = AF_INET;
  name.sin_port = port;
  return with_name(name);
}

std::optional<ListenAddress> read_ipv6(const std::string& host, in_port_t port) {
  if (!host.starts_with('[') || !host.ends_with(']')) return std::nullopt;
  sockaddr_in6 name{};
  if (inet_pton(AF_INET6, host.substr(1, host.size() - 2).c_str(), &name.sin6_addr) != 1) return std::nullopt;
  name.sin6_family = AF_INET6;
  name.sin6_port = port;
  return with_name(name);
}

std::optional<ListenAddress> read_port(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto port = parse_number<std::uint16_t>(text.substr(colon + 1));
  if (!port || *port == 0) return std::nullopt;
  const std::string host(text.substr(0, colon));
  std::optional<ListenAddress> address = read_ipv4(host, htons(*port));
  return address ? address : read_ipv6(host, htons(*port));
}

}  // namespace

bool ListenAddress::is_local() const {
  constexpr std::uint32_t kLoopbackNetwork = 127;  // 127.0.0.0/8
  if (is_path()) return true;
  if (name.ss_family == AF_INET) return ntohl(name_of<sockaddr_in>(*this).sin_addr.s_addr) >> 24 == kLoopbackNetwork;
  const auto ipv6 = name_of<sockaddr_in6>(*this);
  return IN6_IS_ADDR_LOOPBACK(&ipv6.sin6_addr);
}

Result<ListenAddress> parse_listen_address(std::string_view text) {
  std::optional<ListenAddress> address = text.starts_with('/') ? read_path(text) : read_port(text);
  if (!address) {
    return Error{Failure::kBadRequest,
                 "an absolute path of at most 107 bytes, or an address with its port, such as 127.0.0.1:9000 or "
                 "[::1]:9000,"};
  }
  address->text = text;
  return std::move(*address);
}

}  // namespace sessiond
