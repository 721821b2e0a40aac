#pragma once

#include <ev++.h>

#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "app/call.h"
#include "options/options.h"
#include "peer/connection.h"
#include "redis/redis.h"
#include "store/sessions.h"
#include "worker/listen.h"

namespace sessiond {

/// One thread's event loop with all that the thread uses: it shares nothing with other loops but
/// the listening sockets, so no request ever waits for a lock. `run` is for the loop's own thread;
/// the rest is for any.
class Loop {
 public:
  /// The limits, the board and the listeners belong to the caller and outlive the loop. `number`: the place of its
  /// counters on the board, which it alone writes.
  Loop(const Options& options, Limits& limits, metrics::Board& board, std::size_t number, const Listeners& listeners);
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  /// Serves until `stop`, then finishes what is in flight, for `stop_timeout` at most. Notes every `beat` seconds that
  /// it turns.
  void run(double beat);

  /// Turns the loop until Redis has answered or is known to be away, for a second at most. Fails only when the server
  /// is one of a Redis Cluster and the options do not say so, as waiting would not help. Before `run`, if at all.
  [[nodiscard]] Result<Done> meet_redis();

  /// Lets `run` say in the log, when it begins, what about Redis is unfavourable. For one loop.
  void inspect_redis();

  /// Asks `run` to finish.
  void stop();

  /// Goes on with these options from its next turn. Only live ones may differ (OptionRow).
  void adopt(const Options& options);

  /// How long ago the loop noted that it turns.
  [[nodiscard]] double seconds_since_turn() const;

 private:
  /// Accepts on one realm's socket.
  struct Door {
    Door(Loop& owner, int listener, http::Realm door_realm);
    void accept_some();
    bool accept_one();  // whether there was one

    Loop& loop;
    int fd;
    http::Realm realm;
    ev::io readable;
  };

  /// A connection and where it came in.
  struct Open {
    std::unique_ptr<Connection> connection;
    http::Realm realm;
  };

  [[nodiscard]] std::unique_ptr<Connection> new_connection(Fd peer, http::Realm realm);
  void forget(Connection& connection);
  void watch_turns();
  Detached serve(Connection& connection, http::Request request);
  void note_failure(const http::Request& request, const http::Response& response);
  Detached log_findings();
  void begin_accepting();
  void pause_accepting();
  void begin_stopping();
  void give_up();
  void take_options();
  void note_turn();

  Options options_;
  metrics::Counters& counters_;
  ev::dynamic_loop loop_;
  Redis redis_;
  Sessions sessions_;
  events::Feed feed_;
  log::OnceASecond refusals_;
  Services services_;
  Events events_;
  std::unordered_map<Connection*, Open> connections_;
  std::array<Door, 3> doors_;
  bool stopping_ = false;
  bool inspects_redis_ = false;
  log::OnceASecond failures_;
  ev::timer resume_accepting_;
  ev::timer deadline_;
  ev::async stop_request_;
  std::mutex adopting_;
  std::optional<Options> adopted_;  // guarded by adopting_; for the loop's thread to take
  ev::async adoption_;
  std::atomic<std::chrono::steady_clock::duration> turned_at_;
  ev::timer beat_;
};

}  // namespace sessiond
