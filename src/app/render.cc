#include "app/render.h"

#include "app/metadata.h"
#include "json/parse.h"
#include "json/write.h"
#include "trail/event.h"

namespace sessiond {
namespace {

constexpr std::size_t kUsualArray = 2048;  // bytes

// Appends the texts that are not empty, each behind the text that begins its member.
void append_texts(std::string& out, std::initializer_list<std::pair<std::string_view, std::string_view>> texts) {
  for (const auto& [begin, text] : texts) {
    if (text.empty()) continue;
    out += begin;
    json::append_string(out, text);
  }
}

}  // namespace

std::string render_minted(const Minted& minted) {
  return R"({"id":")" + format_uuid(minted.token.id) + R"(","token":")" + format_token(minted.token) +
         R"(","expires_at":")" + rfc3339(minted.expires_at) + R"("})";
}

std::vector<EndedFor> endings_of(const Minted& minted, const Caps& caps) {
  std::vector<EndedFor> endings;
  endings.reserve(minted.beyond_cap.size() + 1);
  const Kind kind = minted.token.kind;
  for (const Uuid& id : minted.beyond_cap) {
    endings.push_back({{id, kind},
                       reason::kCap,
                       "ended session " + format_uuid(id) + ": the cap of " + std::string(name_of(kind)) +
                           " sessions is " + std::to_string(caps.of(kind))});
  }
  if (minted.replaced) {
    const Uuid& id = minted.replaced->id;
    endings.push_back({*minted.replaced, reason::kReplaced,
                       "ended session " + format_uuid(id) + ": replaced by " + format_uuid(minted.token.id)});
  }
  return endings;
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

std::string render_active(const CallerAndUser& found) {
  const Caller& caller = found.caller;
  std::string out = R"({"active":true,"sub":)";
  json::append_string(out, caller.user_id);
  if (const auto username = found.user.string("username")) {
    out += R"(,"username":)";
    json::append_string(out, *username);
  }
  // As RFC 9470, section 6.2, has it.
  const Authentication proof = caller.authentication.value_or(Authentication{});
  if (proof.at) out += R"(,"auth_time":)" + std::to_string(*proof.at / 1000);
  if (!proof.acr.empty()) out += R"(,"acr":")" + proof.acr + '"';
  if (!caller.impersonator.empty()) {
    out += R"(,"act":{"sub":)";
    json::append_string(out, caller.impersonator);
    out += '}';
  }
  // Rounded down: a token is never said to live longer than it does.
  out += R"(,"client_id":")" + std::string(name_of(caller.kind)) + R"(","token_type":"Bearer","iat":)" +
         std::to_string(minted_at(caller.id) / 1000) + R"(,"exp":)" + std::to_string(caller.expires_at / 1000) +
         R"(,"jti":")" + format_uuid(caller.id) + R"("})";
  return out;
}

std::string render_device_codes(std::string_view device_code, std::string_view user_code, std::string_view page,
                                Millis lifetime) {
  const std::string shown = show_user_code(user_code);
  std::string out = R"({"device_code":)";
  json::append_string(out, device_code);
  out += R"(,"user_code":)";
  json::append_string(out, shown);
  out += R"(,"verification_uri":)";
  json::append_string(out, page);
  out += R"(,"verification_uri_complete":)";
  json::append_string(out, std::string(page).append("#user_code=").append(shown));
  out += R"(,"expires_in":)" + std::to_string(lifetime / 1000) + R"(,"interval":)" +
         std::to_string(kPollInterval / 1000) + "}";
  return out;
}

std::string render_access_token(const Minted& minted) {
  // Rounded down: a token is never said to live longer than it does.
  return R"({"access_token":")" + format_token(minted.token) + R"(","token_type":"Bearer","expires_in":)" +
         std::to_string((minted.expires_at - minted.created_at) / 1000) + "}";
}

std::string render_device(const Device& device) {
  std::string out = R"({"client_id":)";
  json::append_string(out, device.client_id);
  append_texts(
      out, {{R"(,"user_agent":)", device.user_agent}, {R"(,"ip":)", device.address}, {R"(,"place":)", device.place}});
  out +=
      R"(,"created_at":")" + rfc3339(device.created_at) + R"(","expires_at":")" + rfc3339(device.expires_at) + R"("})";
  return out;
}

std::string render_how_ended(const HowEnded& ended) {
  std::string out = R"({"ended_at":")" + rfc3339(ended.at) + R"(","reason":)";
  json::append_string(out, ended.reason);
  if (ended.by) {
    const Session& by = *ended.by;
    out += R"(,"by":{"kind":")" + std::string(name_of(by.kind)) + '"';
    append_texts(out, {{R"(,"user_agent":)", by.user_agent.value_or("")},
                       {R"(,"name":)", by.name.value_or("")},
                       {R"(,"device":)", by.device.value_or("")}});
    out += '}';
  }
  return out + '}';
}

std::string render_revoked(long long count) { return R"({"revoked":)" + std::to_string(count) + "}"; }

SessionArray::SessionArray(const Uuid& current) : current_(current) {
  text_.reserve(kUsualArray);
  text_ += '[';
}

void SessionArray::add(const Session& session, std::string_view user_id) {
  if (!empty_) text_ += ',';
  empty_ = false;
  // Ids, kinds and times need no escaping.
  text_ += "{\"id\":\"";
  text_ += format_uuid(session.id);
  text_ += "\",\"kind\":\"";
  text_ += name_of(session.kind);
  text_ += "\",\"created_at\":\"";
  text_ += rfc3339(session.created_at);
  text_ += "\",\"expires_at\":\"";
  text_ += rfc3339(session.expires_at);
  text_ += "\",\"is_current\":";
  text_ += session.id == current_ ? "true" : "false";
  text_ += ",\"user_agent\":";
  if (session.user_agent) {
    json::append_string(text_, *session.user_agent);
  } else {
    text_ += "null";
  }
  if (session.name) add_text("name", *session.name);
  if (session.device) add_text("device", *session.device);
  if (session.authentication) add_authentication(*session.authentication);
  if (!session.persistent) text_ += ",\"persistent\":false";
  if (session.last_seen_at) add_time("last_seen_at", *session.last_seen_at);
  if (session.idle_expires_at) add_time("idle_expires_at", *session.idle_expires_at);
  if (session.ip) add_text("ip", *session.ip);
  if (session.place) add_text("place", *session.place);
  if (!session.impersonator.empty()) add_text("impersonator", session.impersonator);
  if (!session.external_id.empty()) add_text("external_id", session.external_id);
  if (!session.metadata.empty()) add_metadata(session.metadata);
  if (!user_id.empty()) add_text("user_id", user_id);
  text_ += '}';
}

// Damaged metadata are left out.
void SessionArray::add_metadata(std::string_view stored) {
  const Result<std::string> metadata = read_metadata(stored);
  if (!metadata || metadata->empty()) return;
  text_ += ",\"metadata\":";
  text_ += *metadata;
}

// One more member of the object that has been begun.
void SessionArray::add_text(std::string_view name, std::string_view text) {
  text_ += ",\"";
  text_ += name;
  text_ += "\":";
  json::append_string(text_, text);
}

// Stored words need no escaping (is_auth_word).
void SessionArray::add_authentication(const Authentication& authentication) {
  if (authentication.at) add_time("auth_time", *authentication.at);
  if (!authentication.acr.empty()) add_text("acr", authentication.acr);
  if (authentication.amr.empty()) return;
  text_ += ",\"amr\":[\"";
  for (const char c : authentication.amr) {
    if (c == ',') text_ += "\",\"";
    else text_ += c;
  }
  text_ += "\"]";
}

void SessionArray::add_time(std::string_view name, Millis at) { add_text(name, rfc3339(at)); }

std::string SessionArray::finish() && {
  text_ += ']';
  return std::move(text_);
}

}  // namespace sessiond
