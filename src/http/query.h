#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace sessiond::http {

/// The query parameters that a request may have and has, percent-decoded.
class Query {
 public:
  Query() = default;

  /// The parameter's value; nothing when it was not given.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;

 private:
  friend Result<Query> read_query(std::string_view text, std::span<const std::string_view> known);

  std::vector<std::pair<std::string, std::string>> parameters_;
};

/// Takes the next `name=value` from the front of a query or a form, and the `&` behind it. Both are still encoded; a
/// missing value is empty. Nothing when the pair is empty, as in `&&`.
[[nodiscard]] std::optional<std::pair<std::string_view, std::string_view>> take_pair(std::string_view& text);

/// Whether one of these parameters is there, however it is encoded.
[[nodiscard]] bool mentions(std::string_view text, std::span<const std::string_view> names);

/// Reads `name=value` pairs with `&` between them: what follows the `?` of a request's target. A parameter that is not
/// among `known`, or comes twice, is a kBadRequest that names it: ignoring it could do something else than was asked
/// for.
[[nodiscard]] Result<Query> read_query(std::string_view text, std::span<const std::string_view> known);

}  // namespace sessiond::http
