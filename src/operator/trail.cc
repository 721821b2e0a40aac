#include "operator/trail.h"

#include <pwd.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

namespace sessiond {
namespace {

// Or `uid 1001` where it has no name.
std::string find_account() {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): a command has one thread
  const char* const caller = std::getenv("SUDO_USER");
  if (geteuid() == 0 && caller != nullptr && *caller != '\0') return caller;
  std::array<char, 4096> buffer{};
  passwd entry{};
  passwd* found = nullptr;
  if (getpwuid_r(getuid(), &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr) return entry.pw_name;
  return "uid " + std::to_string(getuid());
}

std::string_view acting_account() {
  static const std::string account = find_account();  // a walk notes many
  return account;
}

void note_by_account(Event event, std::string_view text) {
  event.actor = acting_account();
  note(event, text);
}

}  // namespace

Cause by_account(std::string_view user_id, std::string_view why) { return {why, acting_account(), user_id}; }

void note_done(What what, std::string_view user_id, std::string_view text) {
  note_by_account({what, {}, user_id}, text);
}

void note_minted(const Minted& minted) {
  Event event{What::kMinted, reason::kOperator, minted.user_id, minted.token.id, minted.token.kind};
  event.new_device = minted.is_new_device;
  note_by_account(event, "minted session " + format_uuid(minted.token.id));
}

void note_ended(std::string_view user_id, const Ended& session, std::string_view why) {
  note_by_account({What::kEnded, why, user_id, session.id, session.kind}, "ended session " + format_uuid(session.id));
}

}  // namespace sessiond
