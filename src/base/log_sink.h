#pragma once

#include <spdlog/sinks/base_sink.h>

#include <mutex>

namespace sessiond::log {

/// Where lines leave the process, for spdlog: standard error, with the form that log::open promises. Not through
/// stdio, whose lock a write that hangs would hold, and which exit(3) wants.
class StandardError : public spdlog::sinks::base_sink<std::mutex> {
 public:
  StandardError();

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override;
  void flush_() override {}

 private:
  bool journal_reads_;
};

}  // namespace sessiond::log
