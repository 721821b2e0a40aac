#pragma once

#include <sys/types.h>

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/call.h"
#include "base/result.h"
#include "http/request.h"
#include "log/log.h"
#include "redis/redis.h"
#include "store/sessions.h"

namespace sessiond {

/// Who may connect to a Unix socket that the worker makes.
struct SocketRights {
  std::string group;  // a name or a number; the worker's own when empty
  mode_t mode = 0660;
};

/// Everything that an operator can set, with its defaults.
struct Options {
  std::string listen = "/run/sessiond/public.sock";  // what parse_listen_address takes, as are the next two
  std::string listen_check = "/run/sessiond/check.sock";
  std::string listen_internal = "/run/sessiond/internal.sock";
  bool listen_on_network = false;
  SocketRights listen_rights;  // of the public and the check socket
  SocketRights internal_rights;
  unsigned threads = 0;  // 0: one per core
  double receive_timeout = 5;
  double stop_timeout = 20;
  RedisAddress redis;
  Policy policy;
  Caps caps;
  Activity activity;
  bool bar_users = false;
  Millis known_devices = 0;  // how much longer than its session a device is known; 0: none is
  std::string key_prefix = "sessiond";
  std::int64_t redeem_failures = 300;  // a minute
  std::int64_t max_requests = 1024;
  log::Level log_level = log::Level::kInfo;
  log::Format log_format = log::Format::kText;
  log::Output log_output = log::Output::kStandardError;
  http::Realm cgi_realm = http::Realm::kPublic;
  std::string webhook_url;  // of events::parse_target; empty for none
  std::string webhook_secret_file;

  /// The sessions in this Redis, as these options have them.
  [[nodiscard]] Sessions open_sessions(Redis& connected) const {
    return Sessions(connected, caps, Keyspace(key_prefix), activity, bar_users ? Bars::kKept : Bars::kNone,
                    policy.events_kept, known_devices);
  }
  /// The events in it, likewise.
  [[nodiscard]] events::Feed open_feed(Redis& connected) const {
    return events::Feed(connected, Keyspace(key_prefix), policy.events_kept);
  }
};

/// One row of the option table: the only place where an option is named and described. The
/// command line, the environment, the configuration file, `--help`, the manual pages, the sample
/// configuration and the completion are all made from it.
struct OptionRow {
  std::string_view name;      // `--name`, `SESSIOND_NAME`, `name = value`
  std::string_view argument;  // what stands for the value; empty for a switch
  std::string_view initial;   // the default, as one would write it
  std::string_view help;
  /// Fails with what was expected.
  Result<Done> (*set)(Options& options, std::string_view value);
  bool live = false;  // SIGHUP applies a change; others take effect at the next start
  /// A value that `set` refuses may hold a password, so it is never shown: `set` fails with a whole sentence.
  bool may_hold_secret = false;
  bool repeatable = false;  // each value is one more, wherever it is set
};

[[nodiscard]] std::span<const OptionRow> option_table();

}  // namespace sessiond
