#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "json/parse.h"
#include "session/session.h"

namespace sessiond {

/// What a check asks of a caller, beside a living session.
struct CheckRule {
  std::vector<std::string> groups;  // the User is in one of them; none: in any or none
  std::optional<Millis> max_age;    // their last proof is no older
  std::vector<std::string> acr;     // and meets one of these classes; none: whatever it meets
  bool metadata = false;            // no demand: the answer is to have the session's

  [[nodiscard]] bool asks_for_proof() const { return max_age || !acr.empty(); }
};

/// The longest list of acr in a rule, in bytes: it goes into headers.
inline constexpr std::size_t kMaxAcrList = 256;

/// Reads a check's query: `groups=NAME,NAME`, `max_age=SECONDS`, `acr=NAME,NAME` and `metadata=true`, at least one of
/// them, none twice, with `&` between them. Names are percent-encoded, so that a group's may hold a comma. Fails on
/// anything else, an empty name among it: who misspells a rule means something by it.
[[nodiscard]] Result<CheckRule> read_check_rule(std::string_view query);

/// Whether the User has one of the rule's groups: this member is an array with its name as a string.
[[nodiscard]] bool has_group_of(const CheckRule& rule, std::string_view member, const json::Object& user);

/// Whether the caller's last proof is good enough at `now`, by Redis's clock. One without a time is none of any age,
/// nor is one of a time yet to come. A CLI session has no person behind it, and an impersonated one another, so their
/// proof is never of any age.
[[nodiscard]] bool is_proven(const CheckRule& rule, const Caller& caller, Millis now);

/// What a proof that is good enough has to be, as further parameters of the challenge (RFC 9470, section 3):
/// `, max_age="300", acr_values="2fa phr"`.
[[nodiscard]] std::string render_challenge(const CheckRule& rule);

/// The same as further parameters of a URL, in OpenID Connect's words: `&max_age=300&acr_values=2fa%20phr`.
[[nodiscard]] std::string render_login_parameters(const CheckRule& rule);

}  // namespace sessiond
