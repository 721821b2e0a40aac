#include "app/body.h"
#include "app/handlers.h"
#include "app/noting.h"
#include "session/grant.h"

namespace sessiond {

using http::problem;
using http::Response;

Task<Response> request_grant(Call& call) {
  const std::string code = new_grant_code();
  const std::string name = grant_name(code);
  const Millis lifetime = call.services.policy.grant_lifetime;
  const Result<Caller> caller = co_await call.services.sessions.grant(*call.token, call.visit, name, lifetime);
  if (!caller) co_return problem(caller.error());
  note(call, done_by(*caller, What::kGranted), "gave a code to session " + format_uuid(caller->id));
  co_return http::ok(R"({"code":")" + code + R"(","expires_in":)" + std::to_string(lifetime / 1000) + "}");
}

Task<Response> redeem_grant(Call& call) {
  const Result<std::string> code = read_code(call.request);
  if (!code) co_return problem(code.error());
  RedeemBudget& budget = call.services.limits.redeem;
  if (!budget.take()) co_return problem({Failure::kTooManyRequests, "too many wrong codes just now: try again soon"});

  const std::string name = grant_name(*code);
  Minting minting = minting_by(call, Kind::kCli);
  minting.cause.reason = reason::kCode;
  const Result<Minted> minted = co_await call.services.sessions.redeem(name, std::move(minting));
  if (minted || minted.error().failure != Failure::kUnauthorized) budget.give_back();
  if (!minted && minted.error().failure == Failure::kUnauthorized) count_wrong_code(call, metrics::Code::kCli);
  if (!minted) co_return problem(minted.error());
  const std::string text = "redeemed a grant for cli session " + format_uuid(minted->token.id);
  note_minted(call, *minted, {What::kMinted, reason::kCode}, text);
  co_return http::ok(R"({"token":")" + format_token(minted->token) + R"(","user":)" + minted->user_json + "}");
}

}  // namespace sessiond
