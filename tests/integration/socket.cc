#include "integration/socket.h"

#include <linux/sockios.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <stdexcept>

#include "integration/process.h"

namespace sessiond::test {

Fd connect_to(const std::string& path) {
  Fd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return {};
  const timeval patience{kPatience.count(), 0};
  setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  return fd;
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
