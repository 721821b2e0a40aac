#include <array>

#include "session/keys.h"
#include "store/outcome.h"
#include "store/sessions.h"

// Grants: a browser's session lets a CLI have one.

namespace sessiond {

Task<Result<Caller>> Sessions::authenticate_browser(const Token& token, const Visit& visit) {
  Result<Caller> caller = co_await authenticate_person(token, visit);
  if (caller && caller->kind != Kind::kWeb) {
    co_return Error{Failure::kForbidden, "only a browser's session can connect a CLI"};
  }
  co_return caller;
}

// Gives the caller's session a grant of this name.
Task<Result<Done>> Sessions::give_grant(const Caller& caller, std::string_view name, Millis lifetime) {
  const auto session_id = format_uuid(caller.id);
  const std::string lifetime_text = std::to_string(lifetime);
  const std::string most = std::to_string(caps_.grants_a_session);
  const std::array<std::string_view, 4> arguments = {session_id, name, lifetime_text, most};
  Round round(redis_, keyspace_.of(caller.ref).index(), Round::Kind::kChange);
  const Result<long long> status = co_await change(round, kGrantScript, caller.ref, arguments, {});
  if (!status) co_return status.error();
  if (*status <= 0) co_return invalid_token();
  co_return Done{};
}

Task<Result<Caller>> Sessions::grant(const Token& token, const Visit& visit, std::string_view name, Millis lifetime) {
  const Result<Caller> caller = co_await authenticate_browser(token, visit);
  if (!caller) co_return caller.error();

  // First the key that leads to the grant, then the grant: whoever ends the session from then on also deletes the key.
  const auto session_id = format_uuid(caller->id);
  const std::string lifetime_text = std::to_string(lifetime);
  const std::string key = keyspace_.grant(name);
  const std::array<std::string_view, 1> keys = {key};
  const std::array<std::string_view, 3> pointer = {caller->user_id, session_id, lifetime_text};
  Round round(redis_, key, Round::Kind::kChange);
  if (const Result<Done> done = co_await run(round, kPointScript, keys, pointer); !done) co_return done.error();

  const Result<Done> granted = co_await give_grant(*caller, name, lifetime);
  if (granted) co_return caller;
  if (granted.error().failure != Failure::kInvalidToken) co_return granted.error();
  round.send({"DEL", key});
  if (const Result<Done> done = co_await round; !done) co_return done.error();
  co_return invalid_token();
}

Task<Result<Minted>> Sessions::redeem(std::string_view name, Minting minting) {
  const std::string key = keyspace_.grant(name);
  Round round(redis_, key);
  round.send({"HMGET", key, "user_id", "session_id"});
  if (const Result<Done> done = co_await round; !done) co_return done.error();
  if (round[0].is_error()) co_return refused(round[0]);
  const auto user_id = round[0].text_at(0);
  const auto session_id = parse_uuid(round[0].text_at(1).value_or(""));
  if (!user_id || !session_id) co_return no_such_grant();

  minting.user_id = *user_id;
  minting.kind = Kind::kCli;
  const PaidBy paid_by{format_uuid(*session_id).string(), name};
  co_return co_await mint(minting, paid_by);
}

}  // namespace sessiond
