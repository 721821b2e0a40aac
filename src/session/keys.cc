#include "session/keys.h"

#include <algorithm>

#include "session/base64url.h"

namespace sessiond {
namespace {

constexpr std::size_t kLongestPrefix = 32;
constexpr std::string_view kBeforeRef = ":{";

}  // namespace

UserKeys::UserKeys(const Key& before_ref, const UserRef& ref) : prefix_(before_ref) { prefix_ += base64url(ref.bytes); }

Key UserKeys::of(std::string_view what, std::string_view id) const {
  Key key = prefix_;
  key += what;
  key += id;
  return key;
}

bool is_key_prefix(std::string_view text) {
  return !text.empty() && text.size() <= kLongestPrefix && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
  });
}

Keyspace::Keyspace(std::string_view prefix) : before_ref_(prefix) { before_ref_ += kBeforeRef; }

std::string Keyspace::grant(std::string_view name) const {
  return std::string(before_name()).append("grant:").append(name);
}

std::optional<SessionName> Keyspace::parse_session_key(std::string_view key) const {
  const std::size_t before_ref = std::string_view(before_ref_).size();
  const std::size_t part = key.find(kSessionPart, before_ref);
  if (part == std::string_view::npos) return std::nullopt;
  SessionName name;
  const auto id = parse_uuid(key.substr(part + kSessionPart.size()));
  const std::string_view ref = key.substr(before_ref, part - before_ref);
  if (!id || !parse_base64url(ref, name.ref.bytes)) return std::nullopt;
  name.id = *id;
  // Only the exact spelling is accepted, so not an id in capitals.
  if (of(name.ref).session(name.id) != key) return std::nullopt;
  return name;
}

std::optional<std::string_view> prefix_of_session_key(std::string_view key) {
  const std::string_view prefix = key.substr(0, key.find(kBeforeRef));
  if (!is_key_prefix(prefix) || !Keyspace(prefix).parse_session_key(key)) return std::nullopt;
  return prefix;
}

}  // namespace sessiond
