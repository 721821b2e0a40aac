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

/// The most bytes that the headers of one User may take together, names and values. nginx has a buffer of 8 kB for the
/// check's answer.
inline constexpr std::size_t kMaxCheckHeaders = 3072;

/// Reads `NAME: MEMBER`. NAME is letters, digits and dashes, and none that means something else already: to
/// the worker, to nginx or in HTTP. Fails with what was expected.
[[nodiscard]] Result<CheckHeader> parse_check_header(std::string_view text);

using Headers = std::vector<std::pair<std::string_view, std::string>>;

/// The `wanted` headers for a User. A string, number or bool is its text. An array is the texts of its elements, with
/// commas between them, without elements that are null or nested. Null, an object, an empty text and a missing member
/// make no header. `percent_encode` makes the values safe, and also encodes a comma in an element. Fails with
/// kTooLarge, naming the longest header, when they are more than kMaxCheckHeaders: a list that is cut would mislead.
/// The names belong to `wanted`.
[[nodiscard]] Result<Headers> make_check_headers(std::span<const CheckHeader> wanted, const json::Object& user);

}  // namespace sessiond
