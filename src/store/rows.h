#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "json/parse.h"
#include "redis/reply.h"
#include "session/device.h"
#include "session/session.h"
#include "session/token.h"
#include "store/endings.h"

namespace sessiond::rows {

/// What is stored, read without trust: another program, an operator or a fault may have written
/// anything to our keys.

/// The fields of a session's hash. The first `kCallerFields` of them are what `confirm` reads, and
/// what is left behind the first `kSecretFields` is what `read_session` reads. Those from `kSeenField` on are read only
/// where activity is recorded.
inline constexpr std::array<std::string_view, 12> kFields = {"secret_hash", "user_id",    "kind", "expires_at",
                                                             "user_agent",  "persistent", "name", "device",
                                                             "auth",        "seen",       "ip",   "place"};
inline constexpr std::size_t kUserField = 1;
inline constexpr std::size_t kCallerFields = 4;
inline constexpr std::size_t kSecretFields = 2;
inline constexpr std::size_t kAuthField = 8;
inline constexpr std::size_t kSeenField = 9;

/// Where `auth` and `seen` stand in the row of a caller: after the fields that `confirm` reads.
inline constexpr std::size_t kCallersAuth = kCallerFields;
inline constexpr std::size_t kCallersSeen = kCallersAuth + 1;

/// Read only where it is asked for: it is then the last in its row.
inline constexpr std::string_view kMetadataField = "metadata";
/// Read only for operators: it is then before the metadata.
inline constexpr std::string_view kExternalField = "external_id";

/// The session that `token` proves, given the reply to HMGET of (at least) its caller's fields.
/// kInvalidToken when there is no such session or the secret is another; kUnavailable when what
/// is stored is not a session or Redis answered with an error.
[[nodiscard]] Result<Caller> confirm(const Token& token, const Reply& row);

/// Whether a token is that of a session of this kind whose secret has this hash. Takes the same time for any wrong
/// secret.
[[nodiscard]] bool proves(const Token& token, Kind kind, std::string_view secret_hash);

/// How the person of a session of this kind proved who they are, from the field `auth`. Not known where that is missing
/// or damaged. What is stored with a CLI session has no time.
[[nodiscard]] std::optional<Authentication> read_authentication(Kind kind, std::optional<std::string_view> field);

/// The session in a row of the fields behind the secret ones; nothing when that is no whole session.
[[nodiscard]] std::optional<Session> read_session(const Uuid& id, const Reply& row);

/// Sets what tells people which device a session is on, as far as it is stored.
void set_device(Session& session, std::optional<std::string_view> user_agent, std::optional<std::string_view> name,
                std::optional<std::string_view> device);

/// The session of this id that store/lua/revoke.lua has ended, from its reply.
[[nodiscard]] Ended read_ended(const Uuid& id, const Reply& reply);

/// The metadata, from the last field of a row. Empty for none.
[[nodiscard]] std::string read_metadata(const Reply& row);

/// Adds what only operators get, from the last two fields of a row.
void read_for_operators(const Reply& row, Session& session);

/// The User of this id, from the reply to HGET of its JSON; nothing when it is not one.
[[nodiscard]] std::optional<json::Object> read_user(std::string_view user_id, const Reply& reply);

/// The fields of a client that waits for a person, as read_device takes them.
inline constexpr std::array<std::string_view, 7> kDeviceFields = {"status", "client_id",  "user_agent", "ip",
                                                                  "place",  "created_at", "expires_at"};

/// The client in a row of these fields; nothing when none waits there, or not any more.
[[nodiscard]] std::optional<Device> read_device(const Reply& row);

/// Whether the row says that the key is gone: every field is nil.
[[nodiscard]] bool is_gone(const Reply& row);

/// A decimal number of milliseconds, as the scripts write it.
[[nodiscard]] std::optional<Millis> parse_millis(std::optional<std::string_view> text);

/// What Redis's clock says, from the reply to TIME.
[[nodiscard]] std::optional<Millis> parse_time(const Reply& reply);

}  // namespace sessiond::rows
