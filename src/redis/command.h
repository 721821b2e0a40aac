#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace sessiond {

/// Commands in Redis's protocol (RESP, an array of bulk strings). hiredis would format each into a string of its own,
/// and copy it twice.

/// Bytes that are enough to write the command: a few more than it has.
[[nodiscard]] std::size_t room_for_command(std::span<const std::string_view> words);

/// Writes the command to where so much room is. Returns its end.
[[nodiscard]] char* write_command(char* out, std::span<const std::string_view> words);

/// Appends the command.
void append_command(std::string& out, std::span<const std::string_view> words);

}  // namespace sessiond
