#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/short_text.h"
#include "session/session.h"

namespace sessiond {

/// Every key in Redis is named here and nowhere else.
using Key = ShortText<80>;

/// What follows the ref in a session's key, before the id, and in an index's.
inline constexpr std::string_view kSessionPart = "}:session:";
inline constexpr std::string_view kIndexPart = "}:sessions";

/// The keys of one user. `{ref}` is the hash tag: all of them share a Redis Cluster slot.
class UserKeys {
 public:
  explicit UserKeys(const UserRef& ref);

  /// `sessiond:{ref}:session:<id>`. Hash: user_id, kind, created_at, expires_at (milliseconds),
  /// user_agent (absent when none), secret_hash (32 raw bytes), grants (those that can still be
  /// redeemed; absent when none). Its TTL ends at exactly expires_at.
  [[nodiscard]] Key session(const Uuid& id) const { return of(kSessionPart, format_uuid(id)); }
  /// The same without the id, which a script completes.
  [[nodiscard]] Key session_prefix() const { return of(kSessionPart); }

  /// `sessiond:{ref}:sessions`. Sorted set: session ids scored by expires_at. A hint: a member
  /// whose hash is gone is no session. Lives as long as the last of them.
  [[nodiscard]] Key index() const { return of(kIndexPart); }

  /// `sessiond:{ref}:user`. Hash: id, and json, the User of the latest minting. Lives as long as
  /// the user's last session.
  [[nodiscard]] Key user() const { return of("}:user"); }

 private:
  [[nodiscard]] Key of(std::string_view what, std::string_view id = {}) const;

  Key prefix_;
};

/// What a session's key names.
struct SessionName {
  UserRef ref;
  Uuid id;
};

/// Reads the name of a session's key. Nothing for any other key.
[[nodiscard]] std::optional<SessionName> parse_session_key(std::string_view key);

/// `sessiond:grant:<name>`, where the name is a hash of the code. Hash: user_id and session_id
/// of who asked. Only leads to that session, whose own `grants` decide. Lives as long as the
/// grant.
[[nodiscard]] std::string grant_key(std::string_view name);

}  // namespace sessiond
