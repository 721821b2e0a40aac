#include "store/how_ended.h"

#include "base/utf8.h"
#include "session/keys.h"
#include "session/name.h"
#include "store/rows.h"
#include "store/sessions.h"

// What the scripts leave of a session when they end it (store/lua/common.lua).

namespace sessiond {
namespace {

// The session of a token that was this one's: of its kind, and by its secret.
bool was_proven(const Token& token, const Reply& row) {
  const auto kind = parse_kind_field(row.text_at(1).value_or(""));
  const auto secret_hash = row.text_at(0).value_or("");
  return kind && kind->kind == token.kind && equal_in_constant_time(hash_of(token.secret), bytes_of(secret_hash));
}

std::optional<Session> read_by(const Reply& row) {
  const auto kind = parse_kind_field(row.text_at(4).value_or(""));
  if (!kind) return std::nullopt;
  Session by;
  by.kind = kind->kind;
  if (const auto user_agent = row.text_at(5)) by.user_agent = presentable(*user_agent, kMaxUserAgent);
  if (const auto name = row.text_at(6)) by.name = presentable(*name, kMaxName * 4);
  if (const auto device = row.text_at(7)) by.device = presentable(*device, kMaxName * 4);
  return by;
}

}  // namespace

Task<Result<std::optional<HowEnded>>> Sessions::how_ended(const Token& token) {
  const Key key = keyspace_.of(token.ref).ended(token.id);
  Round round(redis_, key);
  round.send({"HMGET", key, "secret_hash", "kind", "at", "reason", "by_kind", "by_user_agent", "by_name", "by_device"});
  if (const Result<Done> done = co_await round; !done) co_return done.error();
  const Reply& row = round[0];
  if (row.is_error()) co_return refused(row);
  const auto at = rows::parse_millis(row.text_at(2));
  if (!at || !was_proven(token, row)) co_return std::optional<HowEnded>();
  co_return std::optional(HowEnded{*at, std::string(row.text_at(3).value_or("")), read_by(row)});
}

}  // namespace sessiond
