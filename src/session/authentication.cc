#include "session/authentication.h"

#include <algorithm>

#include "base/text.h"

namespace sessiond {
namespace {

constexpr Millis kLatest = 1LL << 53;  // beyond that Lua's numbers are not exact

}  // namespace

bool is_auth_word(std::string_view text) {
  const auto fits = [](char c) { return c > ' ' && c < '\x7F' && c != '"' && c != '\\' && c != ','; };
  return !text.empty() && text.size() <= kMaxAuthWord && std::ranges::all_of(text, fits);
}

bool is_method_list(std::string_view text) {
  if (text.empty()) return true;
  const auto count = static_cast<std::size_t>(std::ranges::count(text, ',')) + 1;
  if (count > kMaxMethods) return false;
  for (std::size_t i = 0; i < count; ++i) {
    if (!is_auth_word(take_until(text, ','))) return false;
  }
  return true;
}

std::string format_authentication(const Authentication& authentication) {
  std::string field = authentication.at ? std::to_string(*authentication.at) : "";
  return field.append(" ").append(authentication.acr).append(" ").append(authentication.amr);
}

std::optional<Authentication> parse_authentication(std::string_view field) {
  if (std::ranges::count(field, ' ') != 2) return std::nullopt;
  const std::string_view time = take_until(field, ' ');
  const std::string_view acr = take_until(field, ' ');
  if ((!acr.empty() && !is_auth_word(acr)) || !is_method_list(field)) return std::nullopt;
  Authentication read{std::nullopt, std::string(acr), std::string(field)};
  if (time.empty()) return read;
  read.at = parse_number<Millis>(time);
  if (!read.at || *read.at < 0 || *read.at > kLatest) return std::nullopt;
  return read;
}

}  // namespace sessiond
