#include "trail/event.h"

#include <vector>

#include "log/log.h"

namespace sessiond {

std::string_view name_of(What what) {
  switch (what) {
    case What::kMinted: return "minted";
    case What::kEnded: return "ended";
    case What::kGranted: return "granted";
    case What::kApproved: return "approved";
    case What::kDenied: return "denied";
    case What::kRefused: return "refused";
    case What::kRenamed: return "renamed";
    case What::kReauthenticated: return "reauthenticated";
    case What::kUserChanged: return "user-changed";
    case What::kUserDisabled: return "user-disabled";
    case What::kUserEnabled: return "user-enabled";
  }
  return "";
}

void note(const Event& event, std::string_view text) {
  const auto session = event.session ? format_uuid(*event.session) : ShortText<36>();
  std::vector<log::Field> fields;
  const auto add = [&fields](std::string_view name, std::string_view value) {
    if (!value.empty()) fields.push_back({name, value});
  };
  add("event", name_of(event.what));
  add("reason", event.reason);
  add("user", event.user_id);
  add("session", session);
  add("kind", event.kind ? name_of(*event.kind) : std::string_view());
  add("actor", event.actor);
  add("address", event.address);
  add("user_agent", event.user_agent);
  add("request_id", event.request_id);
  add("traceparent", event.trace);
  log::write(log::Level::kInfo, text, fields);
}

}  // namespace sessiond
