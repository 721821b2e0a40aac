#include "options/together.h"

#include <string>

#include "options/listen_address.h"

namespace sessiond {
namespace {

// Says where the option `name` was set, and what it needs with it.
Error refuse_with(std::span<const Setting> settings, std::string_view name, std::string_view wanted) {
  const Setting nowhere{std::string(name), {}, {}};
  const Setting& setting = last_of(settings, nowhere);
  return bad_request(setting.origin + ": `" + setting.name + "` is `" + setting.value + "`, but " +
                     std::string(wanted) + " was expected with it");
}

// Other machines that can reach the internal port can sign in as anybody, so it is not opened by mistake.
Result<Done> check_listening(std::span<const Setting> settings, const Options& options) {
  if (options.listen_on_network) return Done{};
  for (const auto& [name, value] : {std::pair<std::string_view, std::string_view>("listen", options.listen),
                                    {"listen-check", options.listen_check},
                                    {"listen-internal", options.listen_internal}}) {
    const Result<ListenAddress> address = parse_listen_address(value);
    if (!address) return address.error();
    if (!address->is_local()) {
      return refuse_with(settings, name, "listen-on-network, as other machines can reach this address,");
    }
  }
  return Done{};
}

Result<Done> check_cookie(std::span<const Setting> settings, const http::SessionCookie& cookie) {
  if (!cookie.domain.empty() && http::forbids_domain(cookie.name)) {
    return refuse_with(settings, "cookie-domain",
                       "a cookie-name that does not begin with __Host-, such as __Secure-session,");
  }
  if (!cookie.secure && http::demands_secure(cookie.name)) {
    return refuse_with(settings, "insecure-cookie",
                       "a cookie-name that begins with neither __Host- nor __Secure-, such as session,");
  }
  if (!cookie.secure && cookie.same_site == "None") {
    return refuse_with(settings, "insecure-cookie", "a cookie-same-site of Strict or Lax");
  }
  return Done{};
}

// Options that mean nothing without another one.
Result<Done> check_redis(const RedisAddress& redis) {
  const TlsIdentity& our = redis.identity;
  const bool any = !our.ca_file.empty() || !our.cert_file.empty() || !our.key_file.empty() || !our.server_name.empty();
  if (any && !redis.tls()) {
    return bad_request(
        "redis-ca-file, redis-cert-file, redis-key-file and redis-server-name are for a Redis with TLS, but "
        "`redis` names one without: its address is written rediss://host:port");
  }
  if (!redis.sentinel_password_file.empty() && redis.sentinels.empty()) {
    return bad_request("redis-sentinel-password-file is set, but `redis` names no sentinels");
  }
  if (!redis.sentinel_user.empty() && redis.sentinel_password_file.empty()) {
    return bad_request("redis-sentinel-user is set, but redis-sentinel-password-file is not");
  }
  if (our.cert_file.empty() != our.key_file.empty()) {
    return bad_request("redis-cert-file and redis-key-file belong together: one of them is not set");
  }
  return Done{};
}

}  // namespace

Result<Done> check_together(std::span<const Setting> settings, const Options& options) {
  if (const Result<Done> good = check_cookie(settings, options.policy.cookie); !good) return good.error();
  if (const Result<Done> good = check_listening(settings, options); !good) return good.error();
  if (options.activity.ip != RecordIp::kOff && !options.activity.recorded) {
    return bad_request("record-ip is set, but none of record-activity, web-idle and cli-idle is");
  }
  if (options.known_devices > 0 && options.policy.events_kept == 0) {
    return bad_request("known-devices is set, but events-kept is not");
  }
  return check_redis(options.redis);
}

}  // namespace sessiond
