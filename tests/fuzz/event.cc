// Events: the id that a reader sends as Last-Event-ID, and an entry of the stream as whoever can write to Redis may make
// it, told as JSON, as a server-sent event and as a webhook.
//
// The input is the id, and the names and values of the entry's fields, with NUL between them.

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <vector>

#include "base/utf8.h"
#include "events/entry.h"
#include "events/webhook.h"
#include "fuzz/fuzz.h"
#include "json/parse.h"
#include "replies.h"

using namespace sessiond;
using events::Entry;

namespace {

bool is_one_line(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

void check_json(const Entry& entry) {
  const std::string text = events::json_of(entry);
  PROMISE(is_utf8(text) && is_one_line(text));
  std::set<std::string_view> names = {"id", "at"};
  for (const Entry::Field& field : entry.fields) names.insert(field.name);
  if (names.size() != entry.fields.size() + 2 || text.size() > json::kMaxBytes) return;
  const auto object = json::parse_object(text);
  PROMISE(object && object->members().size() == names.size());
  PROMISE(object->string("id") == events::format_entry_id(entry.id));
  for (const Entry::Field& field : entry.fields) PROMISE(object->string(field.name) == field.value);
}

// Nothing that an entry holds adds a header, or another request.
void check_webhook(const Entry& entry) {
  static const auto target = *events::parse_target("https://receiver.example/hooks");
  static const auto secret = *events::WebhookSecret::parse("whsec_" + std::string(32, 'A'));
  const std::string request = events::webhook_request(target, secret, entry, entry.id.at);
  const std::size_t end = request.find("\r\n\r\n");
  PROMISE(end != std::string::npos);
  const std::string_view head = std::string_view(request).substr(0, end);
  const std::string_view body = std::string_view(request).substr(end + 4);
  PROMISE(std::ranges::count(head, '\n') == 8 && std::ranges::count(head, '\r') == 8);
  PROMISE(head.find("\r\nContent-Length: " + std::to_string(body.size()) + "\r\n") != std::string_view::npos);
  PROMISE(body == events::webhook_body(entry) && is_utf8(body) && is_one_line(body));
  PROMISE(body.ends_with(R"(,"data":)" + events::json_of(entry) + "}"));
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest = fuzz::text_of_input(data, size);
  const std::string_view text = fuzz::take_until(rest, '\0');
  const auto id = events::parse_entry_id(text);
  if (id) {
    PROMISE(id->at >= 0 && (!id->slot || *id->slot < kSlots));
    PROMISE(events::parse_entry_id(events::format_entry_id(*id)) == id);
  }

  std::vector<Reply> words;
  while (!rest.empty()) words.push_back(replies::text(fuzz::take_until(rest, '\0')));
  std::array<Reply, 2> parts = {replies::text(text), replies::array(words)};
  const auto entry = events::read_entry(replies::array(parts));
  PROMISE(entry.has_value() == id.has_value());
  if (!entry) return 0;
  PROMISE(entry->fields.size() == words.size() / 2);
  for (const Entry::Field& field : entry->fields) {
    PROMISE(is_utf8(field.name) && is_one_line(field.name));
    PROMISE(is_utf8(field.value) && is_one_line(field.value));
  }
  check_json(*entry);
  check_webhook(*entry);
  return 0;
}
