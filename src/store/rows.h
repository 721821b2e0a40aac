#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "session/session.h"
#include "session/token.h"
#include "store/reply.h"

namespace sessiond::rows {

/// What is stored, read without trust: another program, an operator or a fault may have written
/// anything to our keys.

/// The fields that `confirm` reads, in its order.
inline constexpr std::array<std::string_view, 4> kCallerFields = {"secret_hash", "kind", "user_id", "expires_at"};
/// The fields that `read_session` reads, in its order.
inline constexpr std::array<std::string_view, 4> kSessionFields = {"kind", "created_at", "expires_at", "user_agent"};

/// The session that `token` proves, given the reply to HMGET of kCallerFields of its key.
/// kInvalidToken when there is no such session or the secret is another; kUnavailable when what
/// is stored is not a session or Redis answered with an error.
[[nodiscard]] Result<Caller> confirm(const Token& token, const Reply& row);

/// The session in a row of kSessionFields; nothing when the row is not a whole session.
[[nodiscard]] std::optional<Session> read_session(const Uuid& id, const Reply& row);

/// The User of this id, JSON, from the reply to HGET of it; nothing when it is not one.
[[nodiscard]] std::optional<std::string> read_user(std::string_view user_id, const Reply& reply);

/// Whether the row says that the key is gone: every field is nil.
[[nodiscard]] bool is_gone(const Reply& row);

/// A decimal number of milliseconds, as the scripts write it.
[[nodiscard]] std::optional<Millis> parse_millis(std::optional<std::string_view> text);

}  // namespace sessiond::rows
