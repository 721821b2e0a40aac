#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "session/session.h"
#include "store/sessions.h"

namespace sessiond {

/// `{"id", "token", "expires_at"}`: the only text that a token is ever put into.
[[nodiscard]] std::string render_minted(const Minted& minted);

/// Of each session that ended because this one was minted, that it did and why, for people.
[[nodiscard]] std::vector<std::string> render_endings(const Minted& minted, const Caps& caps);

/// A User made here and now, where no login service hands one over.
[[nodiscard]] std::string render_new_user(std::string_view id, std::string_view username);

/// What RFC 7662, section 2.2, tells of a token that proves this caller: members that are registered there only.
[[nodiscard]] std::string render_active(const CallerAndUser& found);

/// `{"revoked": n}`.
[[nodiscard]] std::string render_revoked(long long count);

/// The array of SessionSummary of the contract, as it grows. Nothing in it signs in.
class SessionArray {
 public:
  /// `current`: the caller's own session; the nil UUID when there is no caller.
  explicit SessionArray(const Uuid& current);

  void add(const Session& session);

  /// The whole text. Nothing can be added afterwards.
  [[nodiscard]] std::string finish() &&;

 private:
  void add_text(std::string_view name, std::string_view text);
  void add_time(std::string_view name, Millis at);

  Uuid current_;
  std::string text_;
};

}  // namespace sessiond
