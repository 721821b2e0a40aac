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

/// What a check asks of a caller, besides a valid session.
struct CheckRule {
  std::vector<std::string> groups;  // the User must be in one of them; empty: not asked
  std::optional<Millis> max_age;    // the last proof of identity must be no older
  std::vector<std::string> acr;     // and must meet one of these classes; empty: not asked
  bool metadata = false;            // not a demand: the answer shall have the session's metadata

  [[nodiscard]] bool asks_for_proof() const { return max_age || !acr.empty(); }
};

/// The longest list of acr in a rule, in bytes: it goes into headers.
inline constexpr std::size_t kMaxAcrList = 256;

/// Reads a check's query: `groups=NAME,NAME`, `max_age=SECONDS`, `acr=NAME,NAME` and `metadata=true`, at least one of
/// them, none twice, with `&` between them. Names are percent-encoded, so that a group's may hold a comma. Fails on
/// anything else, also on an empty name: ignoring a misspelt rule would let everybody in.
[[nodiscard]] Result<CheckRule> read_check_rule(std::string_view query);

/// Whether the User has one of the rule's groups: this member is an array with its name as a string.
[[nodiscard]] bool has_group_of(const CheckRule& rule, std::string_view member, const json::Object& user);

/// Whether the caller's last proof is good enough at `now`, by Redis's clock. A proof without a time, or with a time in
/// the future, is too old for any `max_age`. So is that of a CLI session, which no person uses, and that of an
/// impersonated one, which another person uses.
[[nodiscard]] bool is_proven(const CheckRule& rule, const Caller& caller, Millis now);

/// What the proof has to be, as further parameters of the challenge (RFC 9470, section 3):
/// `, max_age="300", acr_values="2fa phr"`.
[[nodiscard]] std::string render_challenge(const CheckRule& rule);

/// The same as further parameters of a URL, in OpenID Connect's words: `&max_age=300&acr_values=2fa%20phr`.
[[nodiscard]] std::string render_login_parameters(const CheckRule& rule);

}  // namespace sessiond
