#include "options/values.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "app/login_url.h"
#include "base/clock.h"
#include "base/text.h"
#include "base/utf8.h"
#include "events/webhook.h"
#include "http/cookie.h"
#include "options/listen_address.h"
#include "session/keys.h"

namespace sessiond {
namespace {

// From one minute on. An empty value means none. `wanted`: what else was expected.
Result<Done> set_duration_or_none(std::string_view value, Millis& target, Millis longest, const char* wanted) {
  if (value.empty()) {
    target = 0;
    return Done{};
  }
  const auto duration = parse_duration(value, longest);
  if (!duration || *duration < kShortestIdle) return bad_request(wanted);
  target = *duration;
  return Done{};
}

// A text that is taken as it stands, where it fits. `wanted`: what else was expected.
Result<Done> set_text(std::string_view value, std::string& target, bool fits, const char* wanted) {
  if (!fits) return bad_request(wanted);
  target = value;
  return Done{};
}

}  // namespace

Result<std::int64_t> parse_whole(std::string_view value, std::int64_t lowest, std::int64_t highest) {
  const auto number = parse_number<std::int64_t>(value);
  if (!number || *number < lowest || *number > highest) {
    return bad_request("a whole number from " + std::to_string(lowest) + " to " + std::to_string(highest));
  }
  return *number;
}

Result<Done> set_seconds(std::string_view value, double& target) {
  const auto seconds = parse_number<double>(value);
  if (!seconds || !(*seconds >= 0.01 && *seconds <= 3600)) return bad_request("seconds from 0.01 to 3600");
  target = *seconds;
  return Done{};
}

Result<Done> set_lifetime(std::string_view value, Millis& target, Millis longest) {
  const auto lifetime = parse_duration(value, longest);
  if (!lifetime) {
    return bad_request(longest == kLongestLifetime
                           ? "a duration such as 90s, 30m, 12h or 30d, at most ten years"
                           : "a duration such as 90s, 30m, 12h or 30d, at most 400d, after which "
                             "browsers forget any cookie,");
  }
  target = *lifetime;
  return Done{};
}

Result<Done> set_web_lifetime(std::string_view value, Millis& target) {
  return set_lifetime(value, target, kLongestWebLifetime);
}

Result<Done> set_idle(std::string_view value, Millis& target) {
  return set_duration_or_none(value, target, kLongestLifetime,
                              "a duration such as 15m, 12h or 30d, from one minute to ten years,");
}

Result<Done> set_events_kept(std::string_view value, Millis& target) {
  return set_duration_or_none(value, target, kDay, "a duration such as 10m or 1h, from one minute to one day,");
}

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
    return bad_request(highest == 0777 ? "a mode such as 660 or 666"
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

Result<Done> set_file(std::string_view value, std::string& target) {
  const bool fits = value.empty() || value.starts_with('/');
  return set_text(value, target, fits, "an absolute path");
}

Result<Done> set_log_level(std::string_view value, log::Level& target) {
  if (value == "debug") target = log::Level::kDebug;
  else if (value == "info") target = log::Level::kInfo;
  else if (value == "warning") target = log::Level::kWarning;
  else if (value == "error") target = log::Level::kError;
  else return bad_request("debug, info, warning or error");
  return Done{};
}

Result<Done> set_log_format(std::string_view value, log::Format& target) {
  if (value == "text") target = log::Format::kText;
  else if (value == "json") target = log::Format::kJson;
  else return bad_request("text or json");
  return Done{};
}

Result<Done> set_log_output(std::string_view value, log::Output& target) {
  if (value == "stderr") target = log::Output::kStandardError;
  else if (value == "stdout") target = log::Output::kStandardOutput;
  else return bad_request("stderr or stdout");
  return Done{};
}

Result<Done> set_switch(std::string_view value, bool& target) {
  if (value != "true" && value != "false") return bad_request("true or false");
  target = value == "true";
  return Done{};
}

Result<Done> set_record_ip(std::string_view value, RecordIp& target) {
  if (value == "off") target = RecordIp::kOff;
  else if (value == "truncated") target = RecordIp::kTruncated;
  else if (value == "full") target = RecordIp::kFull;
  else return bad_request("off, truncated or full");
  return Done{};
}

Result<Done> set_realm(std::string_view value, http::Realm& target) {
  if (value != "public" && value != "internal") return bad_request("public or internal");
  target = value == "public" ? http::Realm::kPublic : http::Realm::kInternal;
  return Done{};
}

Result<Done> set_key_prefix(std::string_view value, std::string& target) {
  const bool fits = is_key_prefix(value);
  return set_text(value, target, fits, "1 to 32 letters, digits, `-`, `_` and `.`");
}

Result<Done> set_cookie_name(std::string_view value, std::string& target) {
  const bool fits = http::is_cookie_name(value);
  return set_text(value, target, fits, "a cookie's name of 1 to 64 letters, digits and !#$%&'*+-.^_`|~");
}

Result<Done> set_cookie_domain(std::string_view value, std::string& target) {
  const bool fits = value.empty() || http::is_cookie_domain(value);
  return set_text(value, target, fits, "a domain such as example.org");
}

Result<Done> set_same_site(std::string_view value, std::string& target) {
  const bool fits = value == "Strict" || value == "Lax" || value == "None";
  return set_text(value, target, fits, "Strict, Lax or None");
}

// Names are compared without case, as applications that get headers as CGI variables cannot tell the cases apart.
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

Result<Done> set_login_url(std::string_view value, std::string& target) {
  const bool fits = value.empty() || is_login_url(value);
  return set_text(value, target, fits, "a URL such as https://login.example.org/ or /login, without fragment,");
}

Result<Done> set_device_login(std::string_view value, std::string& target) {
  const bool fits = value.empty() || (is_login_url(value) && !value.starts_with('/'));
  return set_text(value, target, fits, "a URL such as https://example.org/device, without fragment,");
}

Result<Done> set_return_parameter(std::string_view value, std::string& target) {
  const bool fits = is_parameter_name(value);
  return set_text(value, target, fits, "a parameter's name of 1 to 64 letters, digits and -_.~");
}

Result<Done> set_member(std::string_view value, std::string& target) {
  const bool fits = !value.empty() && is_utf8(value);
  return set_text(value, target, fits, "the name of a member of the User");
}

}  // namespace sessiond
