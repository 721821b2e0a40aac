#include "base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <cstdlib>
#include <string>

#include "base/hex.h"

namespace sessiond::log {
namespace {

struct Name {
  spdlog::level::level_enum level;
  std::string_view priority;  // sd-daemon(3)
};

Name name_of(Level level) {
  switch (level) {
    case Level::kDebug: return {spdlog::level::debug, "<7>"};
    case Level::kInfo: return {spdlog::level::info, "<6>"};
    case Level::kWarning: return {spdlog::level::warn, "<4>"};
    case Level::kError: return {spdlog::level::err, "<3>"};
  }
  return {spdlog::level::err, "<3>"};
}

// NOLINTNEXTLINE(concurrency-mt-unsafe): nothing here ever changes the environment
bool journal_reads() { return std::getenv("JOURNAL_STREAM") != nullptr; }

std::string printable(std::string_view text) {
  std::string line;
  line.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7F) {
      line += c;
    } else {
      line += "\\x";
      line += kHexDigits[byte >> 4U];
      line += kHexDigits[byte & 0xFU];
    }
  }
  return line;
}

}  // namespace

void open(Level lowest) {
  auto logger = std::make_shared<spdlog::logger>("sessiond", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_level(name_of(lowest).level);
  logger->flush_on(spdlog::level::trace);
  logger->set_pattern(journal_reads() ? "%v" : "%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
  spdlog::set_default_logger(std::move(logger));
}

void set_level(Level lowest) { spdlog::default_logger_raw()->set_level(name_of(lowest).level); }

void write(Level level, std::string_view request_id, std::string_view text) {
  const Name name = name_of(level);
  if (!spdlog::default_logger_raw()->should_log(name.level)) return;
  std::string line = journal_reads() ? std::string(name.priority) : std::string();
  line += printable(text);
  if (!request_id.empty()) line += " request_id=" + printable(request_id);
  spdlog::default_logger_raw()->log(name.level, "{}", line);
}

}  // namespace sessiond::log
