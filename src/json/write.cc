#include "json/write.h"

#include <rapidjson/writer.h>

#include "base/text.h"

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

}  // namespace

void append_string(std::string& out, std::string_view text) {
  // Most text has nothing to escape: a copy is faster than a call for each character.
  if (is_plain(text)) {
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
