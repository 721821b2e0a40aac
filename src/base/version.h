#pragma once

#include <string_view>

namespace sessiond {

/// What this is called, in the one place: `--version`, the package and the metrics take it from here.
inline constexpr std::string_view kVersion = "1.0.0";

}  // namespace sessiond
