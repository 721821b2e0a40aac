#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/short_text.h"
#include "session/session.h"

namespace sessiond {

/// Every key in Redis is named here and nowhere else. `sessiond` stands for the prefix of a Keyspace.
using Key = ShortText<104>;

/// What follows the user's ref (UserRef, a hash of the user's id) in the key of a session, before its id, and of an
/// index.
inline constexpr std::string_view kSessionPart = "}:session:";
inline constexpr std::string_view kIndexPart = "}:sessions";
/// Likewise in the key of a bar (session/bar.h).
inline constexpr std::string_view kBarPart = "}:session-bar";
/// Likewise in the key of what is left of an ended session, before the id. store/lua/common.lua says the same.
inline constexpr std::string_view kEndedPart = "}:ended:";

/// The keys of one user. `{ref}` is the hash tag: all of them share a Redis Cluster slot.
class UserKeys {
 public:
  /// `sessiond:{ref}:session:<id>`. Hash: user_id, kind (a KindField), expires_at (milliseconds), user_agent (absent
  /// when none), secret_hash (32 raw bytes), created_at (milliseconds; only if an earlier version minted it, as the id
  /// says the same), grants (those that can still be redeemed; absent when none), persistent (`false`; absent when
  /// true), name and device (each absent when none), auth (how its person last proved who they are, absent until
  /// somebody tells it: session/authentication.h), external_id and metadata (JSON; each absent when none), seen (when
  /// it was last used, in milliseconds, to within some minutes, and after a space its idle time, if it has one; absent
  /// until needed: session/activity.h), ip and place (of that use, as far as they were told). Its TTL ends at exactly
  /// expires_at or, with an idle time, at end_of.
  [[nodiscard]] Key session(const Uuid& id) const { return of(kSessionPart, format_uuid(id)); }
  /// The same without the id, which a script completes.
  [[nodiscard]] Key session_prefix() const { return of(kSessionPart); }

  /// `sessiond:{ref}:sessions`. Sorted set: session ids scored by their ends. A hint: a member
  /// whose hash is gone is no session. Lives as long as the last of them.
  [[nodiscard]] Key index() const { return of(kIndexPart); }

  /// `sessiond:{ref}:user`. Hash: id, and json, the User as it was handed over last. Lives as long as
  /// the user's last session.
  [[nodiscard]] Key user() const { return of("}:user"); }

  /// `sessiond:{ref}:session-bar`. Hash: bar, which says which of the user's sessions have ended (session/bar.h).
  /// Absent while there is no bar. It outlives the user's other keys, and is kept as long as a session that was minted
  /// before may be valid; for a disabled user, until the user is enabled. A key of its own costs Redis less in a check
  /// than a field of the user would.
  [[nodiscard]] Key bar() const { return of(kBarPart); }

  /// `sessiond:{ref}:ended:<id>`. What is left of a session that has ended before its time, where events are kept.
  /// Hash: its secret_hash and kind, at (when it ended, milliseconds), reason (as the event's) and, if another session
  /// of the user has ended it, by_kind, by_user_agent, by_name and by_device of that session. Kept as long as the
  /// event.
  [[nodiscard]] Key ended(const Uuid& id) const { return of(kEndedPart, format_uuid(id)); }

  /// `sessiond:{ref}:known-devices`, which only the scripts name (store/lua/common.lua). Sorted set: what each device
  /// is known by that a session of the user is on or lately was (session/known_device.h), scored by when it is
  /// forgotten (milliseconds). Lives as long as the last of them.

 private:
  friend class Keyspace;

  UserKeys(const Key& before_ref, const UserRef& ref);
  [[nodiscard]] Key of(std::string_view what, std::string_view id = {}) const;

  Key prefix_;
};

/// What a session's key names.
struct SessionName {
  UserRef ref;
  Uuid id;
};

/// Whether a text can begin the keys of a Keyspace: 1 to 32 letters, digits, `-`, `_` and `.`. None of
/// them means anything in a pattern of Redis, and no prefix with its colon begins another.
[[nodiscard]] bool is_key_prefix(std::string_view text);

/// The keys of one deployment: all begin with its prefix and a colon, so that several deployments can
/// share a Redis and nothing else.
class Keyspace {
 public:
  /// `prefix` is a key prefix.
  explicit Keyspace(std::string_view prefix = "sessiond");

  [[nodiscard]] UserKeys of(const UserRef& ref) const { return {before_ref_, ref}; }

  /// `sessiond:grant:<name>`, where the name is a hash of the code. Hash: user_id and session_id of the session that
  /// asked. It only leads to that session: the grant is valid while the session's own `grants` has it. Kept as long as
  /// the grant.
  [[nodiscard]] std::string grant(std::string_view name) const;

  /// `sessiond:grant:device:<name>`, which is grant() of device_grant() (session/device.h): a client that waits for a
  /// person. Hash: secret_hash (32 raw bytes), client_id, user_agent, ip and place (each absent when it is not known),
  /// status (`pending`, `approved`, `denied`), created_at, expires_at, due (when it may poll again) and interval (all
  /// milliseconds). Once decided also user_id and session_id of the session that decided, whose own `grants` must have
  /// an approved one. Its TTL ends at expires_at. An approved one is deleted earlier, when the client gets its session
  /// or when that session ends.

  /// `sessiond:devices`. Sorted set: the names of those grants scored by their ends, to count them.
  [[nodiscard]] std::string devices() const { return std::string(before_name()).append("devices"); }

  /// `sessiond:events`. Stream: what was done to sessions and users, where that is kept (events/reader.h).
  [[nodiscard]] std::string events() const { return std::string(before_name()).append("events"); }

  /// `sessiond:{17}:events`. The same in a Redis Cluster, for users whose keys are in the slot of this tag. After each
  /// event, the stream's key is published on the channel `sessiond:events`.
  [[nodiscard]] std::string events(std::string_view tag) const {
    return std::string(before_ref_).append(tag).append("}:events");
  }

  /// `sessiond:deliveries:turn`, a text: the name of the program that delivers events. `sessiond:deliveries:position`,
  /// a text: the id of the event behind which delivery goes on. `sessiond:deliveries:undelivered`, a stream: the events
  /// that could not be delivered.
  [[nodiscard]] std::string of_deliveries(std::string_view what) const {
    return std::string(before_name()).append("deliveries:").append(what);
  }

  /// Reads the name of a session's key. Nothing for any other key.
  [[nodiscard]] std::optional<SessionName> parse_session_key(std::string_view key) const;

  /// Whether the key is in this Keyspace, by its prefix.
  [[nodiscard]] bool holds(std::string_view key) const { return key.starts_with(before_name()); }

  /// Matches all of these keys and no other, as SCAN takes it.
  [[nodiscard]] std::string pattern() const { return std::string(before_name()) + "*"; }

 private:
  // The prefix with its colon.
  [[nodiscard]] std::string_view before_name() const {
    const std::string_view text = before_ref_;
    return text.substr(0, text.size() - 1);
  }

  Key before_ref_;  // `sessiond:{`
};

/// The prefix of a session's key, whichever Keyspace it belongs to. Nothing for any other key.
[[nodiscard]] std::optional<std::string_view> prefix_of_session_key(std::string_view key);

}  // namespace sessiond
