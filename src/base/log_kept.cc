#include <spdlog/details/null_mutex.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>

#include "base/log.h"

namespace sessiond::log {

struct Kept::Shelf final : spdlog::sinks::base_sink<spdlog::details::null_mutex> {
  std::vector<std::string> lines;

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    lines.emplace_back(message.payload.data(), message.payload.size());
  }
  void flush_() override {}
};

Kept::Kept(Level lowest) : shelf_(std::make_shared<Shelf>()) {
  open(lowest);
  spdlog::default_logger_raw()->sinks() = {shelf_};
}

const std::vector<std::string>& Kept::lines() const { return shelf_->lines; }

}  // namespace sessiond::log
