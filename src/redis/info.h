#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sessiond {

/// The value of `name` in the text of INFO.
[[nodiscard]] std::optional<std::string> info_value(std::string_view info, std::string_view name);

}  // namespace sessiond
