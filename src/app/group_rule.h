#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "json/parse.h"

namespace sessiond {

/// Groups, of which a caller must have one.
using GroupRule = std::vector<std::string>;

/// Reads `groups=admin,ops`, the query of a check. Names are percent-encoded, so that one may hold a comma.
/// Fails on anything else, an empty name among it: who misspells a rule means something by it.
[[nodiscard]] Result<GroupRule> read_group_rule(std::string_view query);

/// Whether the User has one of these groups: this member is an array with its name as a string.
[[nodiscard]] bool has_group_of(const GroupRule& rule, std::string_view member, const json::Object& user);

}  // namespace sessiond
