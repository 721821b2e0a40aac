#include "session/keys.h"

#include "session/base64url.h"

namespace sessiond {
namespace {

constexpr std::string_view kBeforeRef = "sessiond:{";

}  // namespace

UserKeys::UserKeys(const UserRef& ref) {
  prefix_ += kBeforeRef;
  prefix_ += base64url(ref.bytes);
}

Key UserKeys::of(std::string_view what, std::string_view id) const {
  Key key = prefix_;
  key += what;
  key += id;
  return key;
}

std::optional<SessionName> parse_session_key(std::string_view key) {
  const std::size_t part = key.find(kSessionPart);
  if (part == std::string_view::npos || part < kBeforeRef.size()) return std::nullopt;
  SessionName name;
  const auto id = parse_uuid(key.substr(part + kSessionPart.size()));
  const std::string_view ref = key.substr(kBeforeRef.size(), part - kBeforeRef.size());
  if (!id || !parse_base64url(ref, name.ref.bytes)) return std::nullopt;
  name.id = *id;
  // Whatever else could be read the same way, as an id in capitals, is not what was written.
  if (UserKeys(name.ref).session(name.id) != key) return std::nullopt;
  return name;
}

std::string grant_key(std::string_view name) { return std::string("sessiond:grant:").append(name); }

}  // namespace sessiond
