#include "redis/round.h"

#include <string>
#include <utility>

#include "redis/command.h"

namespace sessiond {

Round::Round(Pipeline* pipeline, Cluster* cluster, Slot slot, std::size_t expected, Kind kind)
    : pipeline_(pipeline),
      cluster_(cluster),
      slot_(slot),
      kind_(kind),
      arena_(inline_.data(), inline_.size(), cluster == nullptr ? &pipeline->reply_memory_ : &cluster->reply_memory_),
      replies_(&arena_),
      kept_(&arena_) {
  replies_.reserve(expected);
  if (cluster_ != nullptr) kept_.reserve(expected);
}

void Round::send(std::span<const std::string_view> words) {
  const bool is_first = outstanding_ == 0;
  if (cluster_ == nullptr) {
    put(pipeline_->held_, words);
    if (is_first && !lost_) since_ = pipeline_->held_.waiting.back().since;
    return;
  }
  replies_.emplace_back();
  keep(words);
  if (is_first) since_ = kept_at_;
  ++outstanding_;
  cluster_->send(*this, replies_.size() - 1);
}

void Round::send_first(std::span<const std::string_view> words) { put(pipeline_->line_, words); }

void Round::put(Pipeline::Queue& queue, std::span<const std::string_view> words) {
  replies_.emplace_back();
  if (!pipeline_->open()) {
    lost_ = true;
    return;
  }
  ++outstanding_;
  pipeline_->append(queue, words, this, replies_.size() - 1);
}

void Round::keep(std::span<const std::string_view> words) {
  char* const start = static_cast<char*>(arena_.allocate(room_for_command(words), 1));
  kept_.emplace_back(start, write_command(start, words));
  kept_at_ = cluster_->now();
}

// A Round that was lost has no time.
inline void Round::note_time() const {
  if (lost_ || since_ == 0) return;
  metrics::RedisCounters& counters = cluster_ == nullptr ? pipeline_->counters_ : cluster_->counters_;
  const ev_tstamp now = cluster_ == nullptr ? pipeline_->tick_.loop.now() : cluster_->now();
  (is_change() ? counters.changes : counters.reads).add(now - since_);
}

void Round::settle_one() {
  if (--outstanding_ > 0) return;
  note_time();
  if (awaiting_) std::exchange(awaiting_, {}).resume();
}

void Round::lose_one() {
  lost_ = true;
  settle_one();
}

void Round::settle_unconfirmed() {
  unconfirmed_ = true;
  settle_one();
}

Result<Done> Round::await_resume() {
  if (lost_) return Error{Failure::kUnavailable, "the session store cannot be reached"};
  if (unconfirmed_) {
    return Error{Failure::kUnavailable, "done, but not confirmed: a failure of the session store may still undo it"};
  }
  return Done{};
}

}  // namespace sessiond
