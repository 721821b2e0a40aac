#include "app/body.h"
#include "app/handlers.h"
#include "base/log.h"
#include "session/grant.h"

namespace sessiond {

using http::problem;
using http::Response;

Task<Response> request_grant(Call& call) {
  const std::string code = new_grant_code();
  const std::string name = grant_name(code);
  const Millis lifetime = call.services.policy.grant_lifetime;
  const Result<Done> done = co_await call.services.sessions.grant(*call.token, call.visit, name, lifetime);
  if (!done) co_return problem(done.error());
  co_return http::ok(R"({"code":")" + code + R"(","expires_in":)" + std::to_string(lifetime / 1000) + "}");
}

Task<Response> redeem_grant(Call& call) {
  const Result<std::string> code = read_code(call.request);
  if (!code) co_return problem(code.error());
  RedeemBudget& budget = call.services.limits.redeem;
  if (!budget.take()) co_return problem({Failure::kTooManyRequests, "too many wrong codes just now: try again soon"});

  const std::string name = grant_name(*code);
  Minting minting = minting_by(call, Kind::kCli);
  const Result<Minted> minted = co_await call.services.sessions.redeem(name, std::move(minting));
  if (minted || minted.error().failure != Failure::kUnauthorized) budget.give_back();
  if (!minted && minted.error().failure == Failure::kUnauthorized) count_wrong_code(call, metrics::Code::kCli);
  if (!minted) co_return problem(minted.error());
  log::write(log::Level::kInfo, call.request.request_id,
             "redeemed a grant for cli session " + format_uuid(minted->token.id));
  count_minted(call, minted->token.kind, metrics::Way::kCode);
  note_endings(call, *minted);
  co_return http::ok(R"({"token":")" + format_token(minted->token) + R"(","user":)" + minted->user_json + "}");
}

}  // namespace sessiond
