// Options: one table, from which the configuration file, the environment and the defaults follow.
#include "options/settings.h"

#include <gtest/gtest.h>

#include <set>

#include "options/command_line.h"
#include "options/together.h"

namespace sessiond {
namespace {

// Every field that an option sets, to be compared.
auto fields_of(const Options& o) {
  return std::tuple(o.listen, o.listen_check, o.listen_internal, o.listen_on_network, o.listen_rights.group, o.listen_rights.mode, o.internal_rights.group, o.internal_rights.mode, o.log_output, o.threads, o.receive_timeout, o.stop_timeout, o.redis.server.unix_path,
                    o.redis.server.host, o.redis.server.port, o.redis.user, o.redis.password_file, o.redis.timeout, o.redis.max_staleness,
                    o.policy.web_lifetime, o.policy.cli_lifetime, o.policy.dev_lifetime, o.policy.grant_lifetime,
                    o.policy.dev_login, o.policy.allow_eviction, o.caps.of(Kind::kWeb), o.caps.of(Kind::kCli), o.redeem_failures, o.max_requests, o.log_level,
                    o.cgi_realm, o.key_prefix, o.policy.cookie.name, o.policy.cookie.domain, o.policy.cookie.same_site, o.policy.cookie.secure, o.policy.check_headers, o.policy.groups_member,
                    o.policy.login.url, o.policy.login.parameter, o.activity.recorded, o.activity.ip, o.policy.web_idle, o.policy.cli_idle, o.policy.device_login, o.caps.devices);
}

Result<Done> apply(Options& options, const std::string& name, const std::string& value) {
  const std::vector<Setting> settings = {{name, value, "sessiond.conf:7"}};
  return apply_settings(settings, options);
}

TEST(Options, TheirDefaultsAreThoseThatTheTableShows) {
  for (const OptionRow& row : option_table()) {
    if (row.initial.empty()) continue;  // an empty text
    Options options;
    const Result<Done> done = apply(options, std::string(row.name), std::string(row.initial));
    ASSERT_TRUE(done) << row.name << ": " << done.error().text;
    EXPECT_EQ(fields_of(options), fields_of(Options{})) << row.name;
  }
}

TEST(Options, HaveNamesThatAreFlagsAndADescriptionEach) {
  std::set<std::string_view> names;
  for (const OptionRow& row : option_table()) {
    EXPECT_TRUE(names.insert(row.name).second) << row.name << " is there twice";
    EXPECT_EQ(row.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz-"), std::string_view::npos) << row.name;
    EXPECT_FALSE(row.help.empty()) << row.name;
  }
}

struct Good {
  const char* name;
  const char* value;
  std::function<bool(const Options&)> holds;
};

class GoodValue : public ::testing::TestWithParam<Good> {};

TEST_P(GoodValue, IsTaken) {
  Options options;
  const Result<Done> done = apply(options, GetParam().name, GetParam().value);
  ASSERT_TRUE(done) << done.error().text;
  EXPECT_TRUE(GetParam().holds(options)) << GetParam().name << " = " << GetParam().value;
}

INSTANTIATE_TEST_SUITE_P(
    Values, GoodValue,
    ::testing::Values(
        Good{"listen", "/a/b.sock", [](const Options& o) { return o.listen == "/a/b.sock"; }},
        Good{"listen-check", "/c", [](const Options& o) { return o.listen_check == "/c"; }},
        Good{"listen-internal", "/c", [](const Options& o) { return o.listen_internal == "/c"; }},
        Good{"listen", "127.0.0.1:9000", [](const Options& o) { return o.listen == "127.0.0.1:9000"; }},
        Good{"listen-internal", "[::1]:9002", [](const Options& o) { return o.listen_internal == "[::1]:9002"; }},
        Good{"listen-on-network", "true", [](const Options& o) { return o.listen_on_network; }},
        Good{"listen-group", "www-data", [](const Options& o) { return o.listen_rights.group == "www-data" && o.internal_rights.group.empty(); }},
        Good{"listen-internal-group", "33", [](const Options& o) { return o.internal_rights.group == "33" && o.listen_rights.group.empty(); }},
        Good{"listen-mode", "0666", [](const Options& o) { return o.listen_rights.mode == 0666 && o.internal_rights.mode == 0660; }},
        Good{"listen-internal-mode", "600", [](const Options& o) { return o.internal_rights.mode == 0600 && o.listen_rights.mode == 0660; }},
        Good{"log-output", "stdout", [](const Options& o) { return o.log_output == log::Output::kStandardOutput; }},
        Good{"redis", "/run/r.sock", [](const Options& o) { return o.redis.server.unix_path == "/run/r.sock"; }},
        Good{"redis", "example.com:6380",
             [](const Options& o) {
               return o.redis.server.unix_path.empty() && o.redis.server.host == "example.com" && o.redis.server.port == 6380;
             }},
        Good{"redis-user", "worker", [](const Options& o) { return o.redis.user == "worker"; }},
        Good{"redis-password-file", "/p", [](const Options& o) { return o.redis.password_file == "/p"; }},
        Good{"store-timeout", "0.25", [](const Options& o) { return o.redis.timeout == 0.25; }},
        Good{"max-staleness", "3", [](const Options& o) { return o.redis.max_staleness == 3; }},
        Good{"receive-timeout", "7", [](const Options& o) { return o.receive_timeout == 7; }},
        Good{"stop-timeout", "3600", [](const Options& o) { return o.stop_timeout == 3600; }},
        Good{"threads", "256", [](const Options& o) { return o.threads == 256; }},
        Good{"web-lifetime", "90s", [](const Options& o) { return o.policy.web_lifetime == 90'000; }},
        Good{"cli-lifetime", "30m", [](const Options& o) { return o.policy.cli_lifetime == 1'800'000; }},
        Good{"dev-lifetime", "12h", [](const Options& o) { return o.policy.dev_lifetime == 43'200'000; }},
        Good{"cli-lifetime", "3660d", [](const Options& o) { return o.policy.cli_lifetime == 3660 * kDay; }},
        Good{"web-lifetime", "400d", [](const Options& o) { return o.policy.web_lifetime == 400 * kDay; }},
        Good{"max-web-sessions", "7",
             [](const Options& o) { return o.caps.of(Kind::kWeb) == 7 && o.caps.of(Kind::kCli) == 100; }},
        Good{"max-cli-sessions", "7",
             [](const Options& o) { return o.caps.of(Kind::kCli) == 7 && o.caps.of(Kind::kWeb) == 100; }},
        Good{"grant-lifetime", "5m", [](const Options& o) { return o.policy.grant_lifetime == 300'000; }},
        Good{"key-prefix", "staging-2.a_B", [](const Options& o) { return o.key_prefix == "staging-2.a_B"; }},
        Good{"cookie-name", "__Host-s2", [](const Options& o) { return o.policy.cookie.name == "__Host-s2"; }},
        Good{"cookie-domain", "example.org", [](const Options& o) { return o.policy.cookie.domain == "example.org"; }},
        Good{"cookie-domain", "", [](const Options& o) { return o.policy.cookie.domain.empty(); }},
        Good{"cookie-same-site", "Strict", [](const Options& o) { return o.policy.cookie.same_site == "Strict"; }},
        Good{"cookie-same-site", "None", [](const Options& o) { return o.policy.cookie.same_site == "None"; }},
        Good{"login-url", "/login", [](const Options& o) { return o.policy.login.url == "/login"; }},
        Good{"login-url", "", [](const Options& o) { return o.policy.login.url.empty(); }},
        Good{"return-parameter", "next", [](const Options& o) { return o.policy.login.parameter == "next"; }},
        Good{"insecure-cookie", "true", [](const Options& o) { return !o.policy.cookie.secure; }},
        Good{"check-header", "Remote-Groups: groups", [](const Options& o) { return o.policy.check_headers == std::vector{CheckHeader{"Remote-Groups", "groups"}}; }},
        Good{"check-header", "X-E:a \" b", [](const Options& o) { return o.policy.check_headers == std::vector{CheckHeader{"X-E", "a \" b"}}; }},
        Good{"groups-member", "roles", [](const Options& o) { return o.policy.groups_member == "roles"; }},
        Good{"max-sessions", "1", [](const Options& o) { return o.caps.of(Kind::kWeb) == 1 && o.caps.of(Kind::kCli) == 1; }},
        Good{"web-idle", "15m", [](const Options& o) { return o.policy.web_idle == 900'000; }},
        Good{"cli-idle", "1m", [](const Options& o) { return o.policy.cli_idle == 60'000; }},
        Good{"cli-idle", "", [](const Options& o) { return o.policy.cli_idle == 0; }},
        Good{"record-ip", "truncated", [](const Options& o) { return o.activity.ip == RecordIp::kTruncated; }},
        Good{"record-ip", "full", [](const Options& o) { return o.activity.ip == RecordIp::kFull; }},
        Good{"record-activity", "true", [](const Options& o) { return o.activity.recorded; }},
        Good{"device-login", "https://example.org/device", [](const Options& o) { return o.policy.device_login == "https://example.org/device"; }},
        Good{"device-login", "", [](const Options& o) { return o.policy.device_login.empty(); }},
        Good{"device-codes", "5", [](const Options& o) { return o.caps.devices == 5; }},
        Good{"redeem-failures", "10", [](const Options& o) { return o.redeem_failures == 10; }},
        Good{"max-requests", "16", [](const Options& o) { return o.max_requests == 16; }},
        Good{"dev-login", "true", [](const Options& o) { return o.policy.dev_login; }},
        Good{"allow-eviction", "true", [](const Options& o) { return o.policy.allow_eviction; }},
        Good{"log-level", "debug", [](const Options& o) { return o.log_level == log::Level::kDebug; }}));

class BadValue : public ::testing::TestWithParam<std::pair<const char*, std::string>> {};

TEST_P(BadValue, IsRefusedWithWhereItStoodAndWhatWasExpected) {
  const auto& [name, value] = GetParam();
  Options options;
  const Result<Done> done = apply(options, name, value);
  ASSERT_FALSE(done) << name << " = " << value;
  EXPECT_TRUE(done.error().text.starts_with("sessiond.conf:7: `" + std::string(name) + "` is `" + value + "`, but "))
      << done.error().text;
  EXPECT_TRUE(done.error().text.ends_with(" was expected")) << done.error().text;
}

INSTANTIATE_TEST_SUITE_P(
    Values, BadValue,
    ::testing::Values(
        std::pair("listen", ""), std::pair("listen", "relative.sock"), std::pair("listen", "/" + std::string(107, 'x')),
        std::pair("listen", "localhost:9000"), std::pair("listen", "127.0.0.1"), std::pair("listen", "127.0.0.1:"), std::pair("listen", "127.0.0.1:0"),
        std::pair("listen", "127.0.0.1:65536"), std::pair("listen", "127.0.0.1:+80"), std::pair("listen", "127.1:9000"), std::pair("listen", "::1:9000"), std::pair("listen", "[::1]"),
        std::pair("listen", "[127.0.0.1]:9000"), std::pair("listen", ":9000"), std::pair("listen-check", "9000"), std::pair("listen-internal", "*:9000"),
        std::pair("listen-mode", ""), std::pair("listen-mode", "688"), std::pair("listen-mode", "1660"), std::pair("listen-mode", "060"), std::pair("listen-mode", "460"), std::pair("listen-mode", "rw"),
        std::pair("listen-internal-mode", "666"), std::pair("listen-internal-mode", "661"), std::pair("log-output", "journal"), std::pair("log-output", ""),
        std::pair("store-timeout", ""), std::pair("store-timeout", "0"), std::pair("store-timeout", "-1"),
        std::pair("store-timeout", "nan"), std::pair("store-timeout", "inf"), std::pair("store-timeout", "1s"),
        std::pair("store-timeout", "3601"), std::pair("max-staleness", "0.5"), std::pair("max-staleness", "-1"), std::pair("threads", "-1"), std::pair("threads", "257"),
        std::pair("threads", "two"), std::pair("threads", "1.5"), std::pair("threads", ""), std::pair("threads", " 1"),
        std::pair("record-ip", ""), std::pair("record-ip", "true"), std::pair("web-idle", "59s"), std::pair("web-idle", "0s"), std::pair("cli-idle", "60"), std::pair("cli-idle", "3661d"),
        std::pair("web-lifetime", ""), std::pair("web-lifetime", "30"), std::pair("web-lifetime", "d"),
        std::pair("web-lifetime", "0d"), std::pair("web-lifetime", "-1d"), std::pair("web-lifetime", "1w"),
        std::pair("web-lifetime", "1.5d"), std::pair("cli-lifetime", "3661d"), std::pair("web-lifetime", "401d"),
        std::pair("web-lifetime", "34560001s"), std::pair("dev-lifetime", "401d"), std::pair("max-web-sessions", "0"),
        std::pair("web-lifetime", "99999999999999999999d"), std::pair("max-sessions", "0"),
        std::pair("max-sessions", "1000001"), std::pair("redeem-failures", "0"), std::pair("dev-login", "yes"),
        std::pair("dev-login", "1"), std::pair("dev-login", ""), std::pair("log-level", "INFO"),
        std::pair("log-level", ""), std::pair("key-prefix", ""), std::pair("key-prefix", "a:b"),
        std::pair("key-prefix", std::string(33, 'a')), std::pair("key-prefix", "a*"), std::pair("cookie-name", ""),
        std::pair("cookie-name", "a=b"), std::pair("cookie-name", "a b"), std::pair("cookie-name", std::string(65, 'a')),
        std::pair("cookie-domain", "org"), std::pair("cookie-domain", ".example.org"), std::pair("cookie-domain", "a.org; Path=/x"),
        std::pair("cookie-same-site", ""), std::pair("cookie-same-site", "lax"), std::pair("cookie-same-site", "Lax; Domain=a.org"),
        std::pair("login-url", "login"), std::pair("login-url", "//evil.example"), std::pair("login-url", "https://a.org/#b"), std::pair("device-login", "/device"), std::pair("device-login", "https://a.org/#b"), std::pair("device-codes", "0"),
        std::pair("return-parameter", ""), std::pair("return-parameter", "a&b"), std::pair("insecure-cookie", "yes"), std::pair("insecure-cookie", ""), std::pair("groups-member", ""), std::pair("groups-member", "\xFF"),
        // No name and member.
        std::pair("check-header", "Remote-Groups"), std::pair("check-header", "Remote-Groups:"),
        std::pair("check-header", ": groups"), std::pair("check-header", "Remote Groups: groups"), std::pair("check-header", "Remote-Groups : groups"),
        std::pair("check-header", "Remote_Groups: groups"), std::pair("check-header", "-A: a"), std::pair("check-header", "R\xC3\xA9: a"),
        std::pair("check-header", std::string(65, 'a') + ": a"), std::pair("check-header", "A: \xFF"), std::pair("check-header", "A\r\nB: a"),
        // A name that means something else.
        std::pair("check-header", "X-Session-User: id"), std::pair("check-header", "x-session-groups: groups"), std::pair("check-header", "Remote-User: id"),
        std::pair("check-header", "Status: a"), std::pair("check-header", "content-length: a"), std::pair("check-header", "Content-Type: a"),
        std::pair("check-header", "Transfer-Encoding: a"), std::pair("check-header", "CONNECTION: a"), std::pair("check-header", "Keep-Alive: a"),
        std::pair("check-header", "TE: a"), std::pair("check-header", "Trailer: a"), std::pair("check-header", "Upgrade: a"),
        std::pair("check-header", "Proxy-Connection: a"), std::pair("check-header", "Proxy: a"), std::pair("check-header", "X-Accel-Redirect: a"),
        std::pair("check-header", "Set-Cookie: a"), std::pair("check-header", "Cookie: a"), std::pair("check-header", "Authorization: a"),
        std::pair("check-header", "X-Request-Id: a"), std::pair("check-header", "WWW-Authenticate: a"), std::pair("check-header", "Host: a")));

TEST(Options, AnAddressOfRedisThatIsRefusedIsNotShownForItMayHoldAPassword) {
  for (const char* value : {"redis://alice:hunter2@host:6379", "rediss://:hunter2@host", "hunter2@host:6379",
                            "host:6379,password=hunter2", "redis://host:6379?password=hunter2", "hunter2"}) {
    Options options;
    const Result<Done> done = apply(options, "redis", value);
    ASSERT_FALSE(done) << value;
    EXPECT_TRUE(done.error().text.starts_with("sessiond.conf:7: `redis`: ")) << done.error().text;
    EXPECT_EQ(done.error().text.find("hunter2"), std::string::npos) << done.error().text;
  }
}

TEST(Settings, AreReadLineByLine) {
  const auto settings = read_settings("# comment\n\n  threads = 2  \r\nredis-user=a = b\nredis=/x", "f.conf");
  ASSERT_TRUE(settings);
  ASSERT_EQ(settings->size(), 3U);
  EXPECT_EQ((*settings)[0].name, "threads");
  EXPECT_EQ((*settings)[0].value, "2");
  EXPECT_EQ((*settings)[0].origin, "f.conf:3");
  EXPECT_EQ((*settings)[1].value, "a = b");
  EXPECT_EQ((*settings)[2].origin, "f.conf:5");
}

TEST(Settings, OfAnotherFormAreRefusedByFileAndLine) {
  EXPECT_EQ(read_settings("threads = 1\nthreads\n", "f.conf").error().text, "f.conf:2: expected `name = value`");
  EXPECT_EQ(read_settings("\n\nthread = 1", "f.conf").error().text,
            "f.conf:3: there is no option `thread`; `sessiond --help` lists them");
  EXPECT_FALSE(read_settings("= 1", "f.conf"));
  EXPECT_FALSE(read_settings("threads = 1 # comment\n[section]", "f.conf"));
}

TEST(Settings, LaterOnesWin) {
  Options options;
  const std::vector<Setting> settings = {{"threads", "2", "a"}, {"threads", "3", "b"}};
  ASSERT_TRUE(apply_settings(settings, options));
  EXPECT_EQ(options.threads, 3U);
}

TEST(Settings, OfCheckHeadersAreAllTakenAndOfOneNameTheLast) {
  Options options;
  const std::vector<Setting> settings = {
      {"check-header", "A: a", "f:1"}, {"check-header", "B: b", "f:2"}, {"check-header", "a: c", "command line"}};
  ASSERT_TRUE(apply_settings(settings, options));
  EXPECT_EQ(options.policy.check_headers, (std::vector<CheckHeader>{{"B", "b"}, {"a", "c"}}));
}

TEST(Settings, ACheckHeaderThatIsEmptyTakesBackThoseBefore) {
  Options options;
  const std::vector<Setting> settings = {{"check-header", "A: a", "f:1"}, {"check-header", "", "f:2"}, {"check-header", "B: b", "f:3"}};
  ASSERT_TRUE(apply_settings(settings, options));
  EXPECT_EQ(options.policy.check_headers, (std::vector<CheckHeader>{{"B", "b"}}));
}

TEST(Settings, OfOneKindOfSessionWinOverTheCapOfBothWhereverTheyStand) {
  for (const auto& [first, second] : {std::pair("max-sessions", "max-web-sessions"), {"max-web-sessions", "max-sessions"}}) {
    Options options;
    const auto value = [](const std::string& name) { return name == "max-sessions" ? "50" : "10"; };
    ASSERT_TRUE(apply_settings(std::vector<Setting>{{first, value(first), "a"}, {second, value(second), "b"}}, options));
    EXPECT_EQ(options.caps.of(Kind::kWeb), 10U);
    EXPECT_EQ(options.caps.of(Kind::kCli), 50U);
  }
}

// What `settings` cannot be together for; nothing when they can.
std::string reproach_of(const std::vector<Setting>& settings) {
  Options options;
  if (!apply_settings(settings, options)) return "not even alone";
  const Result<Done> fit = check_together(settings, options);
  return fit ? "" : fit.error().text;
}

TEST(Settings, OfACookieThatBrowsersRefuseAreRefusedWithWhereTheyStoodAndWhatWasExpected) {
  const Setting domain = {"cookie-domain", "example.org", "f:3"};
  const Setting insecure = {"insecure-cookie", "true", "f:4"};
  const auto name = [](const std::string& text) { return Setting{"cookie-name", text, "f:5"}; };
  EXPECT_EQ(reproach_of({domain}), "f:3: `cookie-domain` is `example.org`, but a cookie-name that does not begin with __Host-, such as "
                                   "__Secure-session, was expected with it");
  EXPECT_EQ(reproach_of({domain, name("__host-s")}), reproach_of({domain}));
  EXPECT_EQ(reproach_of({insecure}), "f:4: `insecure-cookie` is `true`, but a cookie-name that begins with neither __Host- nor __Secure-, "
                                     "such as session, was expected with it");
  EXPECT_EQ(reproach_of({insecure, name("__Secure-s")}), reproach_of({insecure}));
  EXPECT_EQ(reproach_of({insecure, name("s"), {"cookie-same-site", "None", "f:6"}}),
            "f:4: `insecure-cookie` is `true`, but a cookie-same-site of Strict or Lax was expected with it");
}

TEST(Settings, OfACookieThatBrowsersTakeAreTaken) {
  const Setting domain = {"cookie-domain", "example.org", "f:3"};
  const Setting insecure = {"insecure-cookie", "true", "f:4"};
  const Setting none = {"cookie-same-site", "None", "f:6"};
  EXPECT_EQ(reproach_of({none}), "");
  EXPECT_EQ(reproach_of({domain, none, {"cookie-name", "__Secure-s", "f:5"}}), "");
  EXPECT_EQ(reproach_of({domain, insecure, {"cookie-name", "s", "f:5"}, {"cookie-same-site", "Strict", "f:6"}}), "");
  EXPECT_EQ(reproach_of({domain, {"cookie-domain", "", "f:5"}, insecure, {"insecure-cookie", "false", "f:6"}}), "");
}

TEST(Settings, ThatLetOtherMachinesReachASocketAreRefusedUnlessOneSaysSo) {
  for (const char* name : {"listen", "listen-check", "listen-internal"}) {
    for (const char* value : {"0.0.0.0:9000", "10.0.0.7:9000", "126.255.255.255:9000", "128.0.0.1:9000", "[::]:9000", "[::2]:9000", "[fe80::1]:9000",
                              "[::ffff:10.0.0.7]:9000"}) {
      const Setting open = {name, value, "f:3"};
      EXPECT_EQ(reproach_of({open}), "f:3: `" + open.name + "` is `" + open.value +
                                         "`, but listen-on-network, as other machines can reach this address, was expected with it");
      EXPECT_EQ(reproach_of({open, {"listen-on-network", "true", "f:4"}}), "");
    }
    for (const char* value : {"127.0.0.1:9000", "127.8.9.10:1", "[::1]:65535", "/run/a.sock"}) {
      EXPECT_EQ(reproach_of({{name, value, "f:3"}}), "") << value;
    }
  }
}

TEST(Settings, OfKnownDevicesWantEventsToTellOfNewOnes) {
  const Setting known = {"known-devices", "90d", "f:3"};
  EXPECT_EQ(reproach_of({known}), "known-devices is set, but events-kept is not");
  EXPECT_EQ(reproach_of({known, {"events-kept", "1h", "f:4"}}), "");
  EXPECT_EQ(reproach_of({{"known-devices", "", "f:3"}}), "");
  EXPECT_EQ(reproach_of({{"known-devices", "soon", "f:3"}}), "not even alone");
  EXPECT_EQ(reproach_of({{"known-devices", "0d", "f:3"}}), "not even alone");
}

TEST(Settings, OfAnIdleTimeSwitchActivityOnWithoutWhichNoAddressIsKept) {
  const Setting ip = {"record-ip", "full", "f:3"};
  EXPECT_EQ(reproach_of({ip}), "record-ip is set, but none of record-activity, web-idle and cli-idle is");
  EXPECT_EQ(reproach_of({{"record-ip", "off", "f:3"}}), "");
  for (const Setting& other : {Setting{"record-activity", "true", "f:4"}, {"web-idle", "1h", "f:4"}, {"cli-idle", "1h", "f:4"}}) {
    const Result<Options> options = make_options(std::vector{ip, other});
    ASSERT_TRUE(options) << other.name;
    EXPECT_TRUE(options->activity.recorded) << other.name;
  }
  EXPECT_FALSE(make_options(std::vector{ip}));
  EXPECT_FALSE(make_options(std::vector<Setting>{})->activity.recorded);
}

TEST(Changes, AreTheOptionsWhoseTextDiffersInTheEnd) {
  const std::vector<Setting> before = {{"threads", "2", "a:1"}, {"max-sessions", "5", "a:2"}, {"redis-user", "x", "a:3"}};
  const std::vector<Setting> after = {{"threads", "3", "a:1"}, {"threads", "2", "a:2"}, {"max-sessions", "6", "a:3"}};
  const std::vector<Change> changes = find_changes(before, after);
  ASSERT_EQ(changes.size(), 2U);
  for (const Change& change : changes) {
    if (change.row->name == "max-sessions") {
      EXPECT_EQ(change.value, "6");
      EXPECT_EQ(change.origin, "a:3");
    } else {
      EXPECT_EQ(change.row->name, "redis-user");
      EXPECT_EQ(change.value, "") << "the default again";
      EXPECT_EQ(change.origin, "");
    }
  }
  EXPECT_TRUE(find_changes(before, before).empty());
}

TEST(Changes, AreSeenInEachOfSeveralValuesOfAnOption) {
  const Setting first = {"check-header", "A: a", "f:1"};
  const Setting last = {"check-header", "B: b", "f:2"};
  const Setting other = {"check-header", "A: c", "f:1"};
  EXPECT_EQ(find_changes(std::vector{first, last}, std::vector{other, last}).size(), 1U);
  EXPECT_EQ(find_changes(std::vector{first, last}, std::vector{last}).size(), 1U);
  EXPECT_TRUE(find_changes(std::vector{first, last}, std::vector{first, last}).empty());
}

}  // namespace
}  // namespace sessiond
