#pragma once

#include <ev++.h>

#include <coroutine>
#include <cstddef>
#include <deque>
#include <memory_resource>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/task.h"
#include "metrics/redis_counters.h"
#include "redis/address.h"
#include "redis/channel.h"
#include "redis/primary.h"
#include "redis/reply.h"
#include "redis/reply_reader.h"
#include "redis/send_buffer.h"
#include "redis/waiting.h"

namespace sessiond {

class Pipeline;

/// What a Pipeline to one server of a Redis Cluster reports to the Cluster.
class ClusterEvents {
 public:
  virtual ~ClusterEvents() = default;
  /// Sees an error that `from` answers. True when it is a redirection: the command did not run, and is sent to another
  /// server.
  virtual bool redirect(const Pipeline& from, const Waiting& command, const Reply& error) = 0;
  /// The server cannot be used.
  virtual void on_trouble() = 0;
};

/// One loop's connection to one server. Commands of all requests are gathered and written once a
/// turn of the loop, and replies are matched to them by order.
///
/// Only a primary is used: no command of a request is sent before the server has accepted the password and answered
/// ROLE with master. It is asked for its ROLE again every second. That also keeps an idle connection from being cut off
/// by Redis's `timeout` or by a NAT on the way.
///
/// On any error, and when a reply takes longer than the timeout, the connection is closed and all that waits on it
/// fails, so no late reply can reach the wrong request. No command that was sent is sent again, unless a Redis Cluster
/// says that it did not run. The Pipeline then reconnects by itself, after pauses that grow up to half a second. A good
/// connection that Redis closes is replaced at once, and what was not yet sent waits for the new one.
///
/// Where changes are to be confirmed, one WAIT follows all changes of a turn, and their Rounds end when it is answered.
/// Commands that come meanwhile are held until then and share the next WAIT: Redis would not run them earlier anyway.
/// Belongs to the loop's thread.
class Pipeline final : public ReplyReceiver {
 public:
  /// When a Round ends: with its replies, or when its changes are confirmed, too, by replicas or disks.
  enum class Ends { kAnswered, kConfirmed };

  /// The counters, and `cluster`, if there is one, outlive it.
  Pipeline(ev::loop_ref loop, RedisAddress address, metrics::RedisCounters& counters, ClusterEvents* cluster = nullptr,
           Ends ends = Ends::kAnswered);
  ~Pipeline() override;
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  [[nodiscard]] const RedisAddress& address() const { return address_; }
  /// Whether commands are taken now. When not, they fail at once with `trouble()`.
  [[nodiscard]] bool open() const { return state_ != State::kClosed; }
  /// Whether the server has proven on this connection that it can be used.
  [[nodiscard]] bool proven() const { return state_ == State::kProven; }
  /// Whether nothing waits, neither for a reply nor for a turn.
  [[nodiscard]] bool idle() const { return line_.waiting.empty() && held_.waiting.empty() && in_line_.empty(); }
  /// Why the connection is closed, for people. Empty when it never was.
  [[nodiscard]] const std::string& trouble() const { return trouble_; }
  /// Whether the last server that answered is one of a Redis Cluster.
  [[nodiscard]] bool in_cluster() const { return in_cluster_; }
  /// Awaited before many commands: returns once few commands of this loop wait for Redis, first come, first served. So
  /// a request with a single command waits behind few others. Fails with kUnavailable when that takes longer than the
  /// timeout.
  struct Turn {
    Pipeline* pipeline;  // null for no need to wait
    std::coroutine_handle<> awaiting = {};
    ev_tstamp since = 0;
    bool late = false;

    bool await_ready() const noexcept {
      return pipeline == nullptr || (pipeline->in_line_.empty() && pipeline->is_quiet());
    }
    void await_suspend(std::coroutine_handle<> handle);
    Result<Done> await_resume() const;
  };
  [[nodiscard]] Turn turn() { return {this}; }
  /// Closes the connection for good: all that waits on it fails now, all that follows at once.
  void close();

 private:
  friend class Round;
  friend class Cluster;

  // Commands that may wait for their replies when one more long read begins: enough to keep Redis busy,
  // and about a millisecond of its time.
  static constexpr std::size_t kFew = 512;

  enum class State { kClosed, kDialing, kGreeting, kProven };
  /// Commands in the protocol's form, and who waits for their replies.
  struct Queue {
    SendBuffer bytes;
    WaitingLine waiting;
  };

  // Appends a command of a Round. Only while open.
  void append(Queue& queue, std::span<const std::string_view> words, Round* round, std::size_t index);
  // Appends a command that is in the protocol's form already.
  void append(Queue& queue, std::string_view command, Round* round, std::size_t index);
  void connect();
  void on_dialed(Result<Channel> dialed);
  Detached greet();
  void send_password(Round& round);
  Detached ask_role();
  [[nodiscard]] std::optional<std::string> refusal_for_staleness(const Reply& info) const;
  void drop_for(const std::optional<std::string>& refusal, metrics::RedisError kind = metrics::RedisError::kRefused);
  void enter(State state);
  static metrics::Connection counted(State state);
  void note_error(const Reply& error);
  void begin_serving();
  void on_closed(const std::string& reason);
  void drop(const std::string& reason, metrics::RedisError kind);
  void leave(const std::string& reason, metrics::RedisError kind);
  static void lose(const WaitingLine& commands);
  void hang_up();
  void flush_in_this_turn();
  void flush();
  Detached confirm(ev_tstamp since);
  void note_confirmation(bool confirmed, const Reply& reply);
  void on_readable();
  void on_tick();
  void take_replies();
  bool take_error(const Waiting& answered, const Reply& error);
  void give_turns();
  Turn& next_in_line();
  void end_late_turns();
  [[nodiscard]] bool is_quiet() const { return line_.waiting.size() + held_.waiting.size() < kFew; }
  Reply* next_reply() override;
  std::pmr::memory_resource* memory_of_next_reply() override;

  RedisAddress address_;
  metrics::RedisCounters& counters_;
  ClusterEvents* cluster_;
  Ends ends_;
  State state_ = State::kClosed;
  Primary primary_;
  Channel channel_;
  std::optional<ReplyReader> reader_;
  Queue line_;                   // on the connection
  std::size_t sent_ = 0;         // of line_.bytes
  Queue held_;                   // not yet sent: until the turn ends, the server is proven and the WAIT is answered
  std::deque<Round*> answered_;  // changes for which a WAIT is on the line, one for each command
  bool confirming_ = false;      // whether a WAIT is on the line
  bool unconfirmed_logged_ = false;
  std::deque<Turn*> in_line_;                            // whoever awaits a Turn, in its coroutine's frame
  std::pmr::unsynchronized_pool_resource reply_memory_;  // of Rounds whose replies are many
  Reply unwanted_;                                       // for a reply that concerns nobody
  std::pmr::monotonic_buffer_resource unwanted_memory_;  // of it
  ev_tstamp role_asked_at_ = 0;
  ev_tstamp replaced_at_ = 0;
  bool in_cluster_ = false;
  bool was_proven_ = false;  // on an earlier connection
  std::string trouble_;
  bool trouble_logged_ = false;
  double backoff_ = 0;

  ev::io readable_;
  ev::io writable_;
  ev::prepare before_wait_;
  ev::timer tick_;
  ev::timer retry_;
};

}  // namespace sessiond
