#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "app/check_header.h"
#include "base/result.h"
#include "http/request.h"
#include "log/log.h"
#include "redis/redis.h"
#include "session/activity.h"
#include "session/session.h"

/// Each function reads an option's value, as it stands in the configuration, into `target`, or fails with what was
/// expected and leaves `target` as it is. Where an empty value means none, the sample of the configuration has it
/// empty.
namespace sessiond {

[[nodiscard]] Result<std::int64_t> parse_whole(std::string_view value, std::int64_t lowest, std::int64_t highest);

[[nodiscard]] Result<Done> set_whole(std::string_view value, std::int64_t lowest, std::int64_t highest, auto& target) {
  const Result<std::int64_t> number = parse_whole(value, lowest, highest);
  if (!number) return number.error();
  target = static_cast<std::remove_reference_t<decltype(target)>>(*number);
  return Done{};
}

/// How many of something a user may have.
[[nodiscard]] Result<Done> set_cap(std::string_view value, auto& target) {
  std::size_t cap = 0;
  Result<Done> done = set_whole(value, 1, 1'000'000, cap);
  if (done) target = cap;
  return done;
}

/// `true` or `false`.
[[nodiscard]] Result<Done> set_switch(std::string_view value, bool& target);

/// Seconds, with decimals.
[[nodiscard]] Result<Done> set_seconds(std::string_view value, double& target);

/// How long a session or a code lives.
[[nodiscard]] Result<Done> set_lifetime(std::string_view value, Millis& target, Millis longest = kLongestLifetime);
/// Of a session in a cookie, which browsers forget.
[[nodiscard]] Result<Done> set_web_lifetime(std::string_view value, Millis& target);
/// How long a session lives that is not used. Empty: as long as any.
[[nodiscard]] Result<Done> set_idle(std::string_view value, Millis& target);
/// Empty: no events.
[[nodiscard]] Result<Done> set_events_kept(std::string_view value, Millis& target);
/// Empty: no device is new.
[[nodiscard]] Result<Done> set_known_devices(std::string_view value, Millis& target);

[[nodiscard]] Result<Done> set_listen_address(std::string_view value, std::string& target);
/// The permissions of a socket, none beyond `highest`. The owner has all: the worker connects to see whether another
/// one listens.
[[nodiscard]] Result<Done> set_mode(std::string_view value, mode_t highest, mode_t& target);
[[nodiscard]] Result<Done> set_realm(std::string_view value, http::Realm& target);

/// Sets the place only: `target` has other options' values, too. What is wrong is said in a whole sentence, without a
/// password.
[[nodiscard]] Result<Done> set_redis(std::string_view value, RedisAddress& target);
[[nodiscard]] Result<Done> set_key_prefix(std::string_view value, std::string& target);
/// A file that is read when it is needed. Empty: none.
[[nodiscard]] Result<Done> set_file(std::string_view value, std::string& target);

[[nodiscard]] Result<Done> set_log_level(std::string_view value, log::Level& target);
[[nodiscard]] Result<Done> set_log_format(std::string_view value, log::Format& target);
[[nodiscard]] Result<Done> set_log_output(std::string_view value, log::Output& target);
[[nodiscard]] Result<Done> set_record_ip(std::string_view value, RecordIp& target);

[[nodiscard]] Result<Done> set_cookie_name(std::string_view value, std::string& target);
/// Empty: the host that sets the cookie.
[[nodiscard]] Result<Done> set_cookie_domain(std::string_view value, std::string& target);
[[nodiscard]] Result<Done> set_same_site(std::string_view value, std::string& target);

/// Adds a header. Of two with the same name the later one wins, as with all options. Empty: drops those before it.
[[nodiscard]] Result<Done> add_check_header(std::string_view value, std::vector<CheckHeader>& target);
/// The name of a member of the User.
[[nodiscard]] Result<Done> set_member(std::string_view value, std::string& target);

/// Empty: there is no such page.
[[nodiscard]] Result<Done> set_login_url(std::string_view value, std::string& target);
/// A whole URL, as people read it elsewhere. Empty: likewise.
[[nodiscard]] Result<Done> set_device_login(std::string_view value, std::string& target);
/// The name of a parameter of a URL.
[[nodiscard]] Result<Done> set_return_parameter(std::string_view value, std::string& target);
/// Empty: no webhooks.
[[nodiscard]] Result<Done> set_webhook_url(std::string_view value, std::string& target);

}  // namespace sessiond
