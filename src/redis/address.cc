#include "redis/address.h"

#include <algorithm>
#include <optional>

#include "base/text.h"

namespace sessiond {
namespace {

constexpr std::size_t kLongestSocketPath = 107;  // sun_path of unix(7), less its NUL
constexpr std::size_t kLongestHost = 253;        // of a name in the DNS
constexpr int kHighestDatabase = 65535;
constexpr int kSentinelPort = 26379;
constexpr auto kNone = std::string_view::npos;

Error unreadable() {
  return bad_request(
      "Redis's address is written /path/of/socket, host:port, [IPv6]:port, unix:///path/of/socket, "
      "redis://host:port, redis+sentinel://host:port,host:port/NAME or redis+cluster://host:port,host:port, with TLS "
      "rediss");
}

Error secret_inside() {
  return bad_request("no user and no password belongs there: redis-user and redis-password-file are for them");
}

bool take(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

// Whether it has only letters, digits and `signs`.
bool consists_of(std::string_view text, std::string_view signs) {
  constexpr std::string_view kAlphanumeric = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  const std::string allowed = std::string(kAlphanumeric) + std::string(signs);
  return text.find_first_not_of(allowed) == kNone;
}

bool is_host(std::string_view text) { return !text.empty() && text.size() <= kLongestHost && consists_of(text, "-._"); }

// What stands in brackets; `%` leads to the interface of a link-local one.
bool is_ipv6(std::string_view text) {
  return text.size() <= kLongestHost && text.find(':') != kNone && consists_of(text, ":.%-_");
}

// `path` begins with a slash.
Result<Endpoint> parse_path(std::string_view path) {
  if (path.size() > kLongestSocketPath) return bad_request("the path of Redis's socket has at most 107 bytes");
  Endpoint endpoint;
  endpoint.unix_path = path;
  return endpoint;
}

// What follows `unix:` or `unix://`.
Result<Endpoint> parse_url_path(std::string_view path) {
  if (path.find('?') != kNone) return bad_request("nothing may follow the path of Redis's socket");
  return parse_path(path);
}

// `host:port`. Without a port, `port` holds, if there is one.
Result<Endpoint> parse_host(std::string_view text, std::optional<int> port) {
  const bool bracketed = text.starts_with('[');
  const std::size_t end = bracketed ? text.find(']') : text.find(':');
  if (bracketed && end == kNone) return unreadable();
  const std::string_view host = bracketed ? text.substr(1, end - 1) : text.substr(0, end);
  if (bracketed ? !is_ipv6(host) : !is_host(host)) return unreadable();
  std::string_view rest = end == kNone ? std::string_view{} : text.substr(bracketed ? end + 1 : end);
  if (!bracketed && rest.find(':', 1) != kNone) return bad_request("an IPv6 address of Redis is written [IPv6]:port");
  if (take(rest, ":")) port = parse_number<int>(rest);
  else if (!rest.empty()) return unreadable();
  if (!port || *port < 1 || *port > kHighestPort) return bad_request("Redis's port is a number from 1 to 65535");
  Endpoint endpoint;
  endpoint.unix_path.clear();
  endpoint.host = host;
  endpoint.port = *port;
  return endpoint;
}

Result<int> parse_database(std::string_view text) {
  if (text.empty()) return 0;
  const auto database = parse_number<int>(text);
  if (database && *database >= 0 && *database <= kHighestDatabase) return *database;
  return bad_request("only the number of a database may follow Redis's host and port, as in redis://host:port/2");
}

// What follows `redis://` and its like.
Result<Endpoint> parse_authority(std::string_view text, bool tls) {
  const std::size_t slash = std::min(text.find('/'), text.size());
  Result<Endpoint> endpoint = parse_host(text.substr(0, slash), Endpoint{}.port);
  if (!endpoint) return endpoint;
  endpoint->tls = tls;
  const Result<int> database = parse_database(text.substr(std::min(slash + 1, text.size())));
  if (!database) return database.error();
  endpoint->database = *database;
  return endpoint;
}

// `host:port,host:port`.
Result<std::vector<Endpoint>> parse_hosts(std::string_view text, int port, bool tls) {
  std::vector<Endpoint> servers;
  for (bool last = false; !last;) {
    const std::size_t comma = text.find(',');
    last = comma == kNone;
    Result<Endpoint> server = parse_host(text.substr(0, comma), port);
    if (!server) return server.error();
    server->tls = tls;
    servers.push_back(std::move(*server));
    text.remove_prefix(last ? text.size() : comma + 1);
  }
  return servers;
}

// What follows `redis+sentinel://`.
Result<Place> parse_sentinels(std::string_view text, bool tls) {
  const std::size_t end_of_hosts = std::min(text.find('/'), text.size());
  const std::string_view hosts = text.substr(0, end_of_hosts);
  std::string_view rest = text.substr(std::min(end_of_hosts + 1, text.size()));
  const std::size_t end_of_name = std::min(rest.find('/'), rest.size());
  const std::string_view name = rest.substr(0, end_of_name);
  if (name.empty() || !consists_of(name, "-._")) {
    return bad_request(
        "after the sentinels comes the name by which they call the primary, as in redis+sentinel://host:port/NAME");
  }
  const Result<int> database = parse_database(rest.substr(std::min(end_of_name + 1, rest.size())));
  if (!database) return database.error();
  Place place;
  place.primary_name = name;
  Result<std::vector<Endpoint>> sentinels = parse_hosts(hosts, kSentinelPort, tls);
  if (!sentinels) return sentinels.error();
  place.sentinels = std::move(*sentinels);
  for (Endpoint& sentinel : place.sentinels) sentinel.database = *database;
  return place;
}

// What follows `redis+cluster://`.
Result<Place> parse_cluster(std::string_view text, bool tls) {
  if (text.find('/') != kNone)
    return bad_request(
        "a Redis Cluster has no other database than 0, and no socket: only host:port,host:port stands there");
  Result<std::vector<Endpoint>> servers = parse_hosts(text, Endpoint{}.port, tls);
  if (!servers) return servers.error();
  Place place;
  place.cluster = std::move(*servers);
  return place;
}

// `host:port,host:port`, as one would write it.
std::string text_of(const std::vector<Endpoint>& servers) {
  std::string text;
  for (const Endpoint& server : servers) {
    if (!text.empty()) text += ',';
    text += server.place();
  }
  return text;
}

}  // namespace

std::optional<Endpoint> endpoint_at(std::string_view host, long long port, const Endpoint& told_by) {
  if (port < 1 || port > kHighestPort || (!host.empty() && !is_host(host) && !is_ipv6(host))) return std::nullopt;
  Endpoint server = told_by;
  if (!host.empty()) server.host = host;
  server.port = static_cast<int>(port);
  return server;
}

std::string Endpoint::place() const {
  const bool ipv6 = host.find(':') != std::string::npos;
  return (ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

std::string Endpoint::text() const {
  if (!unix_path.empty()) return unix_path;
  std::string text = tls ? "rediss://" : database != 0 ? "redis://" : "";
  text += place();
  if (database != 0) text.append("/").append(std::to_string(database));
  return text;
}

std::string Place::text() const {
  const std::string scheme = tls() ? "rediss+" : "redis+";
  if (!sentinels.empty()) return scheme + "sentinel://" + text_of(sentinels) + "/" + primary_name;
  if (!cluster.empty()) return scheme + "cluster://" + text_of(cluster);
  return server.text();
}

Result<Endpoint> parse_endpoint(std::string_view text) {
  if (text.starts_with('/')) return parse_path(text);
  if (std::string_view path = text; take(path, "unix:")) {
    take(path, "//");
    if (path.starts_with('/')) return parse_url_path(path);
  }
  if (text.find('@') != kNone) return secret_inside();
  if (take(text, "redis://") || take(text, "tcp://")) return parse_authority(text, false);
  if (take(text, "rediss://")) return parse_authority(text, true);
  if (text.find("://") != kNone) return unreadable();
  return parse_host(text, std::nullopt);
}

Result<Place> parse_place(std::string_view text) {
  struct Scheme {
    std::string_view prefix;
    bool tls;
    Result<Place> (*parse)(std::string_view, bool);
  };
  for (const auto& [prefix, tls, parse] :
       {Scheme{"redis+sentinel://", false, parse_sentinels}, Scheme{"rediss+sentinel://", true, parse_sentinels},
        Scheme{"redis+cluster://", false, parse_cluster}, Scheme{"rediss+cluster://", true, parse_cluster}}) {
    std::string_view rest = text;
    if (!take(rest, prefix)) continue;
    return rest.find('@') == kNone ? parse(rest, tls) : secret_inside();
  }
  Result<Endpoint> server = parse_endpoint(text);
  if (!server) return server.error();
  Place place;
  place.server = std::move(*server);
  return place;
}

}  // namespace sessiond
