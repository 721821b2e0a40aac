#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "redis/channel.h"

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

/// The server at a place that the server `told_by` names. It is reached as `told_by` is. An empty host means that of
/// `told_by`. Nothing when the host is neither a name nor an address without brackets, or the port is none.
[[nodiscard]] std::optional<Endpoint> endpoint_at(std::string_view host, long long port, const Endpoint& told_by);

/// Where all is stored: at a server, at the primary that sentinels know by a name, or in a Redis Cluster.
struct Place {
  Endpoint server;
  std::vector<Endpoint> sentinels;
  std::string primary_name;
  std::vector<Endpoint> cluster;  // some of its servers

  [[nodiscard]] bool tls() const { return first().tls; }
  [[nodiscard]] int database() const { return first().database; }
  /// As one would write it.
  [[nodiscard]] std::string text() const;

 private:
  // The primary is reached as the sentinels are, and each server of a cluster as the others are.
  [[nodiscard]] const Endpoint& first() const {
    return !sentinels.empty() ? sentinels.front() : !cluster.empty() ? cluster.front() : server;
  }
};

/// Where Redis is and how to talk to it. The files of passwords are read at every connect, so a changed
/// password needs no restart; a password is never kept.
struct RedisAddress : Place {
  std::string user;           // ACL user; empty for the default one
  std::string password_file;  // empty for none
  std::string sentinel_user;
  std::string sentinel_password_file;
  TlsIdentity identity;
  double timeout = 1.0;   // seconds a reply may take
  int max_staleness = 0;  // seconds for which a primary is used without an answer of a replica; 0 for ever
  /// What must be true of a change before it counts as done.
  struct Confirmation {
    int replicas = 0;      // at least so many replicas have it
    bool on_disk = false;  // the primary and so many replicas have it on disk
    /// Whether more is wanted than that the primary has made it.
    [[nodiscard]] bool wanted() const { return replicas > 0 || on_disk; }
  } confirmation;
};

/// Reads what an operator writes for an endpoint: `/path`, `unix:/path`, `unix:///path`, `host:port`,
/// `[IPv6]:port`, `tcp://host`, `redis://host` and, with TLS, `rediss://host`, the last three also with a
/// port and with `/` and the number of a database. Fails with a sentence that says what to write instead,
/// and never holds `text`, in which there may be a password.
[[nodiscard]] Result<Endpoint> parse_endpoint(std::string_view text);

/// Reads an endpoint, `redis+sentinel://host:port,host:port/NAME`, after the name perhaps `/` and the number of a
/// database, or `redis+cluster://host:port,host:port`; the last two with `rediss+` for TLS. Fails as above.
[[nodiscard]] Result<Place> parse_place(std::string_view text);

}  // namespace sessiond
