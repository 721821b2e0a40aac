#pragma once

#include <string>
#include <string_view>

#include "base/fd.h"

namespace sessiond::test {

/// Connects to a Unix socket, or to `127.0.0.1:PORT` or `[::1]:PORT`; an empty Fd when nobody listens there. Reads and
/// writes fail after `kPatience`.
[[nodiscard]] Fd connect_to(const std::string& place);

/// Listens at a TCP address of this machine, IPv4 or IPv6; port 0 chooses a free one. An empty Fd when it cannot.
[[nodiscard]] Fd listen_at(const std::string& address, int port, int backlog);

/// Likewise at a Unix socket.
[[nodiscard]] Fd listen_at(const std::string& path);

/// The port that a listening TCP socket has.
[[nodiscard]] int port_of(int fd);

/// A TCP port of an address of this machine that is free now. No other test gets it while this program runs.
[[nodiscard]] int free_port(const std::string& address = "127.0.0.1");

/// Writes all of `bytes`. False when the peer has closed.
bool write_all(int fd, std::string_view bytes);

/// Reads what is there, waiting for the first byte; empty at the peer's end. Throws when nothing
/// comes.
[[nodiscard]] std::string read_some(int fd);

/// Waits until the peer has read all that was written. Throws when it does not.
void wait_until_taken(int socket);

}  // namespace sessiond::test
