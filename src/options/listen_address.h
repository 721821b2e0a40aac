#pragma once

#include <sys/socket.h>

#include <string>
#include <string_view>

#include "base/result.h"

namespace sessiond {

/// Where the worker listens: at a Unix socket, or at a port of one of this machine's addresses.
struct ListenAddress {
  std::string text;         // as it was written
  sockaddr_storage name{};  // as bind(2) wants it
  socklen_t size = 0;       // of the name

  [[nodiscard]] bool is_path() const { return name.ss_family == AF_UNIX; }
  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&name); }
  /// Whether no other machine can reach it: a Unix socket, or a port of 127.0.0.0/8 or ::1.
  [[nodiscard]] bool is_local() const;
};

/// Reads `/path/of/socket`, `127.0.0.1:9000` or `[::1]:9000`. A host's name is refused, because its addresses may
/// change. Fails with what was expected.
[[nodiscard]] Result<ListenAddress> parse_listen_address(std::string_view text);

}  // namespace sessiond
