#include "log/sink.h"

#include <poll.h>
#include <spdlog/fmt/fmt.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "log/journal.h"
#include "log/line.h"

namespace sessiond::log {
namespace {

int priority_of(spdlog::level::level_enum level) {  // syslog(3)
  switch (level) {
    case spdlog::level::debug: return 7;
    case spdlog::level::info: return 6;
    case spdlog::level::warn: return 4;
    default: return 3;
  }
}

std::string time_of(const spdlog::details::log_msg& message) {
  using std::chrono::milliseconds;
  return rfc3339(std::chrono::duration_cast<milliseconds>(message.time.time_since_epoch()).count()).string();
}

std::string_view name_of(spdlog::level::level_enum level) {
  const spdlog::string_view_t name = spdlog::level::to_string_view(level);
  return {name.data(), name.size()};
}

void write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::write(fd, text.data(), text.size());
    if (count >= 0) {
      text.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno == EAGAIN) {  // whoever shares the pipe with us may have made it non-blocking
      pollfd output{fd, POLLOUT, 0};
      poll(&output, 1, -1);
    } else if (errno != EINTR) {
      return;  // nobody can be told
    }
  }
}

}  // namespace

std::string json_line(const spdlog::details::log_msg& message) {
  const std::string_view packed(message.payload.data(), message.payload.size());
  return render_json(time_of(message), name_of(message.level), unpack(packed)) + "\n";
}

Stream::Stream(Format format, Output output)
    : format_(format),
      fd_(output == Output::kStandardOutput ? STDOUT_FILENO : STDERR_FILENO),
      journal_reads_(output == Output::kStandardError && journal_reads_stderr()) {}

void Stream::sink_it_(const spdlog::details::log_msg& message) {
  const std::string_view packed(message.payload.data(), message.payload.size());
  if (format_ == Format::kJson) {
    write_all(fd_, json_line(message));
  } else if (!journal_reads_) {
    write_all(fd_, fmt::format("{} {} {}\n", time_of(message), name_of(message.level), render_text(unpack(packed))));
  } else if (!send_to_journal(priority_of(message.level), packed)) {
    write_all(fd_, fmt::format("<{}>{}\n", priority_of(message.level), render_text(unpack(packed))));
  }
}

}  // namespace sessiond::log
