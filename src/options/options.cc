#include "options/options.h"

#include "options/values.h"

namespace sessiond {
namespace {

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

}  // namespace

std::span<const OptionRow> option_table() { return kTable; }

}  // namespace sessiond
