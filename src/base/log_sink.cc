#include "base/log_sink.h"

#include <poll.h>
#include <spdlog/pattern_formatter.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string_view>

namespace sessiond::log {
namespace {

// NOLINTNEXTLINE(concurrency-mt-unsafe): nothing here ever changes the environment
bool is_journal() { return std::getenv("JOURNAL_STREAM") != nullptr; }

std::string_view priority_of(spdlog::level::level_enum level) {  // sd-daemon(3)
  switch (level) {
    case spdlog::level::debug: return "<7>";
    case spdlog::level::info: return "<6>";
    case spdlog::level::warn: return "<4>";
    default: return "<3>";
  }
}

void write_all(std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = write(STDERR_FILENO, text.data(), text.size());
    if (count >= 0) {
      text.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno == EAGAIN) {  // whoever shares the pipe with us may have made it non-blocking
      pollfd output{STDERR_FILENO, POLLOUT, 0};
      poll(&output, 1, -1);
    } else if (errno != EINTR) {
      return;  // nobody can be told
    }
  }
}

}  // namespace

StandardError::StandardError()
    : base_sink(std::make_unique<spdlog::pattern_formatter>(is_journal() ? "%v" : "%Y-%m-%dT%H:%M:%S.%eZ %l %v",
                                                            spdlog::pattern_time_type::utc)),
      journal_reads_(is_journal()) {}

void StandardError::sink_it_(const spdlog::details::log_msg& message) {
  spdlog::memory_buf_t line;
  if (journal_reads_) {
    const std::string_view priority = priority_of(message.level);
    line.append(priority.data(), priority.data() + priority.size());
  }
  formatter_->format(message, line);
  write_all({line.data(), line.size()});
}

}  // namespace sessiond::log
