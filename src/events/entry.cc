#include "events/entry.h"

#include <algorithm>

#include "base/text.h"
#include "base/utf8.h"
#include "json/write.h"

namespace sessiond::events {
namespace {

constexpr std::size_t kMaxField = 1024;  // bytes; what the scripts write is shorter

void append_member(std::string& out, std::string_view name, std::string_view value) {
  out += out.size() > 1 ? "," : "";
  json::append_string(out, name);
  out += ':';
  json::append_string(out, value);
}

}  // namespace

std::string format_entry_id(const EntryId& id) {
  std::string text = std::to_string(id.at) + "-" + std::to_string(id.number);
  return id.slot ? text + "-" + std::to_string(*id.slot) : text;
}

std::optional<EntryId> parse_entry_id(std::string_view text) {
  EntryId id;
  const auto at = take_millis(text);
  if (!at || !text.starts_with('-')) return std::nullopt;
  id.at = *at;
  text.remove_prefix(1);
  const std::size_t dash = text.find('-');
  const auto number = parse_number<std::uint64_t>(text.substr(0, dash));
  if (!number) return std::nullopt;
  id.number = *number;
  if (dash == std::string_view::npos) return id;
  id.slot = parse_number<Slot>(text.substr(dash + 1));
  return id.slot && *id.slot < kSlots ? std::optional(id) : std::nullopt;
}

std::string_view Entry::find(std::string_view name) const {
  const auto field = std::ranges::find(fields, name, &Field::name);
  return field == fields.end() ? std::string_view() : field->value;
}

std::optional<Entry> read_entry(const Reply& reply) {
  const auto id = parse_entry_id(reply.text_at(0).value_or(""));
  if (!id || reply.elements.size() != 2) return std::nullopt;
  Entry entry{*id, {}};
  const Reply& words = reply.elements[1];
  for (std::size_t i = 0; i + 1 < words.elements.size(); i += 2) {
    entry.fields.push_back({presentable(words.text_at(i).value_or(""), kMaxField),
                            presentable(words.text_at(i + 1).value_or(""), kMaxField)});
  }
  return entry;
}

std::string json_of(const Entry& entry) {
  std::string out = "{";
  append_member(out, "id", format_entry_id(entry.id));
  append_member(out, "at", rfc3339(entry.id.at));
  for (const Entry::Field& field : entry.fields) append_member(out, field.name, field.value);
  return out + "}";
}

}  // namespace sessiond::events
