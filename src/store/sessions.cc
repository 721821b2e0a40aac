#include "store/sessions.h"

#include <algorithm>

#include "session/keys.h"
#include "store/rows.h"

namespace sessiond {
namespace {

Error no_such_session() { return {Failure::kNotFound, "no such session"}; }
Error invalid_token() { return {Failure::kInvalidToken, "the token is not valid"}; }

}  // namespace

Error Sessions::refused(const Reply& error) {
  redis_.note_error(error.is_error() ? error.text : "a reply of an unexpected form");
  return {Failure::kUnavailable, "the session store cannot do this now"};
}

void Sessions::send_caller_row(Round& round, const Token& token) {
  const std::string key = keys::session(token.ref, token.id);
  const auto& f = rows::kCallerFields;
  round.send({"HMGET", key, f[0], f[1], f[2], f[3]});
}

Task<Result<Caller>> Sessions::authenticate(const Token& token) {
  Round round(redis_);
  send_caller_row(round, token);
  if (const Result<Done> done = co_await round; !done) co_return done.error();
  if (round[0].is_error()) co_return refused(round[0]);
  co_return rows::confirm(token, round[0]);
}

Task<Result<Listing>> Sessions::list(const Token& token) {
  Round round(redis_);
  send_caller_row(round, token);
  const std::string index = keys::index(token.ref);
  round.send({"ZRANGE", index, "0", "-1"});
  if (const Result<Done> done = co_await round; !done) co_return done.error();
  if (round[0].is_error()) co_return refused(round[0]);
  const Result<Caller> caller = rows::confirm(token, round[0]);
  if (!caller) co_return caller.error();

  Result<std::vector<Session>> sessions = co_await read_all(token.ref, round[1]);
  if (!sessions) co_return sessions.error();
  co_return Listing{caller->id, std::move(*sessions)};
}

// The index is a hint and the hashes are the truth: reads the session of each member, drops
// members whose session is gone, and skips what is no session. A dropped id cannot come back:
// no id is ever minted twice, and its hash was written before its member.
Task<Result<std::vector<Session>>> Sessions::read_all(UserRef ref, const Reply& members) {
  if (members.type != Reply::Type::kArray) co_return refused(members);

  std::vector<Uuid> ids;
  for (std::size_t i = 0; i < members.elements.size(); ++i) {
    const std::string_view member = members.text_at(i).value_or("");
    if (const auto id = parse_uuid(member)) ids.push_back(*id);
  }

  Round round(redis_);
  const auto& f = rows::kSessionFields;
  const std::string prefix = keys::session_prefix(ref);
  for (const Uuid& id : ids) {
    const std::string key = prefix + format_uuid(id);
    round.send({"HMGET", key, f[0], f[1], f[2], f[3]});
  }
  if (const Result<Done> done = co_await round; !done) co_return done.error();

  std::vector<Session> sessions;
  sessions.reserve(ids.size());
  std::vector<std::string> gone;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (auto session = rows::read_session(ids[i], round[i])) {
      sessions.push_back(std::move(*session));
    } else if (rows::is_gone(round[i])) {
      gone.push_back(format_uuid(ids[i]));
    } else {
      redis_.note_error(round[i].is_error() ? round[i].text : "a session's hash is incomplete");
    }
  }
  std::ranges::sort(sessions, std::greater<>{}, [](const Session& s) { return s.id.bytes; });  // UUIDv7: newest first

  if (!gone.empty()) {
    const std::string index = keys::index(ref);
    std::vector<std::string_view> drop = {"ZREM", index};
    drop.insert(drop.end(), gone.begin(), gone.end());
    Round cleaning(redis_);
    cleaning.send(drop);
    // Tidying only: the list is right whether or not it succeeds.
    if (const Result<Done> done = co_await cleaning; done && cleaning[0].is_error()) {
      redis_.note_error(cleaning[0].text);
    }
  }
  co_return sessions;
}

Task<Result<std::string>> Sessions::user_json(const Token& token) {
  Round round(redis_);
  send_caller_row(round, token);
  const std::string user = keys::user(token.ref);
  round.send({"HGET", user, "json"});
  if (const Result<Done> done = co_await round; !done) co_return done.error();
  if (round[0].is_error()) co_return refused(round[0]);
  const Result<Caller> caller = rows::confirm(token, round[0]);
  if (!caller) co_return caller.error();
  if (round[1].type != Reply::Type::kText) co_return refused(round[1]);
  co_return std::string(round[1].text);
}

Task<Result<Done>> Sessions::revoke(const Token& token, const Uuid& id) {
  const Result<Caller> caller = co_await authenticate(token);
  if (!caller) co_return caller.error();

  Round round(redis_);
  const std::string target = format_uuid(id);
  const std::string own = format_uuid(caller->id);
  const std::array<std::string_view, 2> arguments = {target, own};
  if (const Result<Done> done = co_await run(round, kRevokeScript, token.ref, arguments); !done) {
    co_return done.error();
  }
  if (round.last().type != Reply::Type::kInteger) co_return refused(round.last());
  // The caller's own session may have ended since it was confirmed, by this very request's twin.
  if (round.last().integer < 0) co_return invalid_token();
  if (round.last().integer == 0) co_return no_such_session();
  co_return Done{};
}

Task<Result<Minted>> Sessions::mint(const Minting& minting) {
  Minted minted;
  minted.token.kind = minting.kind;
  minted.token.ref = ref_of(minting.user_id);
  minted.token.secret = new_secret();
  const SecretHash hash = hash_of(minted.token.secret);
  const std::string lifetime = std::to_string(minting.lifetime);
  const std::string tail = new_uuid_tail();
  const std::string most = std::to_string(most_per_user_);
  const std::string replaces = minting.replaces ? format_uuid(*minting.replaces) : std::string();

  Round round(redis_);
  const std::array<std::string_view, 10> arguments = {
      minting.user_id, minting.user_json, name_of(minting.kind), lifetime, minting.user_agent,
      text_of(hash),   tail,              most,                  replaces, ""};
  const Result<Done> done = co_await run(round, kMintScript, minted.token.ref, arguments);
  if (!done) co_return done.error();

  const Reply& reply = round.last();
  const auto id = parse_uuid(reply.text_at(1).value_or(""));
  const auto created_at = rows::parse_millis(reply.text_at(2));
  const auto expires_at = rows::parse_millis(reply.text_at(3));
  if (!id || !created_at || !expires_at) co_return refused(reply);
  minted.token.id = *id;
  minted.created_at = *created_at;
  minted.expires_at = *expires_at;
  co_return minted;
}

Task<Result<Done>> Sessions::ready() {
  Round round(redis_);
  round.send({"ROLE"});
  if (const Result<Done> done = co_await round; !done) {
    co_return Error{Failure::kUnavailable, "no Redis: " + redis_.trouble()};
  }
  if (round[0].is_error()) co_return Error{Failure::kUnavailable, "Redis answers: " + std::string(round[0].text)};
  if (round[0].text_at(0) != "master") co_return Error{Failure::kUnavailable, "Redis is a read-only replica"};
  co_return Done{};
}

// Runs a script by its SHA-1 and, when Redis says that it does not know it and so did not run
// it, by its text. The result is the round's last reply, and not an error.
Task<Result<Done>> Sessions::run(Round& round, const Script& script, const UserRef& ref,
                                 std::span<const std::string_view> arguments) {
  const std::string index = keys::index(ref);
  const std::string user = keys::user(ref);
  const std::string prefix = keys::session_prefix(ref);
  std::vector<std::string_view> words = {"EVALSHA", script.sha1, "3", index, user, prefix};
  words.insert(words.end(), arguments.begin(), arguments.end());
  round.send(words);
  if (const Result<Done> done = co_await round; !done) co_return done.error();
  if (round.last().is_error() && round.last().text.starts_with("NOSCRIPT")) {
    words[0] = "EVAL";
    words[1] = script.text;
    round.send(words);
    if (const Result<Done> done = co_await round; !done) co_return done.error();
  }
  if (round.last().is_error()) co_return refused(round.last());
  co_return Done{};
}

}  // namespace sessiond
