#include "store/how_ended.h"

#include "session/keys.h"
#include "store/rows.h"
#include "store/sessions.h"

// What the scripts leave of a session when they end it (store/lua/common.lua).

namespace sessiond {
namespace {

std::optional<Session> read_by(const Reply& row) {
  const auto kind = parse_kind_field(row.text_at(4).value_or(""));
  if (!kind) return std::nullopt;
  Session by;
  by.kind = kind->kind;
  rows::set_device(by, row.text_at(5), row.text_at(6), row.text_at(7));
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
  const auto kind = parse_kind_field(row.text_at(1).value_or(""));
  if (!at || !kind || !rows::proves(token, kind->kind, row.text_at(0).value_or(""))) {
    co_return std::optional<HowEnded>();
  }
  co_return std::optional(HowEnded{*at, std::string(row.text_at(3).value_or("")), read_by(row)});
}

}  // namespace sessiond
