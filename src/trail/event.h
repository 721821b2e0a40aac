#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "session/session.h"
#include "session/uuid.h"

namespace sessiond {

/// What can happen to a user's sessions: the audit trail has a record of each. Its name, in `name_of`, is what a
/// program finds in the field `event`.
enum class What {
  kMinted,    // a session began; the reason says by what
  kEnded,     // one ended before its time
  kGranted,   // a person was given a code that connects a CLI
  kApproved,  // a person let a device be connected
  kDenied,    // or refused it
  kRefused,   // a token had a living session's id, and another secret
  kRenamed,
  kReauthenticated,
  kUserChanged,
  kUserDisabled,
  kUserEnabled,
};

/// The name of an event. sessiond-trail(7) says what each means.
[[nodiscard]] std::string_view name_of(What what);

/// How a session began, or why it ended: the same words as in GET /metrics (metrics/counters.h). Empty where there is
/// but one way.
namespace reason {
// kMinted
inline constexpr std::string_view kLogin = "login";  // a login service asked for it
inline constexpr std::string_view kDevLogin = "dev_login";
inline constexpr std::string_view kCode = "code";      // a person's, which a CLI redeemed
inline constexpr std::string_view kDevice = "device";  // a person approved it
inline constexpr std::string_view kImpersonation = "impersonation";
// kEnded
inline constexpr std::string_view kLogout = "logout";
inline constexpr std::string_view kRevoked = "revoked";  // by itself, or from another session of the person
inline constexpr std::string_view kOthers = "others";    // all but the one that asked
inline constexpr std::string_view kToken = "token";      // by whoever had its token (RFC 7009)
inline constexpr std::string_view kReplaced = "replaced";
inline constexpr std::string_view kCap = "cap";
inline constexpr std::string_view kDisabled = "disabled";
// kRefused
inline constexpr std::string_view kWrongSecret = "wrong_secret";
// either
inline constexpr std::string_view kOperator = "operator";  // by a command or, where it ended, the internal realm
}  // namespace reason

/// A record of the audit trail. It refers to what it was made from. Whatever is not known is empty.
struct Event {
  What what = What::kMinted;
  std::string_view reason = {};
  std::string_view user_id = {};
  std::optional<Uuid> session = {};
  std::optional<Kind> kind = {};
  std::string_view actor = {};  // who did it: a user's id, an operator's, or what a service calls itself
  std::string_view address = {};
  std::string_view user_agent = {};
  std::string_view request_id = {};
  std::string_view trace = {};  // a traceparent (W3C Trace Context)
  bool new_device = false;      // of kMinted: on a device that was not known
};

/// Writes the record into the log, with `text` for people.
void note(const Event& event, std::string_view text);

}  // namespace sessiond
