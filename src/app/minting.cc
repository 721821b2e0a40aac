#include "app/body.h"
#include "app/handlers.h"
#include "app/noting.h"
#include "app/render.h"
#include "base/utf8.h"
#include "http/cookie.h"

namespace sessiond {
namespace {

using http::problem;
using http::Response;

// A cookie never outlives its session: what is left of a second is left out.
std::string cookie_for(const Call& call, const Minted& minted, bool persistent = true) {
  std::optional<std::int64_t> max_age;
  if (persistent) max_age = (minted.expires_at - minted.created_at) / 1000;
  return http::set_session_cookie(call.services.policy.cookie, format_token(minted.token), max_age);
}

// The service that asks for the session knows the person's browser; the request does not come from there.
void note_sign_in(const Call& call, const Minted& minted, const Minting& minting) {
  std::string text = "minted " + std::string(name_of(minted.token.kind)) + " session " + format_uuid(minted.token.id);
  Event event{What::kMinted, minting.cause.reason};
  event.address = minting.address;
  event.user_agent = minting.user_agent;
  if (!minting.impersonator.empty()) {
    text += ", in which " + minting.impersonator + " acts as " + minting.user_id;
    event.actor = minting.impersonator;
  }
  note_minted(call, minted, event, text);
}

}  // namespace

Minting minting_by(const Call& call, Kind kind) {
  Minting minting;
  minting.kind = kind;
  minting.lifetime = call.services.policy.lifetime_of(kind);
  minting.idle = call.services.policy.idle_of(kind);
  minting.user_agent = presentable(call.request.user_agent.value.value_or(""), kMaxUserAgent);
  minting.address = call.visit.address;
  minting.place = call.visit.place;
  return minting;
}

Task<Response> mint_session(Call& call) {
  const Policy& policy = call.services.policy;
  Result<Minting> minting = read_minting(call.request, policy.check_headers);
  if (!minting) co_return problem(minting.error());
  if (minting->idle && !call.services.sessions.records_activity()) {
    co_return problem(
        {Failure::kBadRequest, "\"idle_seconds\" wants the option record-activity, web-idle or cli-idle"});
  }
  const bool is_web = minting->kind == Kind::kWeb;
  if (minting->lifetime == 0) minting->lifetime = policy.lifetime_of(minting->kind);
  if (!minting->impersonator.empty()) minting->lifetime = std::min(minting->lifetime, kLongestImpersonation);
  if (!minting->idle) minting->idle = policy.idle_of(minting->kind);

  minting->cause = cause_of(call, reason::kLogin);
  if (!minting->impersonator.empty()) minting->cause = {reason::kImpersonation, minting->impersonator};
  const Result<Minted> minted = co_await call.services.sessions.mint(*minting);
  if (!minted) co_return problem(minted.error());
  note_sign_in(call, *minted, *minting);
  if (minted->user_json != minting->user_json) {
    note_beside(call, "kept the user that is stored: it was changed later");
  }

  Response response;
  response.status = 201;
  response.body = render_minted(*minted);
  if (is_web) response.headers.emplace_back("Set-Cookie", cookie_for(call, *minted, minting->persistent));
  co_return response;
}

Task<Response> dev_login(Call& call) {
  const Result<std::string> username = read_dev_login(call.request);
  if (!username) co_return problem(username.error());

  Minting minting = minting_by(call, Kind::kWeb);
  minting.user_id = dev_user_id(*username);
  minting.user_json = render_new_user(minting.user_id, *username);
  minting.lifetime = call.services.policy.dev_lifetime;
  minting.cause.reason = reason::kDevLogin;

  const Result<Minted> minted = co_await call.services.sessions.mint(minting);
  if (!minted) co_return problem(minted.error());
  const std::string text = "minted web session " + format_uuid(minted->token.id);
  note_minted(call, *minted, {What::kMinted, minting.cause.reason}, text);
  Response response = http::ok(minted->user_json);
  response.headers.emplace_back("Set-Cookie", cookie_for(call, *minted));
  co_return response;
}

}  // namespace sessiond
