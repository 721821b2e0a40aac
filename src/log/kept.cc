#include <spdlog/details/null_mutex.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>

#include <iostream>

#include "log/journal.h"
#include "log/line.h"
#include "log/log.h"
#include "log/sink.h"

namespace sessiond::log {

namespace {

constexpr int kInfoPriority = 6;  // syslog(3)

}  // namespace

struct Kept::Shelf final : spdlog::sinks::base_sink<spdlog::details::null_mutex> {
  Shelf(spdlog::level::level_enum least, Format form) : lowest(least), format(form) {}

  std::vector<std::string> lines;
  spdlog::level::level_enum lowest;
  Format format;

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    const std::string_view packed(message.payload.data(), message.payload.size());
    const Line line = unpack(packed);
    if (message.level >= lowest) {
      lines.push_back(render_text(line));
    } else if (format == Format::kJson && !line.fields.empty()) {
      std::cerr << json_line(message);
    } else if (!line.fields.empty() && !send_to_journal(kInfoPriority, packed)) {
      std::cerr << "sessiond: " << render_text(line) << '\n';
    }
  }
  void flush_() override {}
};

Kept::Kept(Level lowest, Format format) : shelf_(std::make_shared<Shelf>(level_of(lowest), format)) {
  open(Level::kInfo);
  spdlog::default_logger_raw()->sinks() = {shelf_};
}

const std::vector<std::string>& Kept::lines() const { return shelf_->lines; }

}  // namespace sessiond::log
