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

std::string grant_key(std::string_view name) { return std::string("sessiond:grant:").append(name); }

}  // namespace sessiond
