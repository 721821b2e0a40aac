#include "worker/worker.h"

#include <signal.h>  // NOLINT(modernize-deprecated-headers): POSIX's, for sigset_t
#include <systemd/sd-daemon.h>

#include <algorithm>
#include <memory>
#include <thread>
#include <vector>

#include "base/log.h"
#include "worker/listen.h"
#include "worker/loop.h"

namespace sessiond {
namespace {

// Blocks the signals that end the worker, in this thread and those it starts, so that only
// sigwait sees them; and lets a peer that has gone be an error of write.
sigset_t take_signals() {
  signal(SIGPIPE, SIG_IGN);  // NOLINT(cert-err33-c): cannot fail for SIGPIPE
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

unsigned thread_count(const Options& options) {
  return options.threads > 0 ? options.threads : std::max(1U, std::thread::hardware_concurrency());
}

}  // namespace

Result<Done> run_worker(const Options& options) {
  fcgi::open_library();
  const sigset_t signals = take_signals();
  const Result<Listeners> listeners = open_listeners(options.listen, options.listen_internal);
  if (!listeners) return listeners.error();

  if (options.policy.dev_login) log::warning("dev login is on: anyone can sign in as anyone");
  RedeemBudget redeem_budget(options.redeem_failures);
  std::vector<std::unique_ptr<Loop>> loops;
  std::vector<std::jthread> threads;
  for (unsigned i = 0; i < thread_count(options); ++i) {
    loops.push_back(std::make_unique<Loop>(options, redeem_budget, listeners->internet.get(), listeners->internal.get()));
    if (i == 0) loops.back()->inspect_redis();
    threads.emplace_back([loop = loops.back().get()] { loop->run(); });
  }
  log::info("serving with " + std::to_string(loops.size()) + " threads");
  sd_notify(0, "READY=1");

  int signal = 0;
  sigwait(&signals, &signal);
  log::info("stopping");
  sd_notify(0, "STOPPING=1");
  for (const auto& loop : loops) loop->stop();
  threads.clear();  // joins them
  return Done{};
}

}  // namespace sessiond
