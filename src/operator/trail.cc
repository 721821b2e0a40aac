#include "operator/trail.h"

#include <pwd.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

namespace sessiond {

std::string acting_account() {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): a command has one thread
  const char* const caller = std::getenv("SUDO_USER");
  if (geteuid() == 0 && caller != nullptr && *caller != '\0') return caller;
  std::array<char, 4096> buffer{};
  passwd entry{};
  passwd* found = nullptr;
  if (getpwuid_r(getuid(), &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr) return entry.pw_name;
  return "uid " + std::to_string(getuid());
}

void note_done(What what, std::string_view user_id, std::string_view text) {
  const std::string actor = acting_account();
  Event event{what};
  event.user_id = user_id;
  event.actor = actor;
  note(event, text);
}

void note_minted(const Minted& minted) {
  const std::string actor = acting_account();
  Event event{What::kMinted, reason::kOperator};
  event.user_id = minted.user_id;
  event.session = minted.token.id;
  event.kind = minted.token.kind;
  event.actor = actor;
  note(event, "minted session " + format_uuid(minted.token.id));
}

void note_ended(std::string_view user_id, const Ended& session, std::string_view why) {
  const std::string actor = acting_account();
  Event event{What::kEnded, why};
  event.user_id = user_id;
  event.session = session.id;
  event.kind = session.kind;
  event.actor = actor;
  note(event, "ended session " + format_uuid(session.id));
}

}  // namespace sessiond
