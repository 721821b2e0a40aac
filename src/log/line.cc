#include "log/line.h"

#include <algorithm>
#include <iterator>

#include "base/hex.h"
#include "base/utf8.h"
#include "json/write.h"

namespace sessiond::log {
namespace {

constexpr char kSeparator = '\x1f';  // between fields; none is within them, as control characters are shown as text

void append_printable(std::string& out, std::string_view text) {
  const std::string valid = is_utf8(text) ? std::string() : presentable(text, text.size() * 3);
  for (const char c : valid.empty() ? text : std::string_view(valid)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7F) {
      out += c;
    } else {
      out += "\\x";
      append_hex(out, byte);
    }
  }
}

bool is_plain_value(std::string_view value) {
  return !value.empty() && value.find_first_of(" \"=\\") == std::string_view::npos;
}

void append_quoted(std::string& out, std::string_view value) {
  out += '"';
  for (const char c : value) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
}

char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

void append_member(std::string& out, std::string_view name, std::string_view value) {
  json::append_string(out, name);
  out += ':';
  json::append_string(out, value);
}

}  // namespace

std::string pack(std::string_view text, std::span<const Field> fields) {
  std::string packed;
  append_printable(packed, text);
  for (const Field& field : fields) {
    packed += kSeparator;
    packed += field.name;
    packed += '=';
    append_printable(packed, field.value);
  }
  return packed;
}

Line unpack(std::string_view packed) {
  Line line;
  const std::size_t end = packed.find(kSeparator);
  line.text = packed.substr(0, end);
  std::string_view rest = end == std::string_view::npos ? std::string_view() : packed.substr(end + 1);
  while (!rest.empty()) {
    const std::string_view field = rest.substr(0, rest.find(kSeparator));
    rest.remove_prefix(std::min(rest.size(), field.size() + 1));
    const std::size_t equals = std::min(field.find('='), field.size() - 1);
    line.fields.push_back({field.substr(0, equals), field.substr(equals + 1)});
  }
  return line;
}

std::string render_text(const Line& line) {
  std::string text(line.text);
  for (const auto& [name, value] : line.fields) {
    text.append(" ").append(name) += '=';
    if (is_plain_value(value)) text += value;
    else append_quoted(text, value);
  }
  return text;
}

std::string render_json(std::string_view time, std::string_view level, const Line& line) {
  std::string object = "{";
  append_member(object, "time", time);
  append_member(object += ',', "level", level);
  append_member(object += ',', "message", line.text);
  for (const auto& [name, value] : line.fields) append_member(object += ',', name, value);
  return object += '}';
}

std::vector<std::string> render_journal(int priority, const Line& line) {
  std::vector<std::string> fields;
  fields.push_back(std::string("MESSAGE=").append(line.text));
  fields.push_back("PRIORITY=" + std::to_string(priority));
  fields.emplace_back("SYSLOG_IDENTIFIER=sessiond");
  for (const auto& [name, value] : line.fields) {
    std::string field = "SESSIOND_";
    std::ranges::transform(name, std::back_inserter(field), upper);
    fields.push_back(field.append("=").append(value));
  }
  return fields;
}

}  // namespace sessiond::log
