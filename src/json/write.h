#pragma once

#include <string>
#include <string_view>

namespace sessiond::json {

/// Appends `text`, which is UTF-8, to `out` as a JSON string with its quotes.
void append_string(std::string& out, std::string_view text);

}  // namespace sessiond::json
