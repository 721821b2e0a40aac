#include "trail/event.h"

#include <array>

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
  const std::string_view kind = event.kind ? name_of(*event.kind) : std::string_view();
  const std::array<log::Field, 11> fields = {{{"event", name_of(event.what)},
                                              {"reason", event.reason},
                                              {"user", event.user_id},
                                              {"session", session},
                                              {"kind", kind},
                                              {"new_device", event.new_device ? "true" : ""},
                                              {"actor", event.actor},
                                              {"address", event.address},
                                              {"user_agent", event.user_agent},
                                              {"request_id", event.request_id},
                                              {"traceparent", event.trace}}};
  log::write(log::Level::kInfo, text, fields);
}

}  // namespace sessiond
