#pragma once

#include <span>

#include "base/result.h"
#include "options/settings.h"

namespace sessiond {

/// Fails when options that are good by themselves cannot be together. The error says which they are or where one was
/// set, and what was expected with it.
[[nodiscard]] Result<Done> check_together(std::span<const Setting> settings, const Options& options);

}  // namespace sessiond
