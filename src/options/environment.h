#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "options/settings.h"

namespace sessiond {

/// The variable that sets an option: `redis-user` is SESSIOND_REDIS_USER.
[[nodiscard]] std::string environment_name(std::string_view option);

/// Whether this is a variable that Kubernetes gives every container beside a Service called `sessiond` or
/// `sessiond-…`, as in SESSIOND_SERVICE_HOST=10.0.0.7 and SESSIOND_PORT=tcp://10.0.0.7:80. No option has such a name.
[[nodiscard]] bool is_of_kubernetes(std::string_view name, std::string_view value);

/// The options among these `NAME=value` strings, the last of which is null, as in environ(7). Fails on a name that
/// begins with `SESSIOND_` and is neither an option's, nor SESSIOND_CONFIG, nor of Kubernetes: a misspelt one would
/// silently change nothing.
[[nodiscard]] Result<std::vector<Setting>> read_environment(const char* const* variables);

/// The variable that names the configuration file.
inline constexpr const char* kFileVariable = "SESSIOND_CONFIG";

}  // namespace sessiond
