#pragma once

#include <spdlog/sinks/base_sink.h>

#include <mutex>
#include <string>

#include "log/log.h"

namespace sessiond::log {

/// spdlog's name of a level.
[[nodiscard]] spdlog::level::level_enum level_of(Level level);

/// A line of the queue as a JSON object, with its line end.
[[nodiscard]] std::string json_line(const spdlog::details::log_msg& message);

/// Where lines leave the process, for spdlog: one of its streams, in the form that log::open promises. It does not use
/// stdio: a write that hangs would hold stdio's lock, which exit(3) needs.
class Stream : public spdlog::sinks::base_sink<std::mutex> {
 public:
  Stream(Format format, Output output);

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override;
  void flush_() override {}

 private:
  Format format_;
  int fd_;
  bool journal_reads_;
};

}  // namespace sessiond::log
