#pragma once

#include <array>
#include <coroutine>
#include <cstddef>
#include <initializer_list>
#include <memory_resource>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "redis/cluster.h"
#include "redis/pipeline.h"
#include "redis/redis.h"
#include "redis/reply.h"
#include "redis/slot.h"

namespace sessiond {

/// Commands that go to Redis together and whose replies are awaited together:
///
///     Round round(redis, key);
///     round.send({"HMGET", key, "kind"});
///     round.send({"ZRANGE", index, "0", "-1"});
///     if (Result<Done> done = co_await round; !done) co_return done.error();
///     use(round[0], round[1]);
///
/// May be sent and awaited again; replies keep their numbers. Fails as a whole with
/// kUnavailable when the connection is closed or is lost before all replies have come; an error
/// that Redis itself answers is a reply. A Round of changes ends only when they are confirmed as the address
/// asks for; where they are not, it fails with kUnavailable, though they are done. Replies live as long as the Round,
/// which must outlive its waits: keep it in the coroutine's frame.
class Round {
 public:
  enum class Kind { kRead, kChange };

  /// For commands on keys of one slot, which `key` has: they go to the server that owns it. `expected`: how many
  /// commands there will be, if that is known.
  Round(Redis& redis, std::string_view key, std::size_t expected = 2) : Round(redis, redis.slot_of(key), expected) {}
  Round(Redis& redis, Slot slot, std::size_t expected = 2) : Round(redis, slot, expected, Kind::kRead) {}
  /// The same with a Kind: kChange for changes that must be kept, kRead for all else.
  Round(Redis& redis, std::string_view key, Kind kind) : Round(redis, redis.slot_of(key), 2, kind) {}
  /// For the first commands on a connection, which are sent before all others.
  Round(Pipeline& pipeline, std::size_t expected) : Round(&pipeline, nullptr, {}, expected, Kind::kRead) {}
  Round(const Round&) = delete;
  Round& operator=(const Round&) = delete;

  void send(std::span<const std::string_view> words);
  void send(std::initializer_list<std::string_view> words) { send(std::span(words.begin(), words.size())); }

  [[nodiscard]] const Reply& operator[](std::size_t i) const { return replies_[i]; }
  [[nodiscard]] std::size_t size() const { return replies_.size(); }
  [[nodiscard]] const Reply& last() const { return replies_.back(); }

  bool await_ready() const noexcept { return outstanding_ == 0; }
  void await_suspend(std::coroutine_handle<> awaiting) noexcept { awaiting_ = awaiting; }
  Result<Done> await_resume();

 private:
  friend class Pipeline;
  friend class Cluster;

  Round(Redis& redis, Slot slot, std::size_t expected, Kind kind)
      : Round(redis.single_ ? &redis.single_->pipeline(kind == Kind::kChange) : nullptr, redis.cluster_.get(), slot,
              expected, kind) {}
  Round(Pipeline* pipeline, Cluster* cluster, Slot slot, std::size_t expected, Kind kind);

  [[nodiscard]] bool is_change() const { return kind_ == Kind::kChange; }
  void send_first(std::span<const std::string_view> words);
  void put(Pipeline::Queue& queue, std::span<const std::string_view> words);
  void keep(std::span<const std::string_view> words);
  void note_time() const;
  void settle_one();
  void lose_one();
  void settle_unconfirmed();

  Pipeline* pipeline_;  // null in a cluster
  Cluster* cluster_;    // null without a cluster
  Slot slot_;           // in the cluster
  Kind kind_;
  std::array<std::byte, 768> inline_;  // enough for a check, and the frame stays small
  std::pmr::monotonic_buffer_resource arena_;
  std::pmr::vector<Reply> replies_;
  std::pmr::vector<std::string_view> kept_;  // the commands, in a cluster: a redirection sends them again
  ev_tstamp kept_at_ = 0;                    // when the last of these was kept
  int redirections_ = 0;                     // of these
  std::size_t outstanding_ = 0;
  ev_tstamp since_ = 0;  // when the first outstanding one was sent; 0: not measured
  bool lost_ = false;
  bool unconfirmed_ = false;
  std::coroutine_handle<> awaiting_;
};

}  // namespace sessiond
