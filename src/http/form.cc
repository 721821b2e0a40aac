#include "http/form.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "http/query.h"
#include "http/request.h"

namespace sessiond::http {
namespace {

std::optional<std::string> decode(std::string_view text) {
  std::string spaced(text);
  std::ranges::replace(spaced, '+', ' ');
  return percent_decode(spaced);
}

}  // namespace

Result<std::string> read_field(std::string_view form, std::string_view name) {
  std::optional<std::string> found;
  while (!form.empty()) {
    const auto pair = take_pair(form);
    if (!pair) continue;
    const auto field = decode(pair->first);
    auto value = decode(pair->second);
    if (!field || !value) return bad_request("the form is not percent-encoded");
    if (*field != name || value->empty()) continue;
    if (found) return bad_request(std::string("the form has more than one ").append(name));
    found = std::move(*value);
  }
  if (!found) return bad_request(std::string("the form has no ").append(name));
  return std::move(*found);
}

}  // namespace sessiond::http
