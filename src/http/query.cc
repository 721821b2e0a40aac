#include "http/query.h"

#include <algorithm>

#include "base/utf8.h"
#include "http/request.h"

namespace sessiond::http {
namespace {

constexpr std::size_t kMostShown = 64;  // bytes of a name in an error

std::string in_quotes(std::string_view name) { return std::string("\"").append(presentable(name, kMostShown)) += '"'; }

}  // namespace

std::optional<std::string_view> Query::find(std::string_view name) const {
  for (const auto& [known, value] : parameters_) {
    if (known == name) return value;
  }
  return std::nullopt;
}

std::optional<std::pair<std::string_view, std::string_view>> take_pair(std::string_view& text) {
  const std::string_view pair = text.substr(0, text.find('&'));
  text.remove_prefix(std::min(text.size(), pair.size() + 1));
  if (pair.empty()) return std::nullopt;
  const std::string_view name = pair.substr(0, pair.find('='));
  return std::pair(name, pair.substr(std::min(pair.size(), name.size() + 1)));
}

bool mentions(std::string_view text, std::span<const std::string_view> names) {
  while (!text.empty()) {
    const auto pair = take_pair(text);
    const auto name = pair ? percent_decode(pair->first) : std::nullopt;
    if (name && std::ranges::find(names, *name) != names.end()) return true;
  }
  return false;
}

Result<Query> read_query(std::string_view text, std::span<const std::string_view> known) {
  Query query;
  while (!text.empty()) {
    const auto pair = take_pair(text);
    if (!pair) continue;
    const auto [raw_name, raw_value] = *pair;
    auto name = percent_decode(raw_name);
    auto value = percent_decode(raw_value);
    if (!name || std::ranges::find(known, *name) == known.end()) {
      return bad_request("the query parameter " + in_quotes(name ? *name : raw_name) + " is not known here");
    }
    if (!value) return bad_request("the query parameter " + in_quotes(*name) + " is not percent-encoded");
    if (query.find(*name)) return bad_request("the query parameter " + in_quotes(*name) + " is given twice");
    query.parameters_.emplace_back(std::move(*name), std::move(*value));
  }
  return query;
}

}  // namespace sessiond::http
