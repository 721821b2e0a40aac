#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "session/authentication.h"
#include "session/uuid.h"

namespace sessiond {

/// What a session was minted for: a browser's login, or a redeemed CLI grant.
enum class Kind { kWeb, kCli };

/// `web` or `cli`, as stored and as shown.
[[nodiscard]] constexpr std::string_view name_of(Kind kind) { return kind == Kind::kWeb ? "web" : "cli"; }

/// The inverse of name_of.
[[nodiscard]] constexpr std::optional<Kind> parse_kind(std::string_view name) {
  if (name == "web") return Kind::kWeb;
  if (name == "cli") return Kind::kCli;
  return std::nullopt;
}

/// What the field `kind` of a session's hash says. For an impersonated session, in which an operator acts as its
/// person, it is `web OPERATOR`. So a check reads no further field, and a worker of an older version refuses the
/// session instead of taking it for the person's own.
struct KindField {
  Kind kind = Kind::kWeb;
  std::string_view impersonator;  // the operator's id; empty for none
};

/// The field as it is stored.
[[nodiscard]] std::string write_kind_field(const KindField& field);

/// The inverse. Nothing for any other text; the result refers to it.
[[nodiscard]] std::optional<KindField> parse_kind_field(std::string_view text);

/// Stands for a user in keys and tokens: the first 16 bytes of BLAKE2b of the user's id. All
/// keys of one user carry it as their hash tag, so they share a Redis Cluster slot.
struct UserRef {
  std::array<std::uint8_t, 16> bytes{};

  friend bool operator==(const UserRef&, const UserRef&) = default;
};

[[nodiscard]] UserRef ref_of(std::string_view user_id);

/// A session as a list shows it. Holds nothing that signs in.
struct Session {
  Uuid id;
  Kind kind = Kind::kWeb;
  Millis created_at = 0;
  Millis expires_at = 0;
  std::optional<std::string> user_agent;
  std::optional<std::string> name;    // what its person calls it
  std::optional<std::string> device;  // what the login service calls the device
  bool persistent = true;             // false when its cookie goes with the browser
  std::optional<Authentication>
      authentication;                     // where it is known; of a CLI session without a time: it is never fresh
  std::optional<Millis> last_seen_at;     // where activity is recorded
  std::optional<Millis> idle_expires_at;  // likewise, if it has an idle time: its end, unless it is used before
  std::optional<std::string> ip;          // where from it was used last, as far as that is recorded
  std::optional<std::string> place;       // likewise, for people
  std::string impersonator;               // the id of the operator who acts in it as its person; empty for none
  std::string external_id;                // the login service's own id for it, for the internal realm only
  std::string metadata;                   // texts by name, JSON, for the internal realm only; empty for none
};

/// The session whose token came with a request, once the store has confirmed it.
struct Caller {
  UserRef ref;
  Uuid id;
  Kind kind = Kind::kWeb;
  std::string user_id;
  Millis expires_at = 0;
  std::string impersonator;                      // as a Session's
  std::string metadata;                          // likewise, where it was asked for
  std::optional<Authentication> authentication;  // as a Session's, where it was read

  /// Who acts: the user, or the operator who acts as the user.
  [[nodiscard]] const std::string& actor() const { return impersonator.empty() ? user_id : impersonator; }
};

/// The longest lifetime of a web session: browsers forget a cookie after 400 days (RFC 6265bis, section
/// 5.5), so a longer one would end earlier than is said of it.
inline constexpr Millis kLongestWebLifetime = 400 * kDay;

/// The longest lifetime of any session.
inline constexpr Millis kLongestLifetime = 10LL * 366 * kDay;

/// The longest lifetime of an impersonated session. store/lua/common.lua says the same.
inline constexpr Millis kLongestImpersonation = 60LL * 60 * 1000;

/// The longest user id, in bytes, and the longest User-Agent that is kept.
inline constexpr std::size_t kMaxUserId = 255;
inline constexpr std::size_t kMaxUserAgent = 512;

/// The longest external id, in bytes.
inline constexpr std::size_t kMaxExternalId = 512;

/// Whether a text can be a user's id: 1 to 255 bytes of UTF-8, any characters.
[[nodiscard]] bool is_user_id(std::string_view text);

/// The id of the user that a dev login signs in under this name, and whether an id looks like one.
[[nodiscard]] inline std::string dev_user_id(std::string_view username) { return std::string("dev:").append(username); }
[[nodiscard]] inline bool is_dev_login(std::string_view user_id) { return user_id.starts_with("dev:"); }

}  // namespace sessiond
