#include "integration/socket.h"

#include <arpa/inet.h>
#include <linux/sockios.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <memory>
#include <mutex>
#include <random>
#include <stdexcept>
#include <vector>

#include "integration/process.h"

namespace sessiond::test {

namespace {

Fd connect_to_path(const std::string& path) {
  Fd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return {};
  return fd;
}

Fd connect_to_port(const std::string& place) {
  const std::size_t colon = place.rfind(':');
  std::string host = place.substr(0, colon);
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), place.substr(colon + 1).c_str(), &wanted, &found) != 0) return {};
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, &freeaddrinfo);
  Fd fd(socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (connect(fd.get(), found->ai_addr, found->ai_addrlen) != 0) return {};
  return fd;
}

}  // namespace

Fd connect_to(const std::string& place) {
  Fd fd = place.starts_with('/') ? connect_to_path(place) : connect_to_port(place);
  if (!fd) return {};
  const timeval patience{kPatience.count(), 0};
  setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  return fd;
}

Fd listen_at(const std::string& address, int port, int backlog) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (getaddrinfo(address.c_str(), std::to_string(port).c_str(), &wanted, &found) != 0) return {};
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, &freeaddrinfo);
  Fd fd(socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd || bind(fd.get(), found->ai_addr, found->ai_addrlen) != 0 || listen(fd.get(), backlog) != 0) return {};
  return fd;
}

Fd listen_at(const std::string& path) {
  Fd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 || listen(fd.get(), 8) != 0) return {};
  return fd;
}

int port_of(int fd) {
  sockaddr_in6 address{};  // of either kind: the port stands at the same place
  socklen_t size = sizeof address;
  getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin6_port);
}

// Below those that the kernel gives to outgoing connections, one of which could take it before whoever asked does.
int free_port(const std::string& address) {
  static std::mutex guard;
  static std::vector<Fd> claimed;
  const std::scoped_lock lock(guard);
  static std::mt19937 random(std::random_device{}());
  std::uniform_int_distribution<int> ports(10'000, 32'000);
  for (int tries = 0; tries < 1000; ++tries) {
    const int port = ports(random);
    // An abstract Unix socket stands for the port: the kernel lets one program have it, and takes it back at its end.
    Fd ours = listen_at(std::string(1, '\0') + "sessiond-test-port-" + std::to_string(port));
    if (!ours || !listen_at(address, port, 1)) continue;
    claimed.push_back(std::move(ours));
    return port;
  }
  throw std::runtime_error("there is no free port of " + address);
}

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count < 0) {
      if (errno == EPIPE || errno == ECONNRESET) return false;
      throw std::runtime_error("a write does not end");
    }
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

std::string read_some(int fd) {
  std::array<char, 16384> block;
  const ssize_t count = recv(fd, block.data(), block.size(), 0);
  if (count < 0) {
    if (errno == ECONNRESET) return {};
    throw std::runtime_error("no answer comes");
  }
  return {block.data(), static_cast<std::size_t>(count)};
}

void wait_until_taken(int socket) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  int unread = 1;
  while (ioctl(socket, SIOCOUTQ, &unread) == 0 && unread != 0) {
    if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error("the peer does not read");
    poll(nullptr, 0, 1);
  }
}

}  // namespace sessiond::test
