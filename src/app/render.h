#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "session/device.h"
#include "session/session.h"
#include "store/endings.h"
#include "store/sessions.h"

namespace sessiond {

/// `{"id", "token", "expires_at"}`: the only text that a token is ever put into.
[[nodiscard]] std::string render_minted(const Minted& minted);

/// A session that ended because another was minted: why, for the audit trail and for people.
struct EndedFor {
  Ended session;
  std::string_view reason;
  std::string text;
};
/// The sessions that ended because this one was minted.
[[nodiscard]] std::vector<EndedFor> endings_of(const Minted& minted, const Caps& caps);

/// A User made here and now, where no login service hands one over.
[[nodiscard]] std::string render_new_user(std::string_view id, std::string_view username);

/// The introspection answer (RFC 7662, section 2.2) for a token that proves this caller, with registered members only.
/// For an impersonated session also `act` (RFC 8693, section 4.1): who acts as the user.
[[nodiscard]] std::string render_active(const CallerAndUser& found);

/// The answer to a client that begins to wait for a person (RFC 8628, section 3.2). The link to `page` has the user
/// code in its fragment: browsers send that to no server, so it is in no log.
[[nodiscard]] std::string render_device_codes(std::string_view device_code, std::string_view user_code,
                                              std::string_view page, Millis lifetime);

/// The answer when the client gets its session (RFC 6749, section 5.1).
[[nodiscard]] std::string render_access_token(const Minted& minted);

/// A waiting client, as it is shown to the person who is to decide.
[[nodiscard]] std::string render_device(const Device& device);

/// `{"ended_at", "reason", "by"}`: what a browser is told when its session has ended.
[[nodiscard]] std::string render_how_ended(const HowEnded& ended);

/// `{"revoked": n}`.
[[nodiscard]] std::string render_revoked(long long count);

/// The array of SessionSummary of the contract, as it grows. Nothing in it signs in.
class SessionArray {
 public:
  /// `current`: the caller's own session; the nil UUID when there is no caller.
  explicit SessionArray(const Uuid& current);

  /// `user_id`: shown with the session, unless it is empty.
  void add(const Session& session, std::string_view user_id = {});

  /// What has been added since it was last asked, to be written out before the array is whole.
  [[nodiscard]] std::string take() { return std::exchange(text_, {}); }

  /// The rest of the text. Nothing can be added afterwards.
  [[nodiscard]] std::string finish() &&;

 private:
  void add_text(std::string_view name, std::string_view text);
  void add_metadata(std::string_view stored);
  void add_time(std::string_view name, Millis at);
  void add_authentication(const Authentication& authentication);

  Uuid current_;
  bool empty_ = true;
  std::string text_;
};

}  // namespace sessiond
