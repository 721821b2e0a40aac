#include "events/many_streams.h"

#include <algorithm>
#include <utility>

#include "events/reading.h"
#include "redis/round.h"

namespace sessiond::events {
namespace {

constexpr std::size_t kAtOnce = 256;   // streams
constexpr std::size_t kEnough = 1000;  // entries of a batch: who asks has more to do than to take them
// A published message can be lost between servers without a sign, as while their link is down. So all streams are read
// this often.
constexpr Millis kEveryNowAndThen = 5LL * 60 * 1000;

}  // namespace

void Announcements::add(News& news) {
  readers_.push_back(&news);
  if (!subscription_) {
    const auto begun = [this] { on_begun(); };
    const auto heard = [this](std::string_view key) { on_heard(key); };
    subscription_ = redis_.subscribe(channel_, begun, heard);
    subscription_->start();
  }
}

void Announcements::remove(News& news) {
  std::erase(readers_, &news);
  if (readers_.empty()) subscription_.reset();
}

void Announcements::on_begun() {
  for (News* const news : readers_) news->anywhere = true;
}

void Announcements::on_heard(std::string_view key) {
  for (News* const news : readers_) news->slots.insert(slot_of(key));
}

ManyStreams::ManyStreams(Redis& redis, Announcements& announcements, const Keyspace& keys, Millis kept)
    : redis_(redis), announcements_(announcements), keys_(keys), kept_(kept) {
  announcements_.add(news_);
}

ManyStreams::~ManyStreams() { announcements_.remove(news_); }

// The latest of all servers.
Task<Result<Millis>> ManyStreams::time() {
  Millis latest = 0;
  for (const Slot primary : redis_.primaries()) {
    Round round(redis_, primary, 1);
    round.send({"TIME"});
    if (const Result<Done> done = co_await round; !done) co_return done.error();
    const Result<Millis> time = read_time(redis_, round[0]);
    if (!time) co_return time.error();
    latest = std::max(latest, *time);
  }
  co_return latest;
}

Task<Result<Done>> ManyStreams::begin_at_end() {
  const Result<Millis> now = co_await time();
  if (!now) co_return now.error();
  since_ = *now - kClocksApart;  // what a server is told next may be so old by its clock
  read_until_ = *now;
  news_.anywhere = true;
  co_return Done{};
}

// Another stream may have been told of something earlier, later.
void ManyStreams::begin_behind(const EntryId& id) {
  since_ = std::max<Millis>(id.at - kClocksApart, 0);
  read_until_ = id.at;
  news_.anywhere = true;
}

EntryId ManyStreams::resumption() const { return {read_until_, 0, std::nullopt}; }

void ManyStreams::take_news(Millis now) {
  if (std::exchange(news_.anywhere, false) || now - all_read_at_ > kEveryNowAndThen) {
    all_read_at_ = now;
    news_.slots.clear();
    waiting_.clear();
    for (std::size_t slot = 0; slot < kSlots; ++slot) waiting_.push_back(static_cast<Slot>(slot));
  }
  for (const Slot slot : std::exchange(news_.slots, {})) waiting_.push_back(slot);
}

Task<Result<Done>> ManyStreams::read_some(const std::vector<Slot>& slots, Batch& batch) {
  std::deque<Round> rounds;  // one each, as each may have a server of its own
  for (const Slot slot : slots) {
    const std::string key = keys_.events(tag_of(slot));
    const auto last = last_.find(slot);
    const EntryId behind = last == last_.end() ? EntryId{since_, 0, std::nullopt} : last->second;
    send_range(rounds.emplace_back(redis_, slot, 1), key, behind);
  }
  Result<Done> all = Done{};
  for (std::size_t i = 0; i < slots.size(); ++i) {
    Round& round = rounds[i];
    const Result<Done> done = co_await round;
    if (!all) continue;
    all = done;
    if (!done) continue;
    Result<std::vector<Entry>> entries = read_entries(redis_, round[0]);
    if (!entries) {
      all = entries.error();
      continue;
    }
    if (entries->empty()) continue;
    last_[slots[i]] = entries->back().id;
    if (entries->size() == kPiece) waiting_.push_back(slots[i]);
    for (Entry& entry : *entries) {
      entry.id.slot = slots[i];
      batch.entries.push_back(std::move(entry));
    }
  }
  co_return all;
}

Task<Result<Batch>> ManyStreams::read() {
  const Result<Millis> now = co_await time();
  if (!now) co_return now.error();
  take_news(*now);
  Batch batch;
  batch.missed = read_until_ + kept_ < *now;
  if (batch.missed) read_until_ = *now - kept_;  // reported once
  while (!waiting_.empty() && batch.entries.size() < kEnough) {
    const auto count = static_cast<std::ptrdiff_t>(std::min(waiting_.size(), kAtOnce));
    const std::vector<Slot> slots(waiting_.begin(), waiting_.begin() + count);
    waiting_.erase(waiting_.begin(), waiting_.begin() + count);
    if (const Result<Done> turn = co_await redis_.turn(slots.front()); !turn) co_return turn.error();
    if (const Result<Done> done = co_await read_some(slots, batch); !done) co_return done.error();
  }
  std::ranges::stable_sort(batch.entries, {}, &Entry::id);
  batch.more = !waiting_.empty();
  // Until all have been read, some may be older than what has been.
  if (!batch.more) read_until_ = *now;
  co_return batch;
}

}  // namespace sessiond::events
