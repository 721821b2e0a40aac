#include "worker/worker.h"

#include <signal.h>  // NOLINT(modernize-deprecated-headers): POSIX's, for sigset_t
#include <systemd/sd-daemon.h>

#include <algorithm>
#include <ctime>
#include <memory>
#include <thread>
#include <vector>

#include "fcgi/connection.h"
#include "log/log.h"
#include "options/command_line.h"
#include "worker/listen.h"
#include "worker/loop.h"
#include "worker/watch.h"

namespace sessiond {
namespace {

// Blocks the signals that the worker acts on, in this thread and those it starts, so that only sigtimedwait sees them.
// Writing to a peer that has gone becomes an error of write.
sigset_t take_signals() {
  signal(SIGPIPE, SIG_IGN);  // NOLINT(cert-err33-c): cannot fail for SIGPIPE
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

unsigned thread_count(const Options& options) {
  return options.threads > 0 ? options.threads : std::max(1U, std::thread::hardware_concurrency());
}

using Loops = std::vector<std::unique_ptr<Loop>>;

// Applies the changed settings that need no restart, and logs the others. `settings` are then what the worker runs
// with, so that settings that wait for a restart are logged again next time.
void reload(Options& options, std::vector<Setting>& settings, const ReadSettings& read, const Loops& loops) {
  Result<std::vector<Setting>> now = read();
  const Result<Options> checked = now ? make_options(*now) : Result<Options>(now.error());
  if (!checked) {
    log::error("nothing is reloaded: " + checked.error().text);
    return;
  }
  for (const Change& change : find_changes(settings, *now)) {
    const std::string name(change.row->name);
    if (!change.row->live) {
      log::warning("`" + name + "` has changed; a restart applies it");
      continue;
    }
    settings.push_back({name, change.value, change.origin});
    if (!change.row->set(options, change.value)) continue;  // cannot be: it was checked above
    log::warning("`" + name + "` is now `" + change.value + "`");
  }
  log::set_level(options.log_level);
  for (const auto& loop : loops) loop->adopt(options);
  log::info("reloaded");
}

// Until the signal to stop: watches the loops, and reloads at SIGHUP.
void supervise(const sigset_t& signals, Options options, std::vector<Setting> settings, const ReadSettings& read,
               const Loops& loops, Watch& watch) {
  for (const timespec interval = watch.interval();;) {
    const int signal = sigtimedwait(&signals, nullptr, &interval);
    if (signal == SIGTERM || signal == SIGINT) return;
    if (signal == SIGHUP) {
      timespec now{};
      static_cast<void>(clock_gettime(CLOCK_MONOTONIC, &now));
      sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%lld", now.tv_sec * 1'000'000LL + now.tv_nsec / 1000);
      reload(options, settings, read, loops);
      sd_notify(0, "READY=1");
    }
    watch.look();
  }
}

}  // namespace

Result<Done> run_worker(const Options& options, std::vector<Setting> settings, const ReadSettings& read) {
  fcgi::open_library();
  const sigset_t signals = take_signals();
  const Result<Listeners> listeners = open_listeners(options);
  if (!listeners) return listeners.error();

  if (options.policy.dev_login) log::warning("dev login is on: anyone can sign in as anyone");
  if (!options.policy.cookie.secure) {
    log::warning("insecure-cookie is on: browsers send the session cookie over plain http, where anyone can take it");
  }
  if (options.listen_on_network) {
    log::warning("listen-on-network is on: whoever reaches the port of listen-internal can sign in as anybody");
  }
  Limits limits(options.redeem_failures, options.max_requests);
  const unsigned count = thread_count(options);
  metrics::Board board(count);
  Loops loops;
  for (unsigned i = 0; i < count; ++i) {
    loops.push_back(std::make_unique<Loop>(options, limits, board, i, *listeners));
    if (i > 0) continue;
    if (const Result<Done> met = loops.back()->meet_redis(); !met) return met.error();
    loops.back()->inspect_redis();
  }
  Watch watch(loops);
  std::vector<std::jthread> threads;
  for (const auto& loop : loops) threads.emplace_back([&loop, &watch] { loop->run(watch.seconds()); });
  log::info("serving with " + std::to_string(loops.size()) + " threads");
  sd_notify(0, "READY=1");

  supervise(signals, options, std::move(settings), read, loops, watch);
  log::info("stopping");
  sd_notify(0, "STOPPING=1");
  for (const auto& loop : loops) loop->stop();
  threads.clear();  // joins them
  return Done{};
}

}  // namespace sessiond
