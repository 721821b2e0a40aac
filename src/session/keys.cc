#include "session/keys.h"

#include "session/crypto.h"

namespace sessiond::keys {
namespace {

std::string of_user(const UserRef& ref, std::string_view rest) {
  std::string key = "sessiond:{";
  key += base64url(ref.bytes);
  key += "}:";
  key += rest;
  return key;
}

}  // namespace

std::string session_prefix(const UserRef& ref) { return of_user(ref, "session:"); }
std::string session(const UserRef& ref, const Uuid& id) { return session_prefix(ref) + format_uuid(id); }
std::string index(const UserRef& ref) { return of_user(ref, "sessions"); }
std::string user(const UserRef& ref) { return of_user(ref, "user"); }
std::string grant(std::string_view name) { return std::string("sessiond:grant:").append(name); }

}  // namespace sessiond::keys
