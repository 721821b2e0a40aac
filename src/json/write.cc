#include "json/write.h"

#include <rapidjson/writer.h>

#include <algorithm>

namespace sessiond::json {
namespace {

// RapidJSON's idea of an output stream, over a string of ours.
class Appending {
 public:
  using Ch = char;
  explicit Appending(std::string& out) : out_(out) {}
  void Put(char c) { out_ += c; }
  void Flush() {}

 private:
  std::string& out_;
};

bool is_plain(char c) { return c >= 0x20 && c < 0x7F && c != '"' && c != '\\'; }

}  // namespace

void append_string(std::string& out, std::string_view text) {
  // Nothing to escape, and most text is so: a copy instead of a call a character.
  if (std::ranges::all_of(text, is_plain)) {
    out += '"';
    out += text;
    out += '"';
    return;
  }
  Appending stream(out);
  rapidjson::Writer<Appending> writer(stream);
  writer.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}

}  // namespace sessiond::json
