#include "operator/listing.h"

#include <spdlog/fmt/fmt.h>

#include <utility>

#include "base/utf8.h"

namespace sessiond {
namespace {

// The cells of a line, left to right.
struct Line {
  std::string_view user;
  std::string_view id;
  std::string_view kind;
  std::string_view created;
  std::string_view expires;
  std::string_view last_used;
  std::string_view from;
  std::string_view name;
  std::string_view user_agent;
};

constexpr Line kHead = {"USER", "ID", "KIND", "CREATED", "EXPIRES", "LAST USED", "FROM", "NAME", "USER AGENT"};
constexpr std::string_view kNone = "-";

std::string text_of(const Line& line, bool with_user) {
  const std::string user = with_user ? fmt::format("{:<20}  ", line.user) : "";
  return user + fmt::format("{:<36}  {:<4}  {:<24}  {:<24}  {:<24}  {:<20}  {:<16}  {}\n", line.id, line.kind,
                            line.created, line.expires, line.last_used, line.from, line.name, line.user_agent);
}

// `203.0.113.7, Berlin`, or what is known of that.
std::string origin_of(const Session& session) {
  std::string from = session.ip.value_or("");
  if (session.ip && session.place) from += ", ";
  from += session.place.value_or("");
  return from.empty() ? std::string(kNone) : from;
}

// The name that its person gave it, else the device that the login service named.
std::string called(const Session& session) {
  return session.name.value_or(session.device.value_or(std::string(kNone)));
}

// The User-Agent and, before it, who acts in the session as its person.
std::string client_of(const Session& session) {
  std::string client = session.user_agent.value_or(std::string(kNone));
  if (session.impersonator.empty()) return client;
  return fmt::format("[{} acts in it] {}", presentable(session.impersonator, kMaxUserId), client);
}

std::string line_of(const Session& session, std::string_view user_id, bool with_user) {
  const auto id = format_uuid(session.id);
  const auto created = rfc3339(session.created_at);
  const auto expires = rfc3339(session.expires_at);
  const auto last_used = rfc3339(session.last_seen_at.value_or(0));
  const std::string from = origin_of(session);
  const std::string name = called(session);
  const std::string client = client_of(session);
  return text_of({user_id, id, name_of(session.kind), created, expires, session.last_seen_at ? last_used : kNone, from,
                  name, client},
                 with_user);
}

}  // namespace

void Listing::add(const Session& session, std::string_view user_id) {
  if (json_) array_.add(session, user_id);
  else table_ += (empty_ ? text_of(kHead, with_users_) : "") + line_of(session, user_id, with_users_);
  empty_ = false;
}

std::string Listing::take() { return json_ ? array_.take() : std::exchange(table_, {}); }

std::string Listing::finish() { return json_ ? std::move(array_).finish() + "\n" : take(); }

}  // namespace sessiond
