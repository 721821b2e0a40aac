#include "app/metadata.h"

#include <algorithm>

#include "base/utf8.h"
#include "http/request.h"
#include "json/parse.h"
#include "json/write.h"

namespace sessiond {
namespace {

Error bad_metadata(const std::string& text) { return bad_request("\"metadata\" " + text); }

bool is_metadata_name(std::string_view text) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.';
  };
  return !text.empty() && text.size() <= kMaxMetadataName && std::ranges::all_of(text, fits);
}

bool is_text(const json::Member& member) {
  return member.type == json::Member::Type::kString && presentable(member.string, kMaxMetadata) == member.string;
}

}  // namespace

Result<std::string> read_metadata(std::string_view json) {
  const Result<json::Object> object = json::parse_object(json);
  if (!object) return bad_metadata("is a JSON object");
  if (object->members().size() > kMostMetadata)
    return bad_metadata("has " + std::to_string(kMostMetadata) + " members at most");
  std::string text;
  for (const json::Member& member : object->members()) {
    if (!is_metadata_name(member.name)) return bad_metadata("has names of 1 to 64 letters, digits, _, - and .");
    if (!is_text(member)) return bad_metadata("holds texts only, without control characters and of 1 kB at most");
    text += text.empty() ? '{' : ',';
    json::append_string(text, member.name);
    text += ':';
    json::append_string(text, member.string);
  }
  if (text.empty()) return text;
  text += '}';
  if (http::percent_encode(text).size() > kMaxMetadata) {
    return bad_metadata("is 1 kB of JSON at most, in which a byte beyond ASCII counts three times");
  }
  return text;
}

}  // namespace sessiond
