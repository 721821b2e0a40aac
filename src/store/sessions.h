#pragma once

#include <functional>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "json/parse.h"
#include "redis/redis.h"
#include "redis/round.h"
#include "session/activity.h"
#include "session/bar.h"
#include "session/device.h"
#include "session/filter.h"
#include "session/keys.h"
#include "session/session.h"
#include "session/token.h"
#include "store/cause.h"
#include "store/endings.h"
#include "store/how_ended.h"
#include "store/minting.h"
#include "store/rows.h"
#include "store/scripts.h"

namespace sessiond {

/// What a client that waits for a person is told (RFC 8628, section 3.5).
struct Polled {
  enum class State {
    kPending,
    kTooEarly,
    kDenied,
    kGone,     // it never waited, has expired, has its session already, or the session that approved it has ended
    kForeign,  // the device code is another client's
    kMinted,
  };
  State state = State::kGone;
  std::optional<Minted> minted;  // of kMinted
};

/// Who a token belongs to, with the User: the JSON, and what it says.
struct CallerAndUser {
  Caller caller;
  std::string user_json;
  json::Object user;
};

/// Which of a user's sessions end, where not all do.
struct Ending {
  std::optional<Uuid> except;  // stays valid, if it is one of them
  Filter filter;               // only those that it fits; a kind alone also fits damaged ones without a kind
  TakeEnded ended = {};        // told of each that ends; none: nobody is
  Cause cause = {};
};

/// A session of whichever user.
struct FoundSession {
  UserRef ref;
  std::string user_id;
  Session session;
};

/// Takes what a walk through all sessions finds.
using TakeFound = std::function<void(const FoundSession&)>;

/// How to walk through all sessions of all users.
struct Walking {
  Filter filter;                  // which of them are meant; an empty one means all
  unsigned rate = 0;              // keys a second, at most; 0: as many as can be
  std::function<bool()> stopped;  // asked from step to step; none: it goes on to its end
  TakeEnded ended = {};           // told of each that ends; none: nobody is
  Cause cause = {};               // of their ending
};

/// Takes the sessions of a list, one at a time and newest first.
using TakeSession = std::function<void(const Session&)>;

/// The most that a user may hold.
struct Caps {
  std::size_t sessions = 100;               // of each kind
  std::optional<std::size_t> web_sessions;  // of this kind, where it differs
  std::optional<std::size_t> cli_sessions;
  std::size_t grants_a_session = 5;
  std::size_t devices = 10'000;  // that wait for a person, of all users together

  [[nodiscard]] std::size_t of(Kind kind) const {
    return (kind == Kind::kWeb ? web_sessions : cli_sessions).value_or(sessions);
  }
};

/// What is noted of sessions that are used.
struct Activity {
  bool recorded = false;  // whether their use is noted
  RecordIp ip = RecordIp::kOff;
};

/// What a request tells of itself, besides its token.
struct Visit {
  bool counts = true;             // as a use of the session
  std::string_view address = {};  // of the client; empty, or no address, when that is not told
  std::string_view place = {};    // where that is, for people; likewise
  bool wants_metadata = false;    // in the Caller
};

/// Whether each request also reads the user's bar (session/bar.h). With bars, a user's sessions can be ended that the
/// index does not know, and users can be disabled.
enum class Bars : bool { kNone, kKept };

/// Sessions in Redis: every operation of the service on them. Nothing is cached, so what one worker revokes no worker
/// accepts. Each change is one atomic script, and nothing but minting creates a session's key. Operations that take a
/// Token prove it first and fail with kInvalidToken when it proves nothing; those that take a UserRef are for
/// operators. All fail with kUnavailable when Redis is away or refuses. A change may then have been made or not: it is
/// never tried again here. Where Redis's address wants changes confirmed, an operation is answered only when its change
/// is, also when there was nothing left to revoke. Arguments outlive the Task. Belongs to its loop's thread.
class Sessions {
 public:
  /// `keys`: those of this deployment; it knows no other's sessions. `events_kept`: how long the stream of events keeps
  /// each event; 0: no events are added. `devices_known`: how long a device is known after the session on it expires;
  /// 0: no device is.
  explicit Sessions(Redis& redis, const Caps& caps = {}, const Keyspace& keys = Keyspace(), Activity activity = {},
                    Bars bars = Bars::kNone, Millis events_kept = 0, Millis devices_known = 0)
      : redis_(redis),
        caps_(caps),
        keyspace_(keys),
        activity_(activity),
        bars_(bars == Bars::kKept),
        events_kept_(events_kept > 0 ? std::to_string(events_kept) : ""),
        devices_known_(devices_known) {}

  [[nodiscard]] const Caps& caps() const { return caps_; }
  [[nodiscard]] bool records_activity() const { return activity_.recorded; }
  [[nodiscard]] RecordIp records_ip() const { return activity_.ip; }
  [[nodiscard]] bool keeps_bars() const { return bars_; }
  /// Whether the use of some session is just being noted.
  [[nodiscard]] bool is_noting() const { return !touching_.empty(); }

  /// The session that the token proves. One command, and one more where bars are kept, sent together.
  Task<Result<Caller>> authenticate(const Token& token, const Visit& visit);
  /// The same with the User as it is now. One command more.
  Task<Result<CallerAndUser>> authenticate_with_user(const Token& token, const Visit& visit);

  /// How the session of this token ended. Nothing when it has not ended, ended too long ago or by expiring, or when the
  /// token's secret is another. Only where events are kept is there ever something.
  Task<Result<std::optional<HowEnded>>> how_ended(const Token& token);

  /// The time by Redis's clock, that of the server which has this user's sessions.
  Task<Result<Millis>> clock(const UserRef& ref);

  /// Hands over all sessions of the token's user. Members of the index whose session is gone are
  /// dropped. However many there are, they are never held all at once, and others are served in
  /// between. When it fails, some may have been handed over already. Only operators get their metadata and
  /// external ids.
  Task<Result<Done>> list(const Token& token, const Visit& visit, const TakeSession& take);
  /// The sessions that the filter fits. kBadRequest when it cannot be judged (Filter::judgeable).
  Task<Result<Done>> list(const UserRef& ref, const TakeSession& take, const Filter& filter = {});
  /// Hands over the sessions of all users that are meant, each once, in no order. Fails when it is stopped or, in a
  /// Redis Cluster, slots move meanwhile, as some may be missing then. Keeps the ids of all that it has handed over.
  Task<Result<Done>> list_everybody(const Walking& walking, const TakeFound& take);

  /// The User of this id, JSON; nothing when nobody with it has a session.
  Task<Result<std::optional<std::string>>> stored_user(std::string_view user_id);
  /// Changes the User of this id to this one, JSON. kNotFound when nobody with it has a session, kConflict when
  /// the one that is stored has a later `updated_at`.
  Task<Result<Done>> change_user(std::string_view user_id, std::string_view user_json, const Cause& cause);

  /// Ends the session `id` if it is one of the user's; otherwise kNotFound, the same for an unknown id and for another
  /// user's. kForbidden for an impersonated session that would end another than itself.
  Task<Result<Endings>> revoke(const Token& token, const Visit& visit, const Uuid& id, const Cause& cause);
  Task<Result<Ended>> revoke(const UserRef& ref, const Uuid& id, const Cause& cause);

  /// Gives the session `id` of the token's user this name (see session/name.h), or takes its name away when that is
  /// empty. kNotFound as above. kForbidden for an impersonated session. The result is whose session asked.
  Task<Result<Caller>> rename(const Token& token, const Visit& visit, const Uuid& id, std::string_view name);

  /// Notes a new proof of who the person of a session is: at the time that `proof` says or, where it says none or one
  /// yet to come, now. kNotFound as above, kForbidden for a CLI session, kConflict when a later proof is noted.
  Task<Result<Done>> reauthenticate(const UserRef& ref, const Uuid& id, const Authentication& proof,
                                    const Cause& cause);

  /// Ends every session of the token's user, except its own and impersonated ones; where bars are kept, those end, too.
  /// kForbidden for an impersonated session.
  Task<Result<Endings>> revoke_others(const Token& token, const Visit& visit, const Cause& cause);
  /// Ends the user's sessions that `which` means, and returns how many. With a filter by more than a kind they end one
  /// by one, as in revoke_everybody. kBadRequest when the filter cannot be judged. Where bars are kept, this without a
  /// filter, and revoke_others, also end sessions that the index does not know; these are neither told nor counted.
  Task<Result<long long>> revoke_all(const UserRef& ref, const Ending& which = {});
  /// Ends every session of the user, and lets none be minted until `enable`. How many. Only where bars are kept.
  Task<Result<long long>> disable(const UserRef& ref, const Cause& cause, const TakeEnded& ended = {});
  /// Takes that back. Sessions that have ended stay so. Also succeeds when the user was not disabled.
  Task<Result<Done>> enable(const UserRef& ref, const Cause& cause);
  /// The user's bar.
  Task<Result<Bar>> bar(const UserRef& ref);
  /// Ends all sessions of all users that are meant and existed when it began, and returns how many. A damaged session
  /// does not keep the others alive: the error at the end tells of it. A session that changes after it was found, as
  /// when a use is noted, is judged again: so none ends that the filter does not fit at that moment. When it is stopped
  /// or fails, the sessions that it has ended stay so; the next run ends the others.
  Task<Result<long long>> revoke_everybody(const Walking& walking);

  /// Creates a session. A user who has as many of its kind as the cap allows loses the oldest of them. The cap does
  /// not concern impersonated ones, and their devices are not looked at. kForbidden when the user is disabled.
  Task<Result<Minted>> mint(const Minting& minting);

  /// Lets the code of this name (see session/grant.h) be redeemed once, for `lifetime` at most and while the token's
  /// session is valid. A session with as many grants as the cap allows loses the oldest. kForbidden unless the session
  /// is a web session, and the person's own. The result is that session.
  Task<Result<Caller>> grant(const Token& token, const Visit& visit, std::string_view name, Millis lifetime);

  /// Uses up the grant of this name and, in the same step, mints a CLI session for its user; all else is as in
  /// `minting`. kUnauthorized, after the same trip to Redis, whether the code never existed, has expired, was redeemed
  /// already, or its session has ended. kForbidden when the user is disabled.
  Task<Result<Minted>> redeem(std::string_view name, Minting minting);

  /// Lets a client wait for a person for `lifetime` at most, by the device code `code`. kTooManyRequests when as many
  /// wait as the caps allow.
  Task<Result<Done>> begin_device(const DeviceCode& code, const Device& client, Millis lifetime);

  /// The client that waits with the user code of this name. kForbidden unless the token's session is a web session.
  /// kNotFound, without a difference, when no client waits, it has expired, or somebody has decided already. The next
  /// two fail likewise.
  Task<Result<Device>> find_device(const Token& token, const Visit& visit, std::string_view name);
  /// Approves the client: it can get a CLI session by a grant of the token's session, which ends with that session, as
  /// all its grants do. The result of this and the next is the token's session.
  Task<Result<Caller>> approve_device(const Token& token, const Visit& visit, std::string_view name, Millis lifetime);
  /// Denies the client a session, for good.
  Task<Result<Caller>> deny_device(const Token& token, const Visit& visit, std::string_view name);

  /// What has become of the client that polls. Once it is approved, a CLI session is minted in the step that uses the
  /// approval up, so one poll of any number gets it; all else is as in `minting`.
  Task<Result<Polled>> poll_device(const DeviceCode& code, std::string_view client_id, Minting minting);

  /// Whether Redis answers, would make every change that is made here and, unless `allow_eviction`, does
  /// not throw any key away when its memory is full. Changes nothing. The error's text is the reason for
  /// people, in Redis's own words where it refuses.
  Task<Result<Done>> ready(bool allow_eviction);

 private:
  struct PaidBy {
    std::string session_id;
    std::string_view grant;
  };

  /// A session that need not be read again, with its row as read_session takes it.
  struct Known {
    Uuid id;  // the nil UUID for none
    Reply row;
  };

  /// What a walk through all sessions has done.
  struct Everybody {
    long long ended = 0;
    long long met = 0;   // of the ended in the last pass, those that had been minted when the walk began
    long long left = 0;  // Redis refused to end them
    std::string first_left;
  };

  Task<Result<Caller>> authenticate_person(const Token& token, const Visit& visit);
  Task<Result<Millis>> clock(Slot primary);
  Task<Result<Millis>> latest_clock();
  Task<Result<Millis>> judge_by(const Filter& filter, Slot primary);
  Task<Result<Done>> list_all(const UserRef& ref, const TakeSession& take);
  Task<Result<std::vector<FoundSession>>> look(const std::vector<std::string>& keys, const Filter& filter, Millis now);
  Task<Result<std::vector<SessionName>>> meant(const std::vector<std::string>& keys, const Filter& filter, Millis now);
  Task<Result<std::optional<Ended>>> end(const UserRef& ref, const Uuid& id, const Filter& filter, Millis now,
                                         const Cause& cause);
  Task<Result<std::optional<Ended>>> end_fitting(const UserRef& ref, const Uuid& id, const Filter& filter, Millis now,
                                                 const Cause& cause);
  Task<Result<long long>> revoke_fitting(const UserRef& ref, const Ending& which);
  Task<Result<Done>> revoke_everybody_at(Slot primary, const Walking& walking, Millis start, Everybody& found);
  Task<Result<Done>> is_ready(Slot primary, bool allow_eviction);
  static void send_row(Round& round, const Key& key, std::size_t first, std::size_t end, bool for_operators = false);
  void send_caller(Round& round, const Key& key, const Visit& visit) const;
  Result<Caller> read_caller(const Token& token, const Visit& visit, const Round& round);
  void send_bar(Round& round, const UserKeys& keys) const;
  Result<Bar> bar_in(const Round& round);
  Result<Caller> admit(const Token& token, const Round& round);
  [[nodiscard]] std::size_t fields() const { return activity_.recorded ? rows::kFields.size() : rows::kSeenField; }
  void note_use(const Caller& caller, const Visit& visit, const Reply& row, std::size_t seen);
  bool is_use_due(const Seen& last);
  Detached touch(UserRef ref, Uuid id, std::string address, std::string place);
  Task<Result<Done>> read_all(const UserKeys& keys, const Reply& members, const Bar& bar, const Known& own,
                              const TakeSession& take);
  Task<Result<Done>> drop_members(const UserKeys& keys, std::span<const Uuid> ids);
  Task<Result<Ended>> revoke(const UserRef& ref, const Uuid& id, std::string_view caller, Round::Kind kind,
                             const Cause& cause);
  Task<Result<long long>> revoke_all(const UserRef& ref, std::string_view caller, const Ending& which,
                                     std::string_view beyond);
  Task<Result<Minted>> mint(const Minting& minting, const PaidBy& paid_by);
  Task<Result<long long>> change(Round& round, const Script& script, const UserRef& ref,
                                 std::span<const std::string_view> arguments, const Cause& cause);
  Task<Result<Done>> run(Round& round, const Script& script, std::span<const std::string_view> keys,
                         std::span<const std::string_view> arguments);
  Task<Done> forget_grants(const Reply& names);
  Task<Result<Done>> confirm(const UserKeys& of_user);
  [[nodiscard]] bool keeps_events() const { return !events_kept_.empty(); }
  Task<Result<Caller>> authenticate_browser(const Token& token, const Visit& visit);
  Task<Result<Done>> give_grant(const Caller& caller, std::string_view name, Millis lifetime);
  Task<Result<Device>> read_device(const std::string& key);
  Task<Result<Done>> decide_device(const Caller& caller, const std::string& key, std::string_view decision);
  Task<Result<long long>> run_alone(Round& round, const Script& script, const std::string& key,
                                    std::span<const std::string_view> arguments);
  Error refused(const Reply& error);

  Redis& redis_;
  Caps caps_;
  Keyspace keyspace_;
  Activity activity_;
  bool bars_;
  std::string events_kept_;                          // milliseconds, as the scripts take them; empty for no events
  Millis devices_known_;                             // longer than the session; 0: none is
  std::set<std::array<std::uint8_t, 16>> touching_;  // sessions whose use is just being noted
  Millis redis_ahead_ = 0;                           // of this host's clock
  Millis clock_heard_at_ = 0;                        // by this host's clock
  Millis refused_at_ = 0;                            // likewise: when a use could not be noted
};

}  // namespace sessiond
