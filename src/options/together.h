#pragma once

#include <span>

#include "base/result.h"
#include "options/options.h"

namespace sessiond {

/// Fails when options that are good by themselves cannot be together: says what stood where, or which they are, and
/// what was expected with it.
[[nodiscard]] Result<Done> check_together(std::span<const Setting> settings, const Options& options);

}  // namespace sessiond
