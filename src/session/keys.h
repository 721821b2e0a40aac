#pragma once

#include <string>
#include <string_view>

#include "session/session.h"

namespace sessiond::keys {

/// Every key in Redis is named here and nowhere else. `{ref}` is the hash tag: all of one
/// user's keys share a Redis Cluster slot.

/// `sessiond:{ref}:session:`, which a session's id completes. Hash: user_id, kind, created_at,
/// expires_at (milliseconds), user_agent (absent when none), secret_hash (32 raw bytes), grants
/// (those that can still be redeemed; absent when none). Its TTL ends at exactly expires_at.
[[nodiscard]] std::string session_prefix(const UserRef& ref);
[[nodiscard]] std::string session(const UserRef& ref, const Uuid& id);

/// `sessiond:{ref}:sessions`. Sorted set: session ids scored by expires_at. A hint: a member
/// whose hash is gone is no session. Lives as long as the last of them.
[[nodiscard]] std::string index(const UserRef& ref);

/// `sessiond:{ref}:user`. Hash: id, and json, the User of the latest minting. Lives as long as
/// the user's last session.
[[nodiscard]] std::string user(const UserRef& ref);

/// `sessiond:grant:<name>`, where the name is a hash of the code. Hash: user_id and session_id
/// of who asked. Only leads to that session, whose own `grants` decide. Lives as long as the
/// grant.
[[nodiscard]] std::string grant(std::string_view name);

}  // namespace sessiond::keys
