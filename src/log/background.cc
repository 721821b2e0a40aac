#include <signal.h>  // NOLINT(modernize-deprecated-headers): POSIX's, for sigset_t
#include <spdlog/async_logger.h>
#include <spdlog/details/thread_pool.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <future>
#include <string>

#include "log/log.h"
#include "log/sink.h"

namespace sessiond::log {
namespace {

constexpr std::size_t kMostWaiting = 4096;    // lines
constexpr std::chrono::seconds kPatience{1};  // with the reader, at the end

constexpr auto kEnd = spdlog::level::off;  // the level of the mark of the end: it passes any lowest level

/// The end of the queue, where its thread takes lines out.
class Outlet final : public Stream {
 public:
  Outlet(spdlog::details::thread_pool& queue, Format format, Output output) : Stream(format, output), queue_(queue) {}

  /// Whether the mark of the end is reached in time.
  bool reaches_the_end(std::chrono::seconds patience) {
    return end_.get_future().wait_for(patience) == std::future_status::ready;
  }

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    // Said here, where the dropped lines are missing.
    if (const std::size_t dropped = queue_.overrun_counter(); dropped > told_) {
      const std::string text = std::to_string(dropped - told_) + " lines of the log were dropped: nobody read them";
      Stream::sink_it_({message.logger_name, spdlog::level::warn, text});
      told_ = dropped;
    }
    if (message.level == kEnd) end_.set_value();
    else Stream::sink_it_(message);
  }

  spdlog::details::thread_pool& queue_;
  std::size_t told_ = 0;  // of those dropped
  std::promise<void> end_;
};

// Makes the queue with its one thread, which blocks all of the process's signals.
std::shared_ptr<spdlog::details::thread_pool> make_queue() {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  auto queue = std::make_shared<spdlog::details::thread_pool>(kMostWaiting, 1);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return queue;
}

}  // namespace

struct Background::Parts {
  std::shared_ptr<spdlog::logger> before = spdlog::default_logger();
  std::shared_ptr<spdlog::details::thread_pool> queue = make_queue();
  std::shared_ptr<Outlet> outlet;

  Parts(Format format, Output output) : outlet(std::make_shared<Outlet>(*queue, format, output)) {}
};

Background::Background(Format format, Output output) : parts_(std::make_unique<Parts>(format, output)) {
  auto logger = std::make_shared<spdlog::async_logger>("sessiond", parts_->outlet, parts_->queue,
                                                       spdlog::async_overflow_policy::overrun_oldest);
  logger->set_level(parts_->before->level());
  spdlog::set_default_logger(std::move(logger));
}

Background::~Background() {
  spdlog::default_logger_raw()->log(kEnd, spdlog::string_view_t());
  if (parts_->outlet->reaches_the_end(kPatience)) {
    parts_->queue.reset();  // joins its thread, which may not have left the outlet yet
    spdlog::set_default_logger(parts_->before);
  } else {
    // The queue's destructor would wait for the reader, so the queue is kept until the process ends. Volatile, as an
    // optimising compiler would drop the pointer; LeakSanitizer then reports a leak, to a standard error that nobody
    // reads.
    [[maybe_unused]] static const Parts* volatile kept;
    kept = parts_.release();
  }
}

}  // namespace sessiond::log
