#include "app/noting.h"

#include <algorithm>
#include <cassert>
#include <string>

#include "app/render.h"
#include "base/utf8.h"
#include "log/log.h"
#include "session/activity.h"

namespace sessiond {

namespace {

// Counts sessions that began or ended, for GET /metrics.
void count(metrics::Counters& counters, const Event& event) {
  const std::size_t kind = event.kind ? static_cast<std::size_t>(*event.kind) : metrics::kUnknownKind;
  if (event.what == What::kMinted) {
    const auto* const way = std::ranges::find(metrics::kWays, event.reason);
    assert(way != metrics::kWays.end());
    counters.minted[kind][static_cast<metrics::Way>(way - metrics::kWays.begin())].add();
  } else if (event.what == What::kEnded) {
    const auto* const end = std::ranges::find(metrics::kEnds, event.reason);
    assert(end != metrics::kEnds.end());
    counters.ended_sessions[kind][static_cast<metrics::End>(end - metrics::kEnds.begin())].add();
  }
}

// The same event, but about this session.
Event about(Event event, const Ended& session) {
  event.session = session.id;
  event.kind = session.kind;
  return event;
}

}  // namespace

// The log gets no more of an address than the store. Only requests on a socket of the internal realm have an actor.
void note(const Call& call, Event event, std::string_view text) {
  const http::Request& request = call.request;
  const std::string_view told = event.address.empty() ? call.visit.address : event.address;
  const std::string address = kept_address(told, call.services.sessions.records_ip());
  const std::string actor = presentable(request.actor.value.value_or(""), kMaxUserId);
  const std::string user_agent = presentable(request.user_agent.value.value_or(""), kMaxUserAgent);
  if (event.actor.empty()) event.actor = actor;
  event.address = address;
  if (event.user_agent.empty()) event.user_agent = user_agent;
  event.request_id = request.request_id;
  event.trace = http::trace_of(request);
  note(event, text);
  count(call.services.counters, event);
}

Cause cause_of(const Call& call, std::string_view reason, std::string_view user_id) {
  return {reason, call.request.actor.value.value_or(""), user_id};
}

Event done_by(const Caller& caller, What what, std::string_view reason) {
  return {what, reason, caller.user_id, caller.id, caller.kind, caller.actor()};
}

void note_own(const Call& call, const Endings& endings, std::string_view reason, std::string_view text) {
  const Event event = done_by(endings.caller, What::kEnded, reason);
  for (const Ended& ended : endings.sessions)
    note(call, about(event, ended), std::string(text) + format_uuid(ended.id));
}

void note_ended(const Call& call, const Event& event, const Ended& session) {
  note(call, about(event, session), "ended session " + format_uuid(session.id));
}

void note_minted(const Call& call, const Minted& minted, Event event, std::string_view text) {
  event.user_id = minted.user_id;
  event.session = minted.token.id;
  event.kind = minted.token.kind;
  event.new_device = minted.is_new_device;
  note(call, event, text);
  event.new_device = false;
  for (const auto& [ended, why, words] : endings_of(minted, call.services.sessions.caps())) {
    event.what = What::kEnded;
    event.reason = why;
    note(call, about(event, ended), words);
  }
}

void note_wrong_secret(const Call& call, const Token& token) {
  log::OnceASecond& refusals = call.services.refusals;
  if (!refusals.take(call.services.counters.turns.began())) return;
  std::string text = "refused a token of session " + format_uuid(token.id) + ": its secret is wrong";
  if (const std::size_t unnoted = refusals.unnoted(); unnoted > 0) {
    text += "; " + std::to_string(unnoted) + " more before it were not noted";
  }
  note(call, {What::kRefused, reason::kWrongSecret, {}, token.id, token.kind}, text);
}

void note_beside(const Call& call, std::string_view text) {
  log::write(log::Level::kInfo, call.request.request_id, text);
}

}  // namespace sessiond
