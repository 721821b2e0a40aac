#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "store/channel.h"

namespace sessiond {

/// Where a Redis listens.
struct Endpoint {
  std::string unix_path = "/run/redis/redis-server.sock";  // if empty, host and port
  std::string host = "127.0.0.1";                          // a name, or an IPv4 or IPv6 address without brackets
  int port = 6379;
  int database = 0;
  bool tls = false;

  /// As one would write it.
  [[nodiscard]] std::string text() const;
};

/// Where Redis is and how to talk to it. `password_file` is read at every connect, so a changed
/// password needs no restart; the password is never kept.
struct RedisAddress : Endpoint {
  std::string user;           // ACL user; empty for the default one
  std::string password_file;  // empty for none
  TlsIdentity identity;       // of `tls`
  double timeout = 1.0;       // seconds a reply may take
};

/// Reads what an operator writes for an endpoint: `/path`, `unix:/path`, `unix:///path`, `host:port`,
/// `[IPv6]:port`, `tcp://host`, `redis://host` and, with TLS, `rediss://host`, the last three also with a
/// port and with `/` and the number of a database. Fails with a sentence that says what to write instead,
/// and never holds `text`, in which there may be a password.
[[nodiscard]] Result<Endpoint> parse_endpoint(std::string_view text);

}  // namespace sessiond
