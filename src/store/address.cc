#include "store/address.h"

#include <algorithm>
#include <optional>

#include "base/text.h"

namespace sessiond {
namespace {

constexpr std::size_t kLongestSocketPath = 107;  // sun_path of unix(7), less its NUL
constexpr std::size_t kLongestHost = 253;        // of a name in the DNS
constexpr int kHighestPort = 65535;
constexpr int kHighestDatabase = 65535;
constexpr auto kNone = std::string_view::npos;

Error refuse(std::string text) { return {Failure::kBadRequest, std::move(text)}; }

Error unreadable() {
  return refuse(
      "Redis's address is written /path/of/socket, host:port, [IPv6]:port, unix:///path/of/socket, "
      "redis://host:port or, with TLS, rediss://host:port");
}

bool take(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

// Of letters, digits and `signs` only.
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
  if (path.size() > kLongestSocketPath) return refuse("the path of Redis's socket has at most 107 bytes");
  Endpoint endpoint;
  endpoint.unix_path = path;
  return endpoint;
}

// What follows `unix:` or `unix://`.
Result<Endpoint> parse_url_path(std::string_view path) {
  if (path.find('?') != kNone) return refuse("nothing may follow the path of Redis's socket");
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
  if (!bracketed && rest.find(':', 1) != kNone) return refuse("an IPv6 address of Redis is written [IPv6]:port");
  if (take(rest, ":")) port = parse_number<int>(rest);
  else if (!rest.empty()) return unreadable();
  if (!port || *port < 1 || *port > kHighestPort) return refuse("Redis's port is a number from 1 to 65535");
  Endpoint endpoint;
  endpoint.unix_path.clear();
  endpoint.host = host;
  endpoint.port = *port;
  return endpoint;
}

// What follows `redis://` and its like.
Result<Endpoint> parse_authority(std::string_view text, bool tls) {
  const std::size_t slash = std::min(text.find('/'), text.size());
  Result<Endpoint> endpoint = parse_host(text.substr(0, slash), Endpoint{}.port);
  if (!endpoint) return endpoint;
  endpoint->tls = tls;
  if (text.size() - slash > 1) {
    const auto database = parse_number<int>(text.substr(slash + 1));
    if (!database || *database < 0 || *database > kHighestDatabase) {
      return refuse("only the number of a database may follow Redis's host and port, as in redis://host:port/2");
    }
    endpoint->database = *database;
  }
  return endpoint;
}

}  // namespace

std::string Endpoint::text() const {
  if (!unix_path.empty()) return unix_path;
  const bool ipv6 = host.find(':') != std::string::npos;
  std::string text = tls ? "rediss://" : database != 0 ? "redis://" : "";
  text += (ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
  if (database != 0) text.append("/").append(std::to_string(database));
  return text;
}

Result<Endpoint> parse_endpoint(std::string_view text) {
  if (text.starts_with('/')) return parse_path(text);
  if (std::string_view path = text; take(path, "unix:")) {
    take(path, "//");
    if (path.starts_with('/')) return parse_url_path(path);
  }
  if (text.find('@') != kNone) {
    return refuse("no user and no password belongs there: redis-user and redis-password-file are for them");
  }
  if (take(text, "redis://") || take(text, "tcp://")) return parse_authority(text, false);
  if (take(text, "rediss://")) return parse_authority(text, true);
  if (text.find("://") != kNone) return unreadable();
  return parse_host(text, std::nullopt);
}

}  // namespace sessiond
