#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "log/log.h"

namespace sessiond::log {

/// A line of the log, taken apart. It refers to what it was unpacked from.
struct Line {
  std::string_view text;
  std::vector<Field> fields;
};

/// Packs a line into one text, as spdlog's queue carries nothing else. Control characters, and bytes that are no UTF-8,
/// are shown as `\xNN`.
[[nodiscard]] std::string pack(std::string_view text, std::span<const Field> fields);
/// The inverse.
[[nodiscard]] Line unpack(std::string_view packed);

/// `text name=value …`, for people. A value with blanks, quotes or `=` is quoted.
[[nodiscard]] std::string render_text(const Line& line);

/// A JSON object: `time`, `level`, `message` and the fields, all of them strings.
[[nodiscard]] std::string render_json(std::string_view time, std::string_view level, const Line& line);

/// The fields of a journal entry, `NAME=value` each (systemd.journal-fields(7)): ours are called SESSIOND_NAME.
[[nodiscard]] std::vector<std::string> render_journal(int priority, const Line& line);

}  // namespace sessiond::log
