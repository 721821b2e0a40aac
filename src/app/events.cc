#include <memory>
#include <utility>

#include "app/handlers.h"
#include "events/feed.h"

namespace sessiond {
namespace {

using events::Batch;
using events::Feed;
using events::Position;
using http::Response;

constexpr Millis kLongestSilence =
    15'000;  // by Redis's clock: who hears nothing for longer knows that something is wrong

// A server-sent event (HTML, section 9.2). One without data only says from where to read on.
void append_event(std::string& out, const events::EntryId& id, std::string_view name, std::string_view data) {
  out.append("id: ").append(events::format_entry_id(id)) += '\n';
  if (!name.empty()) out.append("event: ").append(name) += '\n';
  if (!data.empty()) out.append("data: ").append(data) += '\n';
  out += '\n';
}

// What one reader is sent, for as long as Redis can be read.
class EventStream final : public http::Parts {
 public:
  EventStream(const Feed& feed, const Position& position) : feed_(feed), position_(position) {}

  Task<Result<std::string>> next() override {
    if (!more_) co_await feed_.pause();
    const events::EntryId before = events::resumption_of(position_);
    const Result<Batch> batch = co_await feed_.read(position_);
    if (!batch) co_return batch.error();
    std::string out;
    if (batch->missed) append_event(out, before, "missed", R"({"event":"missed"})");
    for (const events::Entry& entry : batch->entries)
      append_event(out, entry.id, entry.find("event"), events::json_of(entry));
    more_ = batch->more;
    if (out.empty() && position_.read_until - spoken_at_ >= kLongestSilence)
      append_event(out, events::resumption_of(position_), "", "");
    if (!out.empty()) spoken_at_ = position_.read_until;
    co_return out;
  }

 private:
  Feed feed_;
  Position position_;
  Millis spoken_at_ = 0;  // never: the first part goes out at once
  bool more_ = true;
};

}  // namespace

Task<Response> stream_events(Call& call) {
  Feed feed = call.services.feed;
  Position position;
  const std::string_view last = call.request.last_event_id.value.value_or("");
  if (last.empty()) {
    const Result<Position> end = co_await feed.end();
    if (!end) co_return http::problem(end.error());
    position = *end;
  } else {
    const auto id = events::parse_entry_id(last);
    if (!id) co_return http::problem({Failure::kBadRequest, "Last-Event-ID wants the id of an event"});
    position = events::position_behind(*id);
  }
  Response response;
  response.headers.emplace_back("Content-Type", "text/event-stream");
  response.parts = std::make_shared<EventStream>(feed, position);
  co_return response;
}

}  // namespace sessiond
