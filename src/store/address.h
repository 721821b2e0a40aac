#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/channel.h"

namespace sessiond {

inline constexpr int kHighestPort = 65535;

/// Where one server listens.
struct Endpoint {
  std::string unix_path = "/run/redis/redis-server.sock";  // if empty, host and port
  std::string host = "127.0.0.1";                          // a name, or an IPv4 or IPv6 address without brackets
  int port = 6379;
  int database = 0;
  bool tls = false;

  [[nodiscard]] bool operator==(const Endpoint&) const = default;
  /// Host and port.
  [[nodiscard]] std::string place() const;
  /// As one would write it.
  [[nodiscard]] std::string text() const;
};

/// Where the primary is: a server or, where there are sentinels, the one that they call by its name.
struct Place {
  Endpoint server;
  std::vector<Endpoint> sentinels;
  std::string primary_name;

  [[nodiscard]] bool tls() const { return first().tls; }
  [[nodiscard]] int database() const { return first().database; }
  /// As one would write it.
  [[nodiscard]] std::string text() const;

 private:
  // The primary is reached as the sentinels are.
  [[nodiscard]] const Endpoint& first() const { return sentinels.empty() ? server : sentinels.front(); }
};

/// Where Redis is and how to talk to it. The files of passwords are read at every connect, so a changed
/// password needs no restart; a password is never kept.
struct RedisAddress : Place {
  std::string user;           // ACL user; empty for the default one
  std::string password_file;  // empty for none
  std::string sentinel_user;
  std::string sentinel_password_file;
  TlsIdentity identity;
  double timeout = 1.0;  // seconds a reply may take
};

/// Reads what an operator writes for an endpoint: `/path`, `unix:/path`, `unix:///path`, `host:port`,
/// `[IPv6]:port`, `tcp://host`, `redis://host` and, with TLS, `rediss://host`, the last three also with a
/// port and with `/` and the number of a database. Fails with a sentence that says what to write instead,
/// and never holds `text`, in which there may be a password.
[[nodiscard]] Result<Endpoint> parse_endpoint(std::string_view text);

/// Reads an endpoint or `redis+sentinel://host:port,host:port/NAME`, with `rediss+` for TLS and after the name
/// perhaps `/` and the number of a database. Fails as above.
[[nodiscard]] Result<Place> parse_place(std::string_view text);

}  // namespace sessiond
