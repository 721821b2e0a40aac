#include "store/rows.h"

#include <algorithm>

#include "base/text.h"
#include "base/utf8.h"
#include "session/activity.h"
#include "session/name.h"
#include "store/outcome.h"

namespace sessiond::rows {

std::optional<Millis> parse_millis(std::optional<std::string_view> text) {
  if (!text) return std::nullopt;
  const auto millis = take_millis(*text);
  return text->empty() ? millis : std::nullopt;
}

// Seconds and microseconds.
std::optional<Millis> parse_time(const Reply& reply) {
  const auto seconds = parse_millis(reply.text_at(0));
  const auto micros = parse_millis(reply.text_at(1));
  if (!seconds || !micros) return std::nullopt;
  return *seconds * 1000 + *micros / 1000;
}

bool is_gone(const Reply& row) {
  return row.type == Reply::Type::kArray &&
         std::ranges::all_of(row.elements, [](const Reply& field) { return field.type == Reply::Type::kNil; });
}

bool proves(const Token& token, Kind kind, std::string_view secret_hash) {
  const bool is_secret = equal_in_constant_time(hash_of(token.secret), bytes_of(secret_hash));
  return is_secret && kind == token.kind;
}

Result<Caller> confirm(const Token& token, const Reply& row) {
  if (is_gone(row)) return invalid_token();

  const auto stored_hash = row.text_at(0);
  const auto user_id = row.text_at(1);
  const auto kind = parse_kind_field(row.text_at(2).value_or(""));
  const auto expires_at = parse_millis(row.text_at(3));
  if (!stored_hash || !kind || !user_id || !expires_at || !is_user_id(*user_id)) {
    return Error{Failure::kUnavailable, "the session store holds something that is no session"};
  }
  if (!proves(token, kind->kind, *stored_hash)) return invalid_token(Doubt::kWrongSecret);
  return Caller{token.ref, token.id,    kind->kind, std::string(*user_id), *expires_at, std::string(kind->impersonator),
                {},        std::nullopt};
}

std::optional<Authentication> read_authentication(Kind kind, std::optional<std::string_view> field) {
  if (!field) return std::nullopt;
  std::optional<Authentication> read = parse_authentication(*field);
  if (read && kind != Kind::kWeb) read->at.reset();
  return read;
}

std::optional<json::Object> read_user(std::string_view user_id, const Reply& reply) {
  if (reply.type != Reply::Type::kText) return std::nullopt;
  Result<json::Object> user = json::parse_object(reply.text);
  if (!user || user->string("id") != user_id) return std::nullopt;
  return std::move(*user);
}

namespace {

// Reads the fields of activity. A session whose use was never noted was last used when it was minted.
void read_activity(const Reply& row, Session& session) {
  const auto seen = parse_seen(row.text_at(0).value_or(""));
  session.last_seen_at = seen ? seen->at : session.created_at;
  if (seen && seen->idle > 0) session.idle_expires_at = end_of(session.expires_at, *seen);
  if (const auto ip = row.text_at(1)) session.ip = presentable(*ip, kMaxAddress);
  if (const auto place = row.text_at(2)) session.place = presentable(*place, kMaxPlace);
}

}  // namespace

void set_device(Session& session, std::optional<std::string_view> user_agent, std::optional<std::string_view> name,
                std::optional<std::string_view> device) {
  if (user_agent) session.user_agent = presentable(*user_agent, kMaxUserAgent);
  if (name) session.name = presentable(*name, kMaxName * 4);
  if (device) session.device = presentable(*device, kMaxName * 4);
}

std::optional<Session> read_session(const Uuid& id, const Reply& row) {
  const auto kind = parse_kind_field(row.text_at(0).value_or(""));
  const auto expires_at = parse_millis(row.text_at(1));
  if (!kind || !expires_at) return std::nullopt;
  Session session;
  session.id = id;
  session.kind = kind->kind;
  session.impersonator = kind->impersonator;
  session.created_at = minted_at(id);
  session.expires_at = *expires_at;
  session.persistent = row.text_at(3) != "false";
  set_device(session, row.text_at(2), row.text_at(4), row.text_at(5));
  session.authentication = read_authentication(kind->kind, row.text_at(kAuthField - kSecretFields));
  if (row.elements.size() >= kFields.size() - kSecretFields)
    read_activity(row.without_first(kSeenField - kSecretFields), session);
  return session;
}

std::optional<Device> read_device(const Reply& row) {
  const auto client_id = row.text_at(1);
  const auto created_at = parse_millis(row.text_at(5));
  const auto expires_at = parse_millis(row.text_at(6));
  if (row.text_at(0) != "pending" || !client_id || !created_at || !expires_at) return std::nullopt;
  Device device;
  device.client_id = presentable(*client_id, kMaxClientId);
  device.user_agent = presentable(row.text_at(2).value_or(""), kMaxUserAgent);
  device.address = presentable(row.text_at(3).value_or(""), kMaxAddress);
  device.place = presentable(row.text_at(4).value_or(""), kMaxPlace);
  device.created_at = *created_at;
  device.expires_at = *expires_at;
  return device;
}

Ended read_ended(const Uuid& id, const Reply& reply) {
  const auto kind = parse_kind_field(reply.text_at(2).value_or(""));
  return {id, kind ? std::optional(kind->kind) : std::nullopt, std::string(reply.text_at(3).value_or(""))};
}

void read_for_operators(const Reply& row, Session& session) {
  session.metadata = read_metadata(row);
  if (row.elements.size() < 2) return;
  session.external_id = presentable(row.text_at(row.elements.size() - 2).value_or(""), kMaxExternalId);
}

std::string read_metadata(const Reply& row) {
  return row.elements.empty() ? std::string() : std::string(row.elements.back().text);
}

}  // namespace sessiond::rows
