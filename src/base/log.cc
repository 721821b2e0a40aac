#include "base/log.h"

#include <spdlog/spdlog.h>

#include <cstdlib>
#include <string>

#include "base/hex.h"
#include "base/log_sink.h"

namespace sessiond::log {
namespace {

spdlog::level::level_enum level_of(Level level) {
  switch (level) {
    case Level::kDebug: return spdlog::level::debug;
    case Level::kInfo: return spdlog::level::info;
    case Level::kWarning: return spdlog::level::warn;
    case Level::kError: return spdlog::level::err;
  }
  return spdlog::level::err;
}

std::string printable(std::string_view text) {
  std::string line;
  line.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7F) {
      line += c;
    } else {
      line += "\\x";
      append_hex(line, byte);
    }
  }
  return line;
}

}  // namespace

void open(Level lowest) {
  auto logger = std::make_shared<spdlog::logger>("sessiond", std::make_shared<StandardError>());
  logger->set_level(level_of(lowest));
  spdlog::set_default_logger(std::move(logger));
}

void set_level(Level lowest) { spdlog::default_logger_raw()->set_level(level_of(lowest)); }

void write(Level level, std::string_view request_id, std::string_view text) {
  if (!spdlog::default_logger_raw()->should_log(level_of(level))) return;
  std::string line = printable(text);
  if (!request_id.empty()) line += " request_id=" + printable(request_id);
  spdlog::default_logger_raw()->log(level_of(level), spdlog::string_view_t(line));
}

}  // namespace sessiond::log
