#include "app/check_rule.h"

#include <algorithm>

#include "app/login_url.h"
#include "base/text.h"
#include "base/utf8.h"
#include "http/query.h"
#include "http/request.h"

namespace sessiond {
namespace {

constexpr std::size_t kMostShown = 100;  // bytes of a query in an error

// Names with commas between them. Empty when any of them is no name.
std::vector<std::string> read_names(std::string_view list) {
  std::vector<std::string> names;
  for (std::size_t begin = 0; begin <= list.size();) {
    const std::size_t comma = std::min(list.find(',', begin), list.size());
    auto name = http::percent_decode(list.substr(begin, comma - begin));
    if (!name || name->empty()) return {};
    names.push_back(std::move(*name));
    begin = comma + 1;
  }
  return names;
}

bool read_groups(std::string_view value, CheckRule& rule) {
  if (!rule.groups.empty()) return false;
  rule.groups = read_names(value);
  return !rule.groups.empty();
}

bool read_acr(std::string_view value, CheckRule& rule) {
  if (!rule.acr.empty() || value.size() > kMaxAcrList) return false;
  rule.acr = read_names(value);
  return !rule.acr.empty() && std::ranges::all_of(rule.acr, is_auth_word);
}

// No proof is so new that nothing has passed since, so 0 would let nobody in.
bool read_max_age(std::string_view value, CheckRule& rule) {
  const auto seconds = parse_number<Millis>(value);
  if (rule.max_age || !seconds || *seconds < 1 || *seconds > kLongestLifetime / 1000) return false;
  rule.max_age = *seconds * 1000;
  return true;
}

bool read_metadata_wish(std::string_view value, CheckRule& rule) {
  if (rule.metadata || value != "true") return false;
  rule.metadata = true;
  return true;
}

bool read_parameter(std::string_view name, std::string_view value, CheckRule& rule) {
  if (name == "groups") return read_groups(value, rule);
  if (name == "max_age") return read_max_age(value, rule);
  if (name == "acr") return read_acr(value, rule);
  if (name == "metadata") return read_metadata_wish(value, rule);
  return false;
}

std::string acr_values(const CheckRule& rule) {
  std::string values;
  for (const std::string& acr : rule.acr) values.append(values.empty() ? "" : " ").append(acr);
  return values;
}

}  // namespace

Result<CheckRule> read_check_rule(std::string_view query) {
  const Error misspelt{
      Failure::kInternal,
      "a check's rule is groups=NAME,NAME, max_age=SECONDS, acr=NAME,NAME and metadata=true, or some of "
      "them, with & between; this one is \"" +
          presentable(query, kMostShown) + "\", so nobody gets in"};
  if (query.ends_with('&')) return misspelt;
  CheckRule rule;
  do {
    const auto pair = http::take_pair(query);
    if (!pair || !read_parameter(pair->first, pair->second, rule)) return misspelt;
  } while (!query.empty());
  return rule;
}

bool has_group_of(const CheckRule& rule, std::string_view member, const json::Object& user) {
  using Type = json::Member::Type;
  // The `string` of what is no string is empty, and no group's name is.
  const auto asked_for = [&](const json::Member& group) {
    return std::ranges::find(rule.groups, group.string) != rule.groups.end();
  };
  const json::Member* groups = user.find(member);
  if (groups == nullptr || groups->type != Type::kArray) return false;
  return std::ranges::any_of(json::elements_of(*groups), asked_for);
}

bool is_proven(const CheckRule& rule, const Caller& caller, Millis now) {
  if (!caller.authentication) return !rule.asks_for_proof();
  const Authentication& proof = *caller.authentication;
  if (!rule.acr.empty() && std::ranges::find(rule.acr, proof.acr) == rule.acr.end()) return false;
  if (!rule.max_age) return true;
  if (caller.kind != Kind::kWeb || !caller.impersonator.empty() || !proof.at) return false;
  return *proof.at <= now && now - *proof.at <= *rule.max_age;
}

std::string render_challenge(const CheckRule& rule) {
  std::string parameters;
  if (rule.max_age) parameters += ", max_age=\"" + std::to_string(*rule.max_age / 1000) + '"';
  if (!rule.acr.empty()) parameters += ", acr_values=\"" + acr_values(rule) + '"';
  return parameters;
}

std::string render_login_parameters(const CheckRule& rule) {
  std::string parameters;
  if (rule.max_age) parameters += "&max_age=" + std::to_string(*rule.max_age / 1000);
  if (!rule.acr.empty()) parameters += "&acr_values=" + encode_parameter(acr_values(rule));
  return parameters;
}

}  // namespace sessiond
