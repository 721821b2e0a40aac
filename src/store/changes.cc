#include <algorithm>
#include <array>
#include <deque>
#include <vector>

#include "base/utf8.h"
#include "session/keys.h"
#include "session/known_device.h"
#include "store/outcome.h"
#include "store/rows.h"
#include "store/run.h"
#include "store/sessions.h"
#include "store/telling.h"

// The changes: each is one Lua script, so that it happens whole or not at all. Those that connect a CLI are in
// pairing.cc and devices.cc.

namespace sessiond {
namespace {

Error no_such_user() { return {Failure::kNotFound, "nobody with this id has a session"}; }
Error older_user() { return {Failure::kConflict, "the User that is stored has a later \"updated_at\""}; }
Error disabled_user() { return {Failure::kForbidden, "this user is disabled"}; }
Error older_proof() { return {Failure::kConflict, "a later proof of who this is has been noted"}; }
Error never_fresh() { return {Failure::kForbidden, "only a person's own session in a browser takes a proof"}; }
Error only_the_person() { return {Failure::kForbidden, "an operator who acts as somebody else may not do this"}; }

// The cause of a change that a session asks for: who acts, and as whom.
Cause by(const Caller& caller, std::string_view reason = {}) { return {reason, caller.actor(), caller.user_id}; }

// Calls `ended` for each session that revoke_all.lua says it ended.
void tell_ended(const Reply& reply, const TakeEnded& ended) {
  if (reply.elements.size() < 3) return;
  const Reply& told = reply.elements[2];
  for (std::size_t i = 0; i + 1 < told.elements.size(); i += 2) {
    const auto id = parse_uuid(told.text_at(i).value_or(""));
    if (id) ended({*id, parse_kind(told.text_at(i + 1).value_or(""))});
  }
}

}  // namespace

// Runs a script. The result is the round's last reply, and not an error.
Task<Result<Done>> Sessions::run(Round& round, const Script& script, std::span<const std::string_view> keys,
                                 std::span<const std::string_view> arguments) {
  if (const Result<Done> done = co_await run_script(round, script, keys, arguments); !done) co_return done.error();
  if (round.last().is_error()) co_return refused(round.last());
  co_return Done{};
}

// Runs a script on a user's keys, deletes the grants that it released, and hands on its status.
// What else it answered is in the round's last reply. Where events are kept the script is told the cause (common.lua).
Task<Result<long long>> Sessions::change(Round& round, const Script& script, const UserRef& ref,
                                         std::span<const std::string_view> arguments, const Cause& cause) {
  const UserKeys of_user = keyspace_.of(ref);
  const std::array<Key, 4> names = {of_user.index(), of_user.user(), of_user.session_prefix(), of_user.bar()};
  std::vector<std::string_view> keys(names.begin(), names.end());
  std::vector<std::string_view> words(arguments.begin(), arguments.end());
  std::optional<Telling> telling;
  if (keeps_events()) telling.emplace(redis_, keyspace_, names[0], events_kept_, cause).append_to(keys, words);
  if (const Result<Done> done = co_await run(round, script, keys, words); !done) co_return done.error();
  const Reply& reply = round.last();
  if (reply.elements.size() < 2 || reply.elements[0].type != Reply::Type::kInteger ||
      reply.elements[1].type != Reply::Type::kArray) {
    co_return refused(reply);
  }
  if (!reply.elements[1].elements.empty()) co_await forget_grants(reply.elements[1]);
  co_return reply.elements[0].integer;
}

// The grants cannot be redeemed any more; their keys would only stay until they expire. So it does not matter when they
// cannot be deleted now.
Task<Done> Sessions::forget_grants(const Reply& names) {
  std::deque<Round> rounds;  // one each, as each has a slot of its own
  for (const Reply& name : names.elements) {
    const std::string key = keyspace_.grant(name.text);
    rounds.emplace_back(redis_, key, 1).send({"DEL", key});
  }
  for (Round& round : rounds) {
    const Result<Done> done = co_await round;
    if (!done) redis_.note_error("a grant that is over could not be deleted");
  }
  co_return Done{};
}

// A session that is found ended may have ended on the primary only, in an earlier try that was not confirmed. So where
// changes are confirmed, the answer waits until all earlier changes on this server are.
Task<Result<Done>> Sessions::confirm(const UserKeys& of_user) {
  if (!redis_.confirmation().wanted()) co_return Done{};
  const Key unused = of_user.session_prefix();
  const std::array<std::string_view, 1> keys = {unused};
  Round round(redis_, unused, Round::Kind::kChange);
  co_return co_await run(round, kConfirmScript, keys, {});
}

Task<Result<Ended>> Sessions::revoke(const UserRef& ref, const Uuid& id, std::string_view caller, Round::Kind kind,
                                     const Cause& cause) {
  Round round(redis_, keyspace_.of(ref).index(), kind);
  const auto target = format_uuid(id);
  const std::array<std::string_view, 2> arguments = {target, caller};
  const Result<long long> status = co_await change(round, kRevokeScript, ref, arguments, cause);
  if (!status) co_return status.error();
  if (*status <= 0 && kind == Round::Kind::kChange) {
    if (const Result<Done> kept = co_await confirm(keyspace_.of(ref)); !kept) co_return kept.error();
  }
  if (const Result<Done> outcome = outcome_of(*status); !outcome) co_return outcome.error();
  co_return rows::read_ended(id, round.last());
}

// For what only the person may do. Whether a session is impersonated never changes, so the answer stays true.
Task<Result<Caller>> Sessions::authenticate_person(const Token& token, const Visit& visit) {
  Result<Caller> caller = co_await authenticate(token, visit);
  if (caller && !caller->impersonator.empty()) co_return only_the_person();
  co_return caller;
}

Task<Result<Endings>> Sessions::revoke(const Token& token, const Visit& visit, const Uuid& id, const Cause& cause) {
  Result<Caller> caller = co_await authenticate(token, visit);
  if (!caller && caller.error().failure == Failure::kInvalidToken && id == token.id) {
    if (const Result<Done> kept = co_await confirm(keyspace_.of(token.ref)); !kept) co_return kept.error();
  }
  if (!caller) co_return caller.error();
  if (!caller->impersonator.empty() && id != caller->id) co_return only_the_person();
  const auto own = format_uuid(caller->id);
  const Result<Ended> ended = co_await revoke(token.ref, id, own, Round::Kind::kChange, by(*caller, cause.reason));
  if (!ended) co_return ended.error();
  co_return Endings{std::move(*caller), {*ended}};
}

Task<Result<Ended>> Sessions::revoke(const UserRef& ref, const Uuid& id, const Cause& cause) {
  co_return co_await revoke(ref, id, "", Round::Kind::kChange, cause);
}

Task<Result<Caller>> Sessions::rename(const Token& token, const Visit& visit, const Uuid& id, std::string_view name) {
  const Result<Caller> caller = co_await authenticate_person(token, visit);
  if (!caller) co_return caller.error();
  const auto target = format_uuid(id);
  const auto own = format_uuid(caller->id);
  Round round(redis_, keyspace_.of(token.ref).index(), Round::Kind::kChange);
  const std::array<std::string_view, 3> arguments = {target, own, name};
  const Result<long long> status = co_await change(round, kRenameScript, token.ref, arguments, by(*caller));
  if (!status) co_return status.error();
  if (const Result<Done> outcome = outcome_of(*status); !outcome) co_return outcome.error();
  co_return caller;
}

Task<Result<Done>> Sessions::reauthenticate(const UserRef& ref, const Uuid& id, const Authentication& proof,
                                            const Cause& cause) {
  const auto target = format_uuid(id);
  const std::string how = format_authentication(proof);
  Round round(redis_, keyspace_.of(ref).index(), Round::Kind::kChange);
  const std::array<std::string_view, 2> arguments = {target, how};
  const Result<long long> status = co_await change(round, kReauthenticateScript, ref, arguments, cause);
  if (!status) co_return status.error();
  if (*status == -1) co_return older_proof();
  if (*status < 0) co_return never_fresh();
  co_return outcome_of(*status);
}

// `beyond`: which sessions outside the index end, as ARGV[4] of revoke_all.lua.
Task<Result<long long>> Sessions::revoke_all(const UserRef& ref, std::string_view caller, const Ending& which,
                                             std::string_view beyond) {
  Round round(redis_, keyspace_.of(ref).index(), Round::Kind::kChange);
  const auto except = which.except ? format_uuid(*which.except) : ShortText<36>();
  const std::array<std::string_view, 4> arguments = {caller, except, which.filter.find("kind").value_or(""), beyond};
  const Result<long long> status = co_await change(round, kRevokeAllScript, ref, arguments, which.cause);
  if (!status) co_return status.error();
  if (*status <= 0) {
    if (const Result<Done> kept = co_await confirm(keyspace_.of(ref)); !kept) co_return kept.error();
  }
  if (*status < 0) co_return invalid_token();
  if (which.ended) tell_ended(round.last(), which.ended);
  co_return *status;
}

Task<Result<Endings>> Sessions::revoke_others(const Token& token, const Visit& visit, const Cause& cause) {
  Result<Caller> caller = co_await authenticate_person(token, visit);
  if (!caller) co_return caller.error();
  const auto own = format_uuid(caller->id);
  Endings endings;
  Ending all_others{caller->id, {}};
  all_others.cause = by(*caller, cause.reason);
  all_others.ended = [&endings](const Ended& session) { endings.sessions.push_back(session); };
  const Result<long long> count = co_await revoke_all(token.ref, own, all_others, bars_ ? "bar" : "");
  if (!count) co_return count.error();
  endings.caller = std::move(*caller);
  co_return endings;
}

Task<Result<long long>> Sessions::revoke_all(const UserRef& ref, const Ending& which) {
  if (which.filter.says_more_than("kind")) co_return co_await revoke_fitting(ref, which);
  // A bar would end the sessions of the other kind, too.
  co_return co_await revoke_all(ref, "", which, bars_ && which.filter.empty() ? "bar" : "");
}

Task<Result<Minted>> Sessions::mint(const Minting& minting) {
  const PaidBy nobody;
  co_return co_await mint(minting, nobody);
}

Task<Result<Minted>> Sessions::mint(const Minting& minting, const PaidBy& paid_by) {
  Minted minted;
  minted.token.kind = minting.kind;
  minted.token.ref = ref_of(minting.user_id);
  minted.user_id = minting.user_id;
  minted.token.secret = new_secret();
  const SecretHash hash = hash_of(minted.token.secret);
  std::string lifetime = std::to_string(minting.lifetime);
  if (const Millis idle = minting.idle.value_or(0); idle > 0) lifetime += " " + std::to_string(idle);
  const std::string tail = new_uuid_tail();
  const std::string most = std::to_string(caps_.of(minting.kind));
  const std::string kind = write_kind_field({minting.kind, minting.impersonator});
  const auto replaces = minting.replaces ? format_uuid(*minting.replaces) : ShortText<36>();
  std::string device;
  if (devices_known_ > 0 && minting.impersonator.empty()) {
    device = device_print(minting.user_id, {minting.user_agent, minting.device, minting.address}) + " " +
             std::to_string(devices_known_);
  }

  Round round(redis_, keyspace_.of(minted.token.ref).index(), Round::Kind::kChange);
  std::vector<std::string_view> arguments = {
      minting.user_id, minting.user_json,  kind,          lifetime, text_of(hash), tail, most,
      replaces,        paid_by.session_id, paid_by.grant, device};
  if (!minting.user_agent.empty()) arguments.insert(arguments.end(), {"user_agent", minting.user_agent});
  if (!minting.device.empty()) arguments.insert(arguments.end(), {"device", minting.device});
  if (!minting.persistent) arguments.insert(arguments.end(), {"persistent", "false"});
  const Authentication& proof = minting.authentication;
  const std::string auth = proof.is_known() ? format_authentication(proof) : "";
  if (proof.is_known()) arguments.insert(arguments.end(), {"auth", auth});
  const std::string address = kept_address(minting.address, activity_.ip);
  const std::string place = presentable(minting.place, kMaxPlace);
  if (activity_.recorded && !address.empty()) arguments.insert(arguments.end(), {"ip", address});
  if (activity_.recorded && !place.empty()) arguments.insert(arguments.end(), {"place", place});
  if (!minting.external_id.empty()) arguments.insert(arguments.end(), {rows::kExternalField, minting.external_id});
  if (!minting.metadata.empty()) arguments.insert(arguments.end(), {rows::kMetadataField, minting.metadata});
  const Cause cause{minting.cause.reason, minting.cause.actor, minting.user_id};
  const Result<long long> status = co_await change(round, kMintScript, minted.token.ref, arguments, cause);
  if (!status) co_return status.error();
  if (*status < 0) co_return disabled_user();
  if (*status == 0) co_return no_such_grant();

  const Reply& reply = round.last();
  const auto id = parse_uuid(reply.text_at(2).value_or(""));
  const auto created_at = rows::parse_millis(reply.text_at(3));
  const auto expires_at = rows::parse_millis(reply.text_at(4));
  if (!id || !created_at || !expires_at || reply.elements.size() < 10) co_return refused(reply);
  if (!rows::read_user(minting.user_id, reply.elements[5])) co_return refused(reply);
  minted.token.id = *id;
  minted.created_at = *created_at;
  minted.expires_at = *expires_at;
  minted.user_json = reply.elements[5].text;
  for (const Reply& beyond : reply.elements[6].elements) {
    if (const auto ended = parse_uuid(beyond.text)) minted.beyond_cap.push_back(*ended);
  }
  const auto replaced = parse_uuid(reply.text_at(7).value_or(""));
  if (replaced) minted.replaced = Ended{*replaced, parse_kind(reply.text_at(8).value_or(""))};
  minted.is_new_device = reply.elements[9].integer == 1;
  co_return minted;
}

Task<Result<Done>> Sessions::change_user(std::string_view user_id, std::string_view user_json, const Cause& cause) {
  const UserRef ref = ref_of(user_id);
  Round round(redis_, keyspace_.of(ref).index(), Round::Kind::kChange);
  const std::array<std::string_view, 2> arguments = {user_id, user_json};
  const Result<long long> status = co_await change(round, kChangeUserScript, ref, arguments, cause);
  if (!status) co_return status.error();
  if (*status < 0) co_return older_user();
  if (*status == 0) co_return no_such_user();
  co_return Done{};
}

}  // namespace sessiond
