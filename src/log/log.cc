#include "log/log.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <string>
#include <vector>

#include "log/line.h"
#include "log/sink.h"

namespace sessiond::log {
spdlog::level::level_enum level_of(Level level) {
  switch (level) {
    case Level::kDebug: return spdlog::level::debug;
    case Level::kInfo: return spdlog::level::info;
    case Level::kWarning: return spdlog::level::warn;
    case Level::kError: return spdlog::level::err;
  }
  return spdlog::level::err;
}

void open(Level lowest, Format format, Output output) {
  auto logger = std::make_shared<spdlog::logger>("sessiond", std::make_shared<Stream>(format, output));
  logger->set_level(level_of(lowest));
  spdlog::set_default_logger(std::move(logger));
}

void set_level(Level lowest) { spdlog::default_logger_raw()->set_level(level_of(lowest)); }

void write(Level level, std::string_view text, std::span<const Field> fields) {
  if (!spdlog::default_logger_raw()->should_log(level_of(level))) return;
  std::vector<Field> told;
  std::ranges::copy_if(fields, std::back_inserter(told), [](const Field& field) { return !field.value.empty(); });
  const std::string line = pack(text, told);
  spdlog::default_logger_raw()->log(level_of(level), spdlog::string_view_t(line));
}

void write(Level level, std::string_view request_id, std::string_view text) {
  const std::array<Field, 1> field = {{{"request_id", request_id}}};
  write(level, text, field);
}

}  // namespace sessiond::log
