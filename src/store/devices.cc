#include <array>
#include <vector>

#include "base/utf8.h"
#include "session/activity.h"
#include "session/device.h"
#include "store/outcome.h"
#include "store/rows.h"
#include "store/sessions.h"

// RFC 8628: a client waits for a person, who decides in a browser. The client has a key of its own, in its own slot. An
// approval is a grant of the person's session, in the user's slot. So it is used once, and ends with the session, as
// every grant.

namespace sessiond {
namespace {

Error too_many_wait() {
  return {Failure::kTooManyRequests, "too many devices wait to be connected just now: try again soon"};
}
Error drawn_twice() { return {Failure::kUnavailable, "the new code is in use already: try again"}; }
Error none_waits() { return {Failure::kNotFound, "no device waits with this code, or not any more"}; }

// What the status of poll_device.lua means, except kApproved.
constexpr long long kApproved = 4;
Polled::State state_of(long long status) {
  switch (status) {
    case -1: return Polled::State::kForeign;
    case 1: return Polled::State::kPending;
    case 2: return Polled::State::kTooEarly;
    case 3: return Polled::State::kDenied;
    default: return Polled::State::kGone;
  }
}

}  // namespace

// Runs a script on the one key that it has, and hands on its status.
Task<Result<long long>> Sessions::run_alone(Round& round, const Script& script, const std::string& key,
                                            std::span<const std::string_view> arguments) {
  const std::array<std::string_view, 1> keys = {key};
  if (const Result<Done> done = co_await run(round, script, keys, arguments); !done) co_return done.error();
  const Reply& reply = round.last();
  if (reply.elements.empty() || reply.elements[0].type != Reply::Type::kInteger) co_return refused(reply);
  co_return reply.elements[0].integer;
}

Task<Result<Done>> Sessions::begin_device(const DeviceCode& code, const Device& client, Millis lifetime) {
  const std::string name = device_grant(code.name);
  const std::string lifetime_text = std::to_string(lifetime);
  const std::string most = std::to_string(caps_.devices);
  const std::string devices = keyspace_.devices();
  const std::array<std::string_view, 3> admission = {name, lifetime_text, most};
  Round admitting(redis_, devices);
  const Result<long long> admitted = co_await run_alone(admitting, kAdmitDeviceScript, devices, admission);
  if (!admitted) co_return admitted.error();
  if (*admitted == 0) co_return too_many_wait();

  const SecretHash hash = hash_of(code.secret);
  const std::string address = kept_address(client.address, activity_.ip);
  const std::string place = presentable(client.place, kMaxPlace);
  std::vector<std::string_view> arguments = {lifetime_text, "secret_hash", text_of(hash), "client_id",
                                             client.client_id};
  if (!client.user_agent.empty()) arguments.insert(arguments.end(), {"user_agent", client.user_agent});
  if (!address.empty()) arguments.insert(arguments.end(), {"ip", address});
  if (!place.empty()) arguments.insert(arguments.end(), {"place", place});
  const std::string key = keyspace_.grant(name);
  Round round(redis_, key);
  const Result<long long> begun = co_await run_alone(round, kBeginDeviceScript, key, arguments);
  if (!begun) co_return begun.error();
  if (*begun == 0) co_return drawn_twice();
  co_return Done{};
}

Task<Result<Device>> Sessions::read_device(const std::string& key) {
  std::vector<std::string_view> words = {"HMGET", key};
  words.insert(words.end(), rows::kDeviceFields.begin(), rows::kDeviceFields.end());
  Round round(redis_, key);
  round.send(words);
  if (const Result<Done> done = co_await round; !done) co_return done.error();
  if (round[0].is_error()) co_return refused(round[0]);
  std::optional<Device> device = rows::read_device(round[0]);
  if (!device) co_return none_waits();
  co_return std::move(*device);
}

Task<Result<Device>> Sessions::find_device(const Token& token, const Visit& visit, std::string_view name) {
  const Result<Caller> caller = co_await authenticate_browser(token, visit);
  if (!caller) co_return caller.error();
  const std::string key = keyspace_.grant(device_grant(name));
  co_return co_await read_device(key);
}

Task<Result<Done>> Sessions::decide_device(const Caller& caller, const std::string& key, std::string_view decision) {
  const auto session_id = format_uuid(caller.id);
  const std::array<std::string_view, 3> arguments = {decision, caller.user_id, session_id};
  Round round(redis_, key, Round::Kind::kChange);
  const Result<long long> decided = co_await run_alone(round, kDecideDeviceScript, key, arguments);
  if (!decided) co_return decided.error();
  if (*decided == 0) co_return none_waits();
  co_return Done{};
}

Task<Result<Caller>> Sessions::approve_device(const Token& token, const Visit& visit, std::string_view name,
                                              Millis lifetime) {
  const Result<Caller> caller = co_await authenticate_browser(token, visit);
  if (!caller) co_return caller.error();
  const std::string grant = device_grant(name);
  const std::string key = keyspace_.grant(grant);
  // Looked up first: a wrong code must not push out a grant of the session.
  if (const Result<Device> waits = co_await read_device(key); !waits) co_return waits.error();
  // First the grant, then the key that leads to it: a client that polls in between is told to wait. A session that ends
  // in between deletes the key, so that nothing is left to approve.
  if (const Result<Done> granted = co_await give_grant(*caller, grant, lifetime); !granted) co_return granted.error();
  const Result<Done> decided = co_await decide_device(*caller, key, "approved");
  if (!decided) co_return decided.error();
  co_return caller;
}

Task<Result<Caller>> Sessions::deny_device(const Token& token, const Visit& visit, std::string_view name) {
  const Result<Caller> caller = co_await authenticate_browser(token, visit);
  if (!caller) co_return caller.error();
  const std::string key = keyspace_.grant(device_grant(name));
  const Result<Done> decided = co_await decide_device(*caller, key, "denied");
  if (!decided) co_return decided.error();
  co_return caller;
}

Task<Result<Polled>> Sessions::poll_device(const DeviceCode& code, std::string_view client_id, Minting minting) {
  const std::string grant = device_grant(code.name);
  const std::string key = keyspace_.grant(grant);
  const SecretHash hash = hash_of(code.secret);
  const std::array<std::string_view, 2> arguments = {text_of(hash), client_id};
  Round round(redis_, key);
  const Result<long long> status = co_await run_alone(round, kPollDeviceScript, key, arguments);
  if (!status) co_return status.error();
  if (*status != kApproved) co_return Polled{state_of(*status), std::nullopt};

  const auto user_id = round.last().text_at(2);
  const auto session_id = parse_uuid(round.last().text_at(3).value_or(""));
  if (!user_id || !session_id) co_return refused(round.last());
  minting.user_id = *user_id;
  minting.kind = Kind::kCli;
  const PaidBy paid_by{format_uuid(*session_id).string(), grant};
  Result<Minted> minted = co_await mint(minting, paid_by);
  if (minted) co_return Polled{Polled::State::kMinted, std::move(*minted)};
  // The user has been disabled.
  if (minted.error().failure == Failure::kForbidden) co_return Polled{Polled::State::kDenied, std::nullopt};
  if (minted.error().failure == Failure::kUnauthorized) co_return Polled{Polled::State::kGone, std::nullopt};
  co_return minted.error();
}

}  // namespace sessiond
