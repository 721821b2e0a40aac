#include "session/keys.h"

#include "session/base64url.h"

namespace sessiond {

UserKeys::UserKeys(const UserRef& ref) {
  prefix_ += "sessiond:{";
  prefix_ += base64url(ref.bytes);
  prefix_ += "}:";
}

Key UserKeys::of(std::string_view what, std::string_view id) const {
  Key key = prefix_;
  key += what;
  key += id;
  return key;
}

std::optional<SessionName> parse_session_key(std::string_view key) {
  constexpr std::size_t kTagStart = std::string_view("sessiond:{").size();
  constexpr std::string_view kTagEnd = "}:session:";
  const std::size_t tag_end = key.find(kTagEnd);
  if (tag_end == std::string_view::npos || tag_end < kTagStart) return std::nullopt;
  SessionName name;
  const auto id = parse_uuid(key.substr(tag_end + kTagEnd.size()));
  if (!id || !parse_base64url(key.substr(kTagStart, tag_end - kTagStart), name.ref.bytes)) return std::nullopt;
  name.id = *id;
  // Whatever else could be read the same way, as an id in capitals, is not what was written.
  if (UserKeys(name.ref).session(name.id) != key) return std::nullopt;
  return name;
}

std::string grant_key(std::string_view name) { return std::string("sessiond:grant:").append(name); }

}  // namespace sessiond
