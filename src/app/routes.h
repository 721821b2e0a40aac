#pragma once

#include "app/call.h"

namespace sessiond {

/// Answers any request: finds its route in the table of `routes.cc`, refuses what the table
/// does not allow, and runs the handler. The arguments must outlive the Task.
[[nodiscard]] Task<http::Response> answer(const http::Request& request, const Services& services);

/// Whether `path` has the form of `pattern`, in which `{…}` stands for one non-empty segment.
[[nodiscard]] std::optional<PathParameters> match(std::string_view pattern, std::string_view path);

}  // namespace sessiond
