#pragma once

#include <span>
#include <string>
#include <string_view>

namespace sessiond {

/// Appends a command in Redis's protocol (RESP, an array of bulk strings). hiredis would format each
/// command into a string of its own, and copy it twice.
void append_command(std::string& out, std::span<const std::string_view> words);

}  // namespace sessiond
