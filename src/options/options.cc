#include "options/options.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <optional>

#include "base/text.h"
#include "base/utf8.h"
#include "events/webhook.h"
#include "http/cookie.h"
#include "options/listen_address.h"
#include "session/keys.h"

namespace sessiond {
namespace {

Error expected(std::string text) { return {Failure::kBadRequest, std::move(text)}; }

constexpr std::string_view kBlank = " \t\r";  // of a line of the configuration file

Result<Done> set_whole(std::string_view value, std::int64_t lowest, std::int64_t highest, auto& target) {
  const auto number = parse_number<std::int64_t>(value);
  if (!number || *number < lowest || *number > highest) {
    return expected("a whole number from " + std::to_string(lowest) + " to " + std::to_string(highest));
  }
  target = static_cast<std::remove_reference_t<decltype(target)>>(*number);
  return Done{};
}

Result<Done> set_cap(std::string_view value, auto& target) {
  std::size_t cap = 0;
  Result<Done> done = set_whole(value, 1, 1'000'000, cap);
  if (done) target = cap;
  return done;
}

// Seconds, with decimals.
Result<Done> set_seconds(std::string_view value, double& target) {
  const auto seconds = parse_number<double>(value);
  if (!seconds || !(*seconds >= 0.01 && *seconds <= 3600)) return expected("seconds from 0.01 to 3600");
  target = *seconds;
  return Done{};
}

Result<Done> set_lifetime(std::string_view value, Millis& target, Millis longest = kLongestLifetime) {
  const auto lifetime = parse_duration(value, longest);
  if (!lifetime) {
    return expected(longest == kLongestLifetime ? "a duration such as 90s, 30m, 12h or 30d, at most ten years"
                                                : "a duration such as 90s, 30m, 12h or 30d, at most 400d, after which "
                                                  "browsers forget any cookie,");
  }
  target = *lifetime;
  return Done{};
}

Result<Done> set_web_lifetime(std::string_view value, Millis& target) {
  return set_lifetime(value, target, kLongestWebLifetime);
}

// From one minute on. An empty value means none, as in the sample of the configuration. `wanted`: what else was
// expected.
Result<Done> set_duration_or_none(std::string_view value, Millis& target, Millis longest, const char* wanted) {
  if (value.empty()) {
    target = 0;
    return Done{};
  }
  const auto duration = parse_duration(value, longest);
  if (!duration || *duration < kShortestIdle) return expected(wanted);
  target = *duration;
  return Done{};
}

Result<Done> set_idle(std::string_view value, Millis& target) {
  return set_duration_or_none(value, target, kLongestLifetime,
                              "a duration such as 15m, 12h or 30d, from one minute to ten years,");
}

Result<Done> set_events_kept(std::string_view value, Millis& target) {
  return set_duration_or_none(value, target, kDay, "a duration such as 10m or 1h, from one minute to one day,");
}

// An empty value means none, as in the sample of the configuration.
Result<Done> set_known_devices(std::string_view value, Millis& target) {
  target = 0;
  return value.empty() ? Result<Done>(Done{}) : set_lifetime(value, target);
}

Result<Done> set_webhook_url(std::string_view value, std::string& target) {
  if (!value.empty()) {
    if (const Result<events::Target> place = events::parse_target(value); !place) return place.error();
  }
  target = value;
  return Done{};
}

Result<Done> set_listen_address(std::string_view value, std::string& target) {
  const Result<ListenAddress> address = parse_listen_address(value);
  if (!address) return address.error();
  target = value;
  return Done{};
}

// The worker itself must be able to connect, to see whether another one listens.
Result<Done> set_mode(std::string_view value, mode_t highest, mode_t& target) {
  constexpr mode_t kOwner = 0600;
  mode_t mode = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), mode, 8);
  const bool whole = error == std::errc{} && end == value.data() + value.size();
  if (!whole || (mode & ~highest) != 0 || (mode & kOwner) != kOwner) {
    return expected(highest == 0777 ? "a mode such as 660 or 666"
                                    : "a mode such as 660 or 600, which gives all others nothing,");
  }
  target = mode;
  return Done{};
}

Result<Done> set_redis(std::string_view value, RedisAddress& target) {
  const Result<Place> place = parse_place(value);
  if (!place) return place.error();
  static_cast<Place&>(target) = *place;
  return Done{};
}

// A file that is read at each connect.
Result<Done> set_file(std::string_view value, std::string& target) {
  if (!value.empty() && !value.starts_with('/')) return expected("an absolute path");
  target = value;
  return Done{};
}

Result<Done> set_log_level(std::string_view value, log::Level& target) {
  if (value == "debug") target = log::Level::kDebug;
  else if (value == "info") target = log::Level::kInfo;
  else if (value == "warning") target = log::Level::kWarning;
  else if (value == "error") target = log::Level::kError;
  else return expected("debug, info, warning or error");
  return Done{};
}

Result<Done> set_log_format(std::string_view value, log::Format& target) {
  if (value == "text") target = log::Format::kText;
  else if (value == "json") target = log::Format::kJson;
  else return expected("text or json");
  return Done{};
}

Result<Done> set_log_output(std::string_view value, log::Output& target) {
  if (value == "stderr") target = log::Output::kStandardError;
  else if (value == "stdout") target = log::Output::kStandardOutput;
  else return expected("stderr or stdout");
  return Done{};
}

Result<Done> set_switch(std::string_view value, bool& target) {
  if (value != "true" && value != "false") return expected("true or false");
  target = value == "true";
  return Done{};
}

Result<Done> set_record_ip(std::string_view value, RecordIp& target) {
  if (value == "off") target = RecordIp::kOff;
  else if (value == "truncated") target = RecordIp::kTruncated;
  else if (value == "full") target = RecordIp::kFull;
  else return expected("off, truncated or full");
  return Done{};
}

Result<Done> set_realm(std::string_view value, http::Realm& target) {
  if (value != "public" && value != "internal") return expected("public or internal");
  target = value == "public" ? http::Realm::kPublic : http::Realm::kInternal;
  return Done{};
}

Result<Done> set_key_prefix(std::string_view value, std::string& target) {
  if (!is_key_prefix(value)) return expected("1 to 32 letters, digits, `-`, `_` and `.`");
  target = value;
  return Done{};
}

Result<Done> set_cookie_name(std::string_view value, std::string& target) {
  if (!http::is_cookie_name(value)) return expected("a cookie's name of 1 to 64 letters, digits and !#$%&'*+-.^_`|~");
  target = value;
  return Done{};
}

// An empty value means none, as in the sample of the configuration.
Result<Done> set_cookie_domain(std::string_view value, std::string& target) {
  if (!value.empty() && !http::is_cookie_domain(value)) return expected("a domain such as example.org");
  target = value;
  return Done{};
}

Result<Done> set_same_site(std::string_view value, std::string& target) {
  if (value != "Strict" && value != "Lax" && value != "None") return expected("Strict, Lax or None");
  target = value;
  return Done{};
}

// Of two headers with the same name the later one wins, as with all options. Names are compared without case, as
// applications that get headers as CGI variables cannot tell the cases apart. An empty value means no header, as in the
// sample of the configuration, and drops those before it.
Result<Done> add_check_header(std::string_view value, std::vector<CheckHeader>& target) {
  if (value.empty()) {
    target.clear();
    return Done{};
  }
  Result<CheckHeader> header = parse_check_header(value);
  if (!header) return header.error();
  std::erase_if(target, [&](const CheckHeader& earlier) { return equal_ignoring_case(earlier.name, header->name); });
  target.push_back(std::move(*header));
  return Done{};
}

// An empty value means none, as in the sample of the configuration.
Result<Done> set_login_url(std::string_view value, std::string& target) {
  if (!value.empty() && !is_login_url(value)) {
    return expected("a URL such as https://login.example.org/ or /login, without fragment,");
  }
  target = value;
  return Done{};
}

Result<Done> set_device_login(std::string_view value, std::string& target) {
  if (!value.empty() && (!is_login_url(value) || value.starts_with('/'))) {
    return expected("a URL such as https://example.org/device, without fragment,");
  }
  target = value;
  return Done{};
}

Result<Done> set_return_parameter(std::string_view value, std::string& target) {
  if (!is_parameter_name(value)) return expected("a parameter's name of 1 to 64 letters, digits and -_.~");
  target = value;
  return Done{};
}

Result<Done> set_member(std::string_view value, std::string& target) {
  if (value.empty() || !is_utf8(value)) return expected("the name of a member of the User");
  target = value;
  return Done{};
}

using Value = std::string_view;

constexpr bool kLive = true;
constexpr bool kMayHoldSecret = true;
constexpr bool kRepeatable = true;

constexpr OptionRow kTable[] = {
    {"listen", "ADDRESS", "/run/sessiond/public.sock",
     "where nginx reaches the public realm, by FastCGI: a Unix socket, or a port such as 127.0.0.1:9000; ignored when "
     "systemd passes a socket named public",
     [](Options& o, Value v) { return set_listen_address(v, o.listen); }},
    {"listen-check", "ADDRESS", "/run/sessiond/check.sock",
     "where gateways ask, over HTTP/1.1, who calls: a Unix socket, or a port; ignored when systemd passes a socket "
     "named check",
     [](Options& o, Value v) { return set_listen_address(v, o.listen_check); }},
    {"listen-internal", "ADDRESS", "/run/sessiond/internal.sock",
     "where your services mint and operators ask, over HTTP/1.1: a Unix socket, or a port, which every program of this "
     "machine can reach; ignored when systemd passes a socket named internal",
     [](Options& o, Value v) { return set_listen_address(v, o.listen_internal); }},
    {"listen-on-network", "", "false",
     "let listen, listen-check and listen-internal name ports that other machines can reach. Only where a firewall "
     "or a network of its own keeps everybody else away: nothing else does",
     [](Options& o, Value v) { return set_switch(v, o.listen_on_network); }},
    {"listen-group", "GROUP", "",
     "group, by name or number, of the sockets listen and listen-check: nginx's; the worker's own when empty",
     [](Options& o, Value v) -> Result<Done> {
       o.listen_rights.group = v;
       return Done{};
     }},
    {"listen-mode", "MODE", "660", "permissions of these two sockets",
     [](Options& o, Value v) { return set_mode(v, 0777, o.listen_rights.mode); }},
    {"listen-internal-group", "GROUP", "",
     "group of the socket listen-internal, whose members can sign in as anybody; the worker's own when empty",
     [](Options& o, Value v) -> Result<Done> {
       o.internal_rights.group = v;
       return Done{};
     }},
    {"listen-internal-mode", "MODE", "660", "permissions of this socket, of which all others can have none",
     [](Options& o, Value v) { return set_mode(v, 0770, o.internal_rights.mode); }},
    {"redis", "ADDRESS", "/run/redis/redis-server.sock",
     "where Redis is: /path/of/socket, host:port, [IPv6]:port, redis://host:port, with Sentinel "
     "redis+sentinel://host:port,host:port/NAME, a cluster redis+cluster://host:port,host:port; with TLS rediss; after "
     "a / the number of a database",
     [](Options& o, Value v) { return set_redis(v, o.redis); }, !kLive, kMayHoldSecret},
    {"redis-user", "NAME", "", "ACL user of Redis; the default user when empty",
     [](Options& o, Value v) -> Result<Done> {
       o.redis.user = v;
       return Done{};
     }},
    {"redis-password-file", "FILE", "",
     "file whose first line is Redis's password, read at every connect; by default "
     "$CREDENTIALS_DIRECTORY/redis-password where that exists",
     [](Options& o, Value v) -> Result<Done> {
       o.redis.password_file = v;
       return Done{};
     }},
    {"redis-sentinel-user", "NAME", "", "ACL user of the sentinels; the default user when empty",
     [](Options& o, Value v) -> Result<Done> {
       o.redis.sentinel_user = v;
       return Done{};
     }},
    {"redis-sentinel-password-file", "FILE", "",
     "file whose first line is the sentinels' password, read at every connect",
     [](Options& o, Value v) { return set_file(v, o.redis.sentinel_password_file); }},
    {"redis-ca-file", "FILE", "",
     "certificates (PEM) of who may have signed that of a Redis with TLS; the system's when empty",
     [](Options& o, Value v) { return set_file(v, o.redis.identity.ca_file); }},
    {"redis-cert-file", "FILE", "", "our own certificate and its chain (PEM), for a Redis with TLS that asks for one",
     [](Options& o, Value v) { return set_file(v, o.redis.identity.cert_file); }},
    {"redis-key-file", "FILE", "", "private key (PEM, without a passphrase) of redis-cert-file",
     [](Options& o, Value v) { return set_file(v, o.redis.identity.key_file); }},
    {"redis-server-name", "NAME", "", "name that the certificate of a Redis with TLS has; its host when empty",
     [](Options& o, Value v) -> Result<Done> {
       o.redis.identity.server_name = v;
       return Done{};
     }},
    {"key-prefix", "TEXT", "sessiond",
     "what all keys in Redis begin with, before a colon: workers with different ones share no session",
     [](Options& o, Value v) { return set_key_prefix(v, o.key_prefix); }},
    {"store-timeout", "SECONDS", "1", "how long Redis may take to answer before a request gets a 503",
     [](Options& o, Value v) { return set_seconds(v, o.redis.timeout); }},
    {"max-staleness", "SECONDS", "0",
     "a primary that no replica has answered for so long is not used, as another may have been promoted; 0: it needs "
     "no replica",
     [](Options& o, Value v) { return set_whole(v, 0, 3600, o.redis.max_staleness); }},
    {"redis-replicas", "N", "0",
     "how many replicas of Redis must have a change before it is answered as done; when they do not in half of "
     "store-timeout, the answer is a 503",
     [](Options& o, Value v) { return set_whole(v, 0, 64, o.redis.confirmation.replicas); }},
    {"redis-fsync", "", "false",
     "answer a change as done only when Redis has it on disk, and redis-replicas of its replicas on theirs: needs "
     "Redis 7.2 or Valkey",
     [](Options& o, Value v) { return set_switch(v, o.redis.confirmation.on_disk); }},
    {"threads", "N", "0", "threads, each with its own event loop and connection to Redis; 0: one per core",
     [](Options& o, Value v) { return set_whole(v, 0, 256, o.threads); }},
    {"receive-timeout", "SECONDS", "5", "how long a peer may take to go on sending a request or reading an answer",
     [](Options& o, Value v) { return set_seconds(v, o.receive_timeout); }, kLive},
    {"stop-timeout", "SECONDS", "20", "how long requests in flight may take to finish after SIGTERM",
     [](Options& o, Value v) { return set_seconds(v, o.stop_timeout); }, kLive},
    {"cookie-name", "NAME", "__Host-session",
     "name of the session cookie; browsers take a __Host- one only from the host that set it. nginx's maps have it, "
     "too",
     [](Options& o, Value v) { return set_cookie_name(v, o.policy.cookie.name); }},
    {"cookie-domain", "DOMAIN", "",
     "domain whose subdomains share the session cookie; by default only the host that set it has it. Wants a "
     "cookie-name without __Host-",
     [](Options& o, Value v) { return set_cookie_domain(v, o.policy.cookie.domain); }},
    {"cookie-same-site", "WHEN", "Lax",
     "with which requests from other sites browsers send the session cookie: Strict (none), Lax (links) or None (all)",
     [](Options& o, Value v) { return set_same_site(v, o.policy.cookie.same_site); }},
    {"insecure-cookie", "", "false",
     "set the session cookie without Secure, so that browsers send it over plain http: for development only. Wants a "
     "cookie-name without __Host- or __Secure-",
     [](Options& o, Value v) {
       bool insecure = false;
       Result<Done> done = set_switch(v, insecure);
       if (done) o.policy.cookie.secure = !insecure;
       return done;
     }},
    {"login-url", "URL", "",
     "where people sign in: http://…, https://… or a path of the site. A 401 then tells it, and nginx's "
     "sessiond-protect-pages.conf sends browsers there",
     [](Options& o, Value v) { return set_login_url(v, o.policy.login.url); }},
    {"return-parameter", "NAME", "rd", "parameter of login-url that says where people want to go back to",
     [](Options& o, Value v) { return set_return_parameter(v, o.policy.login.parameter); }},
    {"check-header", "NAME:MEMBER", "",
     "lets the check answer with header NAME, which says what the User's MEMBER is; may be given several times",
     [](Options& o, Value v) { return add_check_header(v, o.policy.check_headers); }, !kLive, !kMayHoldSecret,
     kRepeatable},
    {"groups-member", "MEMBER", "groups", "member of the User that has the groups which a rule of the check asks for",
     [](Options& o, Value v) { return set_member(v, o.policy.groups_member); }},
    {"web-lifetime", "DURATION", "30d",
     "how long a web session lives: a number and s, m, h or d; 400d at most, as browsers keep no cookie longer",
     [](Options& o, Value v) { return set_web_lifetime(v, o.policy.web_lifetime); }, kLive},
    {"cli-lifetime", "DURATION", "90d", "how long a CLI session lives",
     [](Options& o, Value v) { return set_lifetime(v, o.policy.cli_lifetime); }, kLive},
    {"dev-lifetime", "DURATION", "1d", "how long a session of a dev login lives",
     [](Options& o, Value v) { return set_web_lifetime(v, o.policy.dev_lifetime); }, kLive},
    {"max-web-sessions", "N", "100", "web sessions a user may have; minting one more ends the oldest of them",
     [](Options& o, Value v) { return set_cap(v, o.caps.web_sessions); }},
    {"max-cli-sessions", "N", "100", "CLI sessions a user may have; minting one more ends the oldest of them",
     [](Options& o, Value v) { return set_cap(v, o.caps.cli_sessions); }},
    {"max-sessions", "N", "100", "sets max-web-sessions and max-cli-sessions, where these are not set themselves",
     [](Options& o, Value v) { return set_cap(v, o.caps.sessions); }},
    {"bar-users", "", "false",
     "let users be disabled, and end all of a user's sessions also where Redis has lost their index, for one more read "
     "in each request; all workers want the same",
     [](Options& o, Value v) { return set_switch(v, o.bar_users); }},
    {"record-activity", "", "false",
     "note when each session was last used, to within five minutes, and show it in lists; all workers want the same",
     [](Options& o, Value v) { return set_switch(v, o.activity.recorded); }},
    {"record-ip", "HOW", "off",
     "what to keep, with its activity, of the address that a session is used from: off (nothing), truncated (the /24 "
     "of IPv4, the /48 of IPv6) or full. nginx's map $sessiond_address tells it",
     [](Options& o, Value v) { return set_record_ip(v, o.activity.ip); }},
    {"web-idle", "DURATION", "",
     "how long a web session that is not used lives: at least this, at most five minutes longer; as long as any when "
     "empty. Switches record-activity on",
     [](Options& o, Value v) { return set_idle(v, o.policy.web_idle); }},
    {"cli-idle", "DURATION", "", "the same of a CLI session",
     [](Options& o, Value v) { return set_idle(v, o.policy.cli_idle); }},
    {"grant-lifetime", "DURATION", "10m", "how long a CLI's code can be redeemed",
     [](Options& o, Value v) { return set_lifetime(v, o.policy.grant_lifetime); }, kLive},
    {"device-login", "URL", "",
     "lets CLIs begin to connect (RFC 8628), and tells people to type their code at URL, which leads to the page where "
     "they see their devices, with ?connect; none can when empty",
     [](Options& o, Value v) { return set_device_login(v, o.policy.device_login); }},
    {"device-codes", "N", "10000",
     "such codes that may be given out in a grant-lifetime, by all workers; who asks for more gets a 429",
     [](Options& o, Value v) { return set_whole(v, 1, 1'000'000, o.caps.devices); }},
    {"redeem-failures", "N", "300",
     "wrong codes of each kind that all clients together may try at once, and then a minute; those beyond get a 429",
     [](Options& o, Value v) { return set_whole(v, 1, 1'000'000, o.redeem_failures); }},
    {"max-requests", "N", "1024",
     "requests under way at once, and a quarter more of checks alone; those beyond get a 503",
     [](Options& o, Value v) { return set_whole(v, 1, 1'000'000, o.max_requests); }},
    {"dev-login", "", "false", "let anyone sign in as anyone through POST /api/v1/auth/dev-login: for development only",
     [](Options& o, Value v) { return set_switch(v, o.policy.dev_login); }, kLive},
    {"allow-eviction", "", "false", "be ready although Redis's maxmemory-policy is allkeys-*, which loses sessions",
     [](Options& o, Value v) { return set_switch(v, o.policy.allow_eviction); }, kLive},
    {"events-kept", "DURATION", "",
     "tell each change of a session or a user to a stream in Redis, which keeps it for so long, a day at most; "
     "there is none when empty. All workers want the same",
     [](Options& o, Value v) { return set_events_kept(v, o.policy.events_kept); }},
    {"known-devices", "DURATION", "",
     "say of a sign-in that it is on a new device: one on which no session of the user lives or had its end within "
     "this time. None is new when empty. Wants events-kept; all workers want the same",
     [](Options& o, Value v) { return set_known_devices(v, o.known_devices); }},
    {"webhook-url", "URL", "",
     "where `sessiond deliver` posts the events: https://example.org/hooks/sessions; wants events-kept and "
     "webhook-secret-file",
     [](Options& o, Value v) { return set_webhook_url(v, o.webhook_url); }},
    {"webhook-secret-file", "FILE", "",
     "file with what signs webhooks: whsec_ and base64 of 24 to 64 bytes (Standard Webhooks)",
     [](Options& o, Value v) { return set_file(v, o.webhook_secret_file); }},
    {"log-level", "LEVEL", "info", "the least that is logged: debug, info, warning or error",
     [](Options& o, Value v) { return set_log_level(v, o.log_level); }, kLive},
    {"log-format", "FORMAT", "text",
     "text, lines for people, or in systemd's journal entries with fields; or json, an object a line",
     [](Options& o, Value v) { return set_log_format(v, o.log_format); }},
    {"log-output", "STREAM", "stderr",
     "where the worker's log goes: stderr or stdout. To stdout go lines of log-format, also under systemd",
     [](Options& o, Value v) { return set_log_output(v, o.log_output); }},
    {"cgi-realm", "REALM", "public",
     "realm of the requests in CGI mode; internal only where nobody but your own services can reach the program",
     [](Options& o, Value v) { return set_realm(v, o.cgi_realm); }},
};

const OptionRow* find_row(std::string_view name) {
  const auto* const row = std::ranges::find(kTable, name, &OptionRow::name);
  return row == std::end(kTable) ? nullptr : row;
}

// All that is set for an option, in order.
std::vector<std::string_view> values_of(std::span<const Setting> settings, std::string_view name) {
  std::vector<std::string_view> values;
  for (const Setting& setting : settings) {
    if (setting.name == name) values.emplace_back(setting.value);
  }
  return values;
}

}  // namespace

std::span<const OptionRow> option_table() { return kTable; }

const Setting& last_of(std::span<const Setting> settings, const Setting& initial) {
  const auto last = std::find_if(settings.rbegin(), settings.rend(),
                                 [&](const Setting& setting) { return setting.name == initial.name; });
  return last == settings.rend() ? initial : *last;
}

Result<std::vector<Setting>> read_settings(std::string_view text, const std::string& origin) {
  std::vector<Setting> settings;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t newline = text.find('\n');
    const std::string_view line = trim(text.substr(0, newline), kBlank);
    text = newline == std::string_view::npos ? std::string_view{} : text.substr(newline + 1);
    if (line.empty() || line[0] == '#') continue;

    const std::string here = origin + ":" + std::to_string(number);
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos) return expected(here + ": expected `name = value`");
    Setting setting{std::string(trim(line.substr(0, equals), kBlank)),
                    std::string(trim(line.substr(equals + 1), kBlank)), here};
    if (find_row(setting.name) == nullptr) {
      return expected(here + ": there is no option `" + setting.name + "`; `sessiond --help` lists them");
    }
    settings.push_back(std::move(setting));
  }
  return settings;
}

Result<Done> apply_settings(std::span<const Setting> settings, Options& options) {
  for (const Setting& setting : settings) {
    const OptionRow* row = find_row(setting.name);
    if (row == nullptr) return expected(setting.origin + ": there is no option `" + setting.name + "`");
    const Result<Done> done = row->set(options, setting.value);
    if (!done && row->may_hold_secret) {
      return expected(setting.origin + ": `" + setting.name + "`: " + done.error().text);
    }
    if (!done) {
      return expected(setting.origin + ": `" + setting.name + "` is `" + setting.value + "`, but " + done.error().text +
                      " was expected");
    }
  }
  return Done{};
}

std::vector<Change> find_changes(std::span<const Setting> before, std::span<const Setting> after) {
  std::vector<Change> changes;
  for (const OptionRow& row : kTable) {
    const Setting initial{std::string(row.name), std::string(row.initial), {}};
    const Setting& was = last_of(before, initial);
    const Setting& is = last_of(after, initial);
    const bool others_differ = row.repeatable && values_of(before, row.name) != values_of(after, row.name);
    if (was.value != is.value || others_differ) changes.push_back({&row, is.value, is.origin});
  }
  return changes;
}

}  // namespace sessiond
