#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "json/parse.h"

namespace sessiond {

/// A header by which the check tells an application something of the User: the option `check-header`.
struct CheckHeader {
  std::string name;
  std::string member;  // of the stored User, at its top level

  friend bool operator==(const CheckHeader&, const CheckHeader&) = default;
};

/// The most that all of them may take of one User, names and values together, in bytes. nginx has a buffer
/// of 8 kB for the check's answer.
inline constexpr std::size_t kMaxCheckHeaders = 3072;

/// Reads `NAME: MEMBER`. NAME is letters, digits and dashes, and none that means something else already: to
/// the worker, to nginx or in HTTP. Fails with what was expected.
[[nodiscard]] Result<CheckHeader> parse_check_header(std::string_view text);

using Headers = std::vector<std::pair<std::string_view, std::string>>;

/// The headers that `wanted` makes of a User. A string, number or bool is its text; an array those of
/// its elements, with commas between them, but for elements that are null or nested; null, an object, an
/// empty text and a missing member make no header. `percent_encode` makes the values safe, and also encodes
/// a comma in an element. Fails with kTooLarge, and names the longest, when they are more than
/// kMaxCheckHeaders: a part of a list could be less than what it must say. The names belong to `wanted`.
[[nodiscard]] Result<Headers> make_check_headers(std::span<const CheckHeader> wanted, const json::Object& user);

}  // namespace sessiond
