#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "session/session.h"
#include "session/token.h"
#include "store/redis.h"
#include "store/scripts.h"

namespace sessiond {

/// What a session is minted from.
struct Minting {
  std::string user_id;
  std::string user_json;  // the User, unchanged
  Kind kind = Kind::kWeb;
  Millis lifetime = 0;
  std::string user_agent;  // empty for none
  std::optional<Uuid> replaces;
};

/// A session just minted. The only time that its token is seen.
struct Minted {
  Token token;
  Millis created_at = 0;
  Millis expires_at = 0;
};

/// A caller's sessions, newest first.
struct Listing {
  Uuid current;
  std::vector<Session> sessions;
};

/// Sessions in Redis: every operation of the service on them, each at most two round trips.
/// Nothing is cached, so what one worker revokes no worker accepts. Operations that take a Token
/// prove it first and fail with kInvalidToken when it proves nothing; all fail with
/// kUnavailable when Redis is away or refuses, and what was to change may then have changed or
/// not: it is never tried again here. Belongs to its loop's thread.
class Sessions {
 public:
  Sessions(Redis& redis, std::size_t most_per_user) : redis_(redis), most_per_user_(most_per_user) {}

  /// The session that the token proves. One command.
  Task<Result<Caller>> authenticate(const Token& token);

  /// All sessions of the token's user. Members of the index whose session is gone are dropped.
  Task<Result<Listing>> list(const Token& token);

  /// The User as handed over at the latest minting, JSON.
  Task<Result<std::string>> user_json(const Token& token);

  /// Ends the session `id` if it is one of the token's user; otherwise kNotFound, the same for
  /// an unknown id and for another user's.
  Task<Result<Done>> revoke(const Token& token, const Uuid& id);

  /// Creates a session. A user who has `most_per_user` already loses the oldest.
  Task<Result<Minted>> mint(const Minting& minting);

  /// Whether Redis answers and takes writes. The error's text is the reason for people.
  Task<Result<Done>> ready();

 private:
  void send_caller_row(Round& round, const Token& token);
  Task<Result<std::vector<Session>>> read_all(UserRef ref, const Reply& members);
  Task<Result<Done>> run(Round& round, const Script& script, const UserRef& ref,
                         std::span<const std::string_view> arguments);
  Error refused(const Reply& error);

  Redis& redis_;
  std::size_t most_per_user_;
};

}  // namespace sessiond
