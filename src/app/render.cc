#include "app/render.h"

#include "json/write.h"

namespace sessiond {
namespace {

constexpr std::size_t kUsualSummary = 320;  // bytes

void append_summary(std::string& out, const Session& session, bool is_current) {
  // Ids, kinds and times need no escaping.
  out += "{\"id\":\"";
  out += format_uuid(session.id);
  out += "\",\"kind\":\"";
  out += name_of(session.kind);
  out += "\",\"created_at\":\"";
  out += rfc3339(session.created_at);
  out += "\",\"expires_at\":\"";
  out += rfc3339(session.expires_at);
  out += "\",\"is_current\":";
  out += is_current ? "true" : "false";
  out += ",\"user_agent\":";
  if (session.user_agent) {
    json::append_string(out, *session.user_agent);
  } else {
    out += "null";
  }
  out += '}';
}

}  // namespace

std::string render_minted(const Minted& minted) {
  return R"({"id":")" + format_uuid(minted.token.id) + R"(","token":")" + format_token(minted.token) +
         R"(","expires_at":")" + rfc3339(minted.expires_at) + R"("})";
}

std::string render_new_user(std::string_view id, std::string_view username) {
  const auto now = rfc3339(host_now());
  std::string out = R"({"id":)";
  json::append_string(out, id);
  out += R"(,"username":)";
  json::append_string(out, username);
  out += R"(,"created_at":")" + now + R"(","updated_at":")" + now + R"("})";
  return out;
}

std::string render_revoked(long long count) { return R"({"revoked":)" + std::to_string(count) + "}"; }

std::string render_sessions(std::span<const Session> sessions, const Uuid& current) {
  std::string out;
  out.reserve(2 + sessions.size() * kUsualSummary);
  out += '[';
  for (const Session& session : sessions) {
    if (out.size() > 1) out += ',';
    append_summary(out, session, session.id == current);
  }
  out += ']';
  return out;
}

}  // namespace sessiond
