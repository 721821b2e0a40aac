#include "app/body.h"
#include "app/handlers.h"
#include "app/noting.h"
#include "app/render.h"
#include "session/device.h"
#include "session/grant.h"

namespace sessiond {

using http::oauth_problem;
using http::problem;
using http::Response;

namespace {

constexpr std::string_view kGrantType = "urn:ietf:params:oauth:grant-type:device_code";

// In the words of RFC 6749. `temporarily_unavailable` is that of its section 4.1.2.1.
Response oauth_failure(const Error& error) {
  switch (error.failure) {
    case Failure::kUnavailable:
    case Failure::kTooManyRequests: return oauth_problem(error, "temporarily_unavailable");
    case Failure::kInternal: return oauth_problem(error, "server_error");
    default: return oauth_problem(error, "invalid_request");
  }
}

// RFC 8628, section 3.5. An expired code and an unknown one get the same answer.
Response not_yet(Polled::State state) {
  using State = Polled::State;
  switch (state) {
    case State::kPending: return oauth_problem(bad_request("nobody has decided yet"), "authorization_pending");
    case State::kTooEarly:
      return oauth_problem(bad_request("this poll is too early: wait five seconds longer each time"), "slow_down");
    case State::kDenied: return oauth_problem(bad_request("it was refused"), "access_denied");
    case State::kForeign: return oauth_problem(bad_request("this device_code is another client's"), "invalid_grant");
    default: return oauth_problem(bad_request("this device_code is not valid, or not any more"), "expired_token");
  }
}

// The name of the user code in the body. It takes an attempt from the budget (app/budget.h), which settle_guess gives
// back unless the code was wrong.
Result<std::string> take_user_code(Call& call) {
  const Result<std::string> code = read_code(call.request);
  if (!code) return code.error();
  if (!call.services.limits.device.take()) {
    return Error{Failure::kTooManyRequests, "too many wrong codes just now: try again soon"};
  }
  return grant_name(*code);
}

template <typename T>
void settle_guess(Call& call, const Result<T>& found) {
  if (found || found.error().failure != Failure::kNotFound) call.services.limits.device.give_back();
  else count_wrong_code(call, metrics::Code::kDevice);
}

// The answer to a person's decision, which the log attributes to the session.
Response decided(Call& call, const Result<Caller>& caller, What what, std::string_view text) {
  settle_guess(call, caller);
  if (!caller) return problem(caller.error());
  note(call, done_by(*caller, what), std::string("session ").append(format_uuid(caller->id)).append(text));
  return http::no_content();
}

}  // namespace

Task<Response> begin_device(Call& call) {
  Result<std::string> client_id = read_client_id(call.request);
  if (!client_id) co_return oauth_failure(client_id.error());

  const Minting told = minting_by(call, Kind::kCli);
  const Device client{std::move(*client_id), told.user_agent, told.address, told.place};
  const std::string user_code = new_grant_code();
  const DeviceCode code{grant_name(user_code), new_secret()};
  const Policy& policy = call.services.policy;
  const Result<Done> begun = co_await call.services.sessions.begin_device(code, client, policy.grant_lifetime);
  if (!begun) co_return oauth_failure(begun.error());
  co_return http::ok(
      render_device_codes(format_device_code(code), user_code, policy.device_login, policy.grant_lifetime));
}

Task<Response> poll_device(Call& call) {
  const Result<std::string> grant_type = read_form_field(call.request, "grant_type");
  if (!grant_type) co_return oauth_failure(grant_type.error());
  if (*grant_type != kGrantType) {
    co_return oauth_problem(bad_request("the only grant_type is " + std::string(kGrantType)), "unsupported_grant_type");
  }
  const Result<std::string> client_id = read_client_id(call.request);
  if (!client_id) co_return oauth_failure(client_id.error());
  const Result<std::string> text = read_form_field(call.request, "device_code");
  if (!text) co_return oauth_failure(text.error());
  const std::optional<DeviceCode> code = parse_device_code(*text);
  if (!code) co_return oauth_problem(bad_request("this is no device_code"), "invalid_grant");

  Minting minting = minting_by(call, Kind::kCli);
  minting.cause.reason = reason::kDevice;
  const Result<Polled> polled = co_await call.services.sessions.poll_device(*code, *client_id, std::move(minting));
  if (!polled) co_return oauth_failure(polled.error());
  if (!polled->minted) co_return not_yet(polled->state);
  const std::string words = "connected a device as cli session " + format_uuid(polled->minted->token.id);
  note_minted(call, *polled->minted, {What::kMinted, reason::kDevice}, words);
  Response response = http::ok(render_access_token(*polled->minted));
  response.headers.emplace_back("Pragma", "no-cache");  // RFC 6749, section 5.1
  co_return response;
}

Task<Response> find_device(Call& call) {
  const Result<std::string> name = take_user_code(call);
  if (!name) co_return problem(name.error());
  const Result<Device> device = co_await call.services.sessions.find_device(*call.token, call.visit, *name);
  settle_guess(call, device);
  if (!device) co_return problem(device.error());
  co_return http::ok(render_device(*device));
}

Task<Response> approve_device(Call& call) {
  const Result<std::string> name = take_user_code(call);
  if (!name) co_return problem(name.error());
  const Millis lifetime = call.services.policy.grant_lifetime;
  const Result<Caller> caller =
      co_await call.services.sessions.approve_device(*call.token, call.visit, *name, lifetime);
  co_return decided(call, caller, What::kApproved, " let a device be connected");
}

Task<Response> deny_device(Call& call) {
  const Result<std::string> name = take_user_code(call);
  if (!name) co_return problem(name.error());
  const Result<Caller> caller = co_await call.services.sessions.deny_device(*call.token, call.visit, *name);
  co_return decided(call, caller, What::kDenied, " refused a device");
}

}  // namespace sessiond
