#include "deliver/deliver.h"

#include <ev++.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "deliver/post.h"
#include "deliver/progress.h"
#include "events/feed.h"
#include "events/webhook.h"
#include "log/log.h"
#include "redis/password.h"
#include "redis/redis.h"

namespace sessiond::deliver {
namespace {

using events::Entry;
using events::EntryId;

constexpr double kPatience = 10;       // seconds for an answer
constexpr double kPause = 1;           // seconds between tries to have a turn
constexpr double kStep = 0.5;          // seconds: how late the end is noticed
constexpr int kStepsBeforeSecond = 2;  // before the second try; before each further twice as many
constexpr int kMostSteps = 600;
constexpr Millis kTurnTakenEvery = 10'000;
constexpr Millis kSavedEvery = 10'000;

// All that delivering takes, on one loop.
class Delivery {
 public:
  Delivery(const Options& options, events::Target target, events::WebhookSecret secret)
      : target_(std::move(target)),
        secret_(std::move(secret)),
        patience_(options.policy.events_kept / 2),
        redis_(loop_, options.redis, counters_),
        feed_(options.open_feed(redis_)),
        progress_(redis_, Keyspace(options.key_prefix)),
        post_(loop_, target_.server, kPatience),
        interrupt_(loop_),
        terminate_(loop_) {
    interrupt_.set<Delivery, &Delivery::stop>(this);
    terminate_.set<Delivery, &Delivery::stop>(this);
    interrupt_.start(SIGINT);
    terminate_.start(SIGTERM);
  }

  void run() {
    work();
    while (!ended_) loop_.run(ev::ONCE);  // NOLINT(bugprone-infinite-loop): the coroutine sets it
    redis_.close();
  }

 private:
  void stop() { stopping_ = true; }

  Detached work() {
    while (!stopping_) {
      const Result<Done> done = co_await deliver_for_a_turn();
      if (!done && !std::exchange(trouble_logged_, true)) log::warning("cannot deliver for now: " + done.error().text);
      if (done) trouble_logged_ = false;
      co_await redis_.rest(kPause);
    }
    static_cast<void>(co_await progress_.give_up_turn());
    ended_ = true;
  }

  // Until it is another's turn or the end.
  Task<Result<Done>> deliver_for_a_turn() {
    turn_taken_at_ = 0;
    std::unique_ptr<events::Reader> reader;
    for (;;) {
      const Result<bool> ours = co_await keep_turn();
      if (!ours) co_return ours.error();
      if (!*ours) break;
      if (!reader) {
        reader = feed_.open();
        if (const Result<Done> begun = co_await begin(*reader); !begun) co_return begun.error();
        log::info("delivering events to " + target_.host);
      }
      const Result<events::Batch> batch = co_await reader->read();
      if (!batch) co_return batch.error();
      if (batch->missed) log::warning("events were missed: nobody delivered for longer than events-kept");
      const Result<bool> all = co_await deliver_all(batch->entries, reader->read_until());
      if (!all) co_return all.error();
      if (!*all) break;  // whoever goes on begins with what is left
      if (const Result<Done> saved = co_await save_now_and_then(*reader, !batch->entries.empty()); !saved)
        co_return saved.error();
      if (!batch->more) co_await reader->pause();
    }
    co_return Done{};
  }

  // Also saves when nothing happens: otherwise the next program would take the gap for missed events.
  Task<Result<Done>> save_now_and_then(const events::Reader& reader, bool delivered) {
    const EntryId place = reader.resumption();
    if (!delivered && place.at - saved_at_ < kSavedEvery) co_return Done{};
    saved_at_ = place.at;
    co_return co_await progress_.save(place);
  }

  Task<Result<Done>> begin(events::Reader& reader) {
    const Result<std::optional<EntryId>> position = co_await progress_.position();
    if (!position) co_return position.error();
    if (*position) {
      reader.begin_behind(**position);
      co_return Done{};
    }
    if (const Result<Done> begun = co_await reader.begin_at_end(); !begun) co_return begun.error();
    co_return co_await progress_.save(reader.resumption());
  }

  // False when the turn is over before all are. A receiver that is slow may take longer than a turn for them.
  Task<Result<bool>> deliver_all(const std::vector<Entry>& entries, Millis now) {
    const Millis since = host_now();
    for (const Entry& entry : entries) {
      const Result<bool> ours = co_await keep_turn();
      if (!ours) co_return ours.error();
      if (!*ours) co_return false;
      const Result<bool> settled = co_await deliver_one(entry, now - since);
      if (!settled) co_return settled.error();
      if (!*settled) co_return false;
      if (entry.id.slot) continue;  // with many streams only resumption() says where to go on
      if (const Result<Done> saved = co_await progress_.save(entry.id); !saved) co_return saved.error();
    }
    co_return true;
  }

  // Posts the event until it is taken, or too old. False when the turn ends before that. `ahead`: how far Redis's clock
  // is ahead of ours.
  Task<Result<bool>> deliver_one(const Entry& entry, Millis ahead) {
    int steps = kStepsBeforeSecond;
    for (;;) {
      const Result<int> status = co_await post_.send(webhook_request(target_, secret_, entry, host_now()));
      if (status && *status >= 200 && *status < 300) co_return true;
      const std::string why = status ? "it answers " + std::to_string(*status) : status.error().text;
      const std::string what = "event " + format_entry_id(entry.id) + " was not taken by " + target_.host + ": " + why;
      if (host_now() + ahead - entry.id.at > patience_) {
        const Result<Done> aside = co_await progress_.put_aside(entry, why);
        if (!aside) co_return aside.error();
        log::error(what + "; it is put aside");
        co_return true;
      }
      log::warning(what);
      for (int step = 0; step < steps; ++step) {
        co_await redis_.rest(kStep);
        const Result<bool> ours = co_await keep_turn();
        if (!ours) co_return ours.error();
        if (!*ours) co_return false;
      }
      steps = std::min(2 * steps, kMostSteps);
    }
  }

  // Whether to go on: it is our turn, and nobody has asked for the end.
  Task<Result<bool>> keep_turn() {
    if (stopping_) co_return false;
    if (turn_taken_at_ != 0 && host_now() - turn_taken_at_ < kTurnTakenEvery) co_return true;
    const Result<bool> ours = co_await progress_.take_turn();
    if (ours && *ours) turn_taken_at_ = host_now();
    co_return ours;
  }

  events::Target target_;
  events::WebhookSecret secret_;
  Millis patience_;
  ev::dynamic_loop loop_;
  metrics::RedisCounters counters_;  // that nobody reads
  Redis redis_;
  events::Feed feed_;
  Progress progress_;
  Post post_;
  ev::sig interrupt_;
  ev::sig terminate_;
  Millis turn_taken_at_ = 0;
  Millis saved_at_ = 0;  // by Redis's clock
  bool trouble_logged_ = false;
  bool stopping_ = false;
  bool ended_ = false;
};

}  // namespace

Result<Done> run_deliver(const Options& options) {
  if (options.webhook_url.empty() || options.webhook_secret_file.empty() || options.policy.events_kept == 0) {
    return bad_request("deliver wants the options events-kept, webhook-url and webhook-secret-file");
  }
  Result<events::Target> target = events::parse_target(options.webhook_url);
  if (!target) return target.error();
  const Result<std::string> text = read_password(options.webhook_secret_file);
  if (!text) return text.error();
  auto secret = events::WebhookSecret::parse(*text);
  if (!secret) return bad_request(options.webhook_secret_file + " has no secret: whsec_ and base64 of 24 to 64 bytes");
  Delivery(options, std::move(*target), std::move(*secret)).run();
  return Done{};
}

}  // namespace sessiond::deliver
