#include "app/group_rule.h"

#include <algorithm>

#include "base/utf8.h"
#include "http/request.h"

namespace sessiond {
namespace {

constexpr std::size_t kMostShown = 100;  // bytes of a query in an error

}  // namespace

Result<GroupRule> read_group_rule(std::string_view query) {
  constexpr std::string_view kBegin = "groups=";
  const Error misspelt{Failure::kInternal, "a check's rule is written groups=NAME,NAME; this one is \"" +
                                               presentable(query, kMostShown) + "\", so nobody gets in"};
  if (!query.starts_with(kBegin) || query.find('&') != std::string_view::npos) return misspelt;
  GroupRule rule;
  for (std::size_t begin = kBegin.size(); begin <= query.size();) {
    const std::size_t comma = std::min(query.find(',', begin), query.size());
    auto name = http::percent_decode(query.substr(begin, comma - begin));
    if (!name || name->empty()) return misspelt;
    rule.push_back(std::move(*name));
    begin = comma + 1;
  }
  return rule;
}

bool has_group_of(const GroupRule& rule, std::string_view member, const json::Object& user) {
  using Type = json::Member::Type;
  const auto asked_for = [&](const json::Member& group) {
    return group.type == Type::kString && std::ranges::find(rule, group.string) != rule.end();
  };
  const json::Member* groups = user.find(member);
  if (groups == nullptr || groups->type != Type::kArray) return false;
  return std::ranges::any_of(json::elements_of(*groups), asked_for);
}

}  // namespace sessiond
