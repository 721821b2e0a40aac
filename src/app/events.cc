#include <memory>
#include <utility>

#include "app/handlers.h"
#include "events/feed.h"

namespace sessiond {
namespace {

using events::Batch;
using events::Entry;
using events::EntryId;
using events::Reader;
using http::Response;

// By Redis's clock. A client that gets nothing for longer knows that something is wrong.
constexpr Millis kLongestSilence = 15'000;

// A server-sent event (HTML, section 9.2). One without data only tells the client from where to resume.
void append_event(std::string& out, const EntryId& id, std::string_view name, std::string_view data) {
  out.append("id: ").append(events::format_entry_id(id)) += '\n';
  if (!name.empty()) out.append("event: ").append(name) += '\n';
  if (!data.empty()) out.append("data: ").append(data) += '\n';
  out += '\n';
}

// What one reader is sent, for as long as Redis can be read.
class EventStream final : public http::Parts {
 public:
  explicit EventStream(std::unique_ptr<Reader> reader) : reader_(std::move(reader)) {}

  Task<Result<std::string>> next() override {
    if (!more_) co_await reader_->pause();
    const EntryId before = reader_->resumption();
    const Result<Batch> batch = co_await reader_->read();
    if (!batch) co_return batch.error();
    std::string out;
    if (batch->missed) append_event(out, before, "missed", R"({"event":"missed"})");
    // With many streams, the next event may be older. Until all are read, a client resumes where this reading began.
    bool of_many = false;
    for (const Entry& entry : batch->entries) {
      of_many = entry.id.slot.has_value();
      append_event(out, of_many ? before : entry.id, entry.find("event"), events::json_of(entry));
    }
    more_ = batch->more;
    if (of_many || (out.empty() && reader_->read_until() - spoken_at_ >= kLongestSilence))
      append_event(out, reader_->resumption(), "", "");
    if (!out.empty()) spoken_at_ = reader_->read_until();
    co_return out;
  }

 private:
  std::unique_ptr<Reader> reader_;
  Millis spoken_at_ = 0;  // 0: the first part goes out at once
  bool more_ = true;
};

}  // namespace

Task<Response> stream_events(Call& call) {
  std::unique_ptr<Reader> reader = call.services.feed.open();
  const std::string_view last = call.request.last_event_id.value.value_or("");
  if (last.empty()) {
    const Result<Done> begun = co_await reader->begin_at_end();
    if (!begun) co_return http::problem(begun.error());
  } else {
    const auto id = events::parse_entry_id(last);
    if (!id) co_return http::problem({Failure::kBadRequest, "Last-Event-ID wants the id of an event"});
    reader->begin_behind(*id);
  }
  Response response;
  response.headers.emplace_back("Content-Type", "text/event-stream");
  response.parts = std::make_shared<EventStream>(std::move(reader));
  co_return response;
}

}  // namespace sessiond
