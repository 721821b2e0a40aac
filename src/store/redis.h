#pragma once

#include <ev++.h>

#include <array>
#include <coroutine>
#include <cstddef>
#include <deque>
#include <initializer_list>
#include <memory>
#include <memory_resource>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "store/address.h"
#include "store/channel.h"
#include "store/primary.h"
#include "store/reply.h"

struct redisReader;

namespace sessiond {

class Round;

/// One loop's connection to Redis. Commands of all requests are gathered and written once a
/// turn of the loop, and replies are matched to them by order.
///
/// It is used only to a primary: no command of a request is sent before the server has taken the password
/// and said that its ROLE is master, which it is asked again every second. That also keeps an idle
/// connection from being cut off by Redis's `timeout` or by a NAT on the way.
///
/// On any error, and when a reply takes longer than the timeout, the connection is thrown away with
/// all that waits on it, so no late reply can reach the wrong request; nothing that was sent is ever
/// sent again. It then reconnects by itself, waiting longer from try to try up to half a second. A good
/// connection that Redis closes is replaced at once, and what was not yet sent waits for the new one.
/// Belongs to the loop's thread. With its ReplyBuilder the only one that knows hiredis.
class Redis {
 public:
  Redis(ev::loop_ref loop, RedisAddress address);
  ~Redis();
  Redis(const Redis&) = delete;
  Redis& operator=(const Redis&) = delete;

  /// Whether commands are taken now. When not, they fail at once with `trouble()`.
  [[nodiscard]] bool open() const { return state_ != State::kClosed; }
  /// Whether the server has proven on this connection that it can be used.
  [[nodiscard]] bool proven() const { return state_ == State::kProven; }
  /// Why the connection is closed, for people. Empty when it never was.
  [[nodiscard]] const std::string& trouble() const { return trouble_; }
  /// Awaited before commands that are many: returns once those of this loop that Redis has not answered
  /// are few, first come, first served. So whatever needs but one waits behind few others. Fails with
  /// kUnavailable when that takes longer than the timeout.
  struct Turn {
    Redis& redis;
    std::coroutine_handle<> awaiting = {};
    ev_tstamp since = 0;
    bool late = false;

    bool await_ready() const noexcept { return redis.in_line_.empty() && redis.is_quiet(); }
    void await_suspend(std::coroutine_handle<> handle);
    Result<Done> await_resume() const;
  };
  [[nodiscard]] Turn turn() { return {*this}; }
  /// Whether the last server that answered is one of a Redis Cluster, which waiting does not change.
  [[nodiscard]] bool in_cluster() const { return in_cluster_; }
  /// Closes the connection for good: all that waits on it fails now, all that follows at once.
  void close();
  /// Notes that Redis answered with an error, in the log, at most once a second.
  void note_error(std::string_view text);

 private:
  friend class Round;
  friend struct ReplyBuilder;

  // Commands that may wait for their replies when one more long read begins: enough to keep Redis busy,
  // and about a millisecond of its time.
  static constexpr std::size_t kFew = 512;

  enum class State { kClosed, kDialing, kGreeting, kProven };
  struct Waiting {
    Round* round;
    std::size_t index;
    ev_tstamp since;
  };
  /// Commands in the protocol's form, and who waits for their replies.
  struct Queue {
    std::string bytes;
    std::deque<Waiting> waiting;
  };
  struct ReaderDeleter {
    void operator()(redisReader* reader) const;
  };

  void append(Queue& queue, std::span<const std::string_view> words, Round* round, std::size_t index);
  void connect();
  void on_dialed(Result<Channel> dialed);
  Detached greet();
  void send_password(Round& round);
  Detached ask_role();
  void drop_for(const std::optional<std::string>& refusal);
  void begin_serving();
  void on_closed(const std::string& reason);
  void drop(const std::string& reason);
  void leave(const std::string& reason);
  void hang_up();
  void flush();
  void on_readable();
  void on_tick();
  void take_replies();
  void give_turns();
  Turn& next_in_line();
  void end_late_turns();
  [[nodiscard]] bool is_quiet() const { return line_.waiting.size() + held_.waiting.size() < kFew; }
  Reply* slot_of_next_reply();
  std::pmr::memory_resource* arena_of_next_reply();

  RedisAddress address_;
  State state_ = State::kClosed;
  Primary primary_;
  Channel channel_;
  std::unique_ptr<redisReader, ReaderDeleter> reader_;
  Queue line_;                                           // on the connection
  std::size_t sent_ = 0;                                 // of line_.bytes
  Queue held_;                                           // not yet sent, in this turn or until the server is proven
  std::deque<Turn*> in_line_;                            // those that await a turn, in their coroutines' frames
  std::pmr::unsynchronized_pool_resource reply_memory_;  // of Rounds whose replies are many
  ev_tstamp role_asked_at_ = 0;
  ev_tstamp replaced_at_ = 0;
  bool in_cluster_ = false;
  std::string trouble_;
  bool trouble_logged_ = false;
  ev_tstamp error_logged_at_ = 0;
  double backoff_ = 0;

  ev::io readable_;
  ev::io writable_;
  ev::prepare before_wait_;
  ev::timer tick_;
  ev::timer retry_;
};

/// Commands that go to Redis together and whose replies are awaited together:
///
///     Round round(redis);
///     round.send({"HMGET", key, "kind"});
///     round.send({"ZRANGE", index, "0", "-1"});
///     if (Result<Done> done = co_await round; !done) co_return done.error();
///     use(round[0], round[1]);
///
/// May be sent and awaited again; replies keep their numbers. Fails as a whole with
/// kUnavailable when the connection is closed or is lost before all replies have come; an error
/// that Redis itself answers is a reply. Replies live as long as the Round, which must outlive
/// its waits: keep it in the coroutine's frame.
class Round {
 public:
  /// `expected`: how many commands there will be, if that is known.
  explicit Round(Redis& redis, std::size_t expected = 2)
      : redis_(redis), arena_(inline_.data(), inline_.size(), &redis.reply_memory_), replies_(&arena_) {
    replies_.reserve(expected);
  }
  Round(const Round&) = delete;
  Round& operator=(const Round&) = delete;

  void send(std::span<const std::string_view> words) { send_to(redis_.held_, words); }
  void send(std::initializer_list<std::string_view> words) { send(std::span(words.begin(), words.size())); }

  [[nodiscard]] const Reply& operator[](std::size_t i) const { return replies_[i]; }
  [[nodiscard]] std::size_t size() const { return replies_.size(); }
  [[nodiscard]] const Reply& last() const { return replies_.back(); }

  bool await_ready() const noexcept { return outstanding_ == 0; }
  void await_suspend(std::coroutine_handle<> awaiting) noexcept { awaiting_ = awaiting; }
  Result<Done> await_resume();

 private:
  friend class Redis;

  void send_to(Redis::Queue& queue, std::span<const std::string_view> words);
  void settle_one();
  void lose_one();

  Redis& redis_;
  std::array<std::byte, 448> inline_;  // enough for a check, and the frame stays small
  std::pmr::monotonic_buffer_resource arena_;
  std::pmr::vector<Reply> replies_;
  std::size_t outstanding_ = 0;
  bool lost_ = false;
  std::coroutine_handle<> awaiting_;
};

}  // namespace sessiond
