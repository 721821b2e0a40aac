#pragma once

#include "app/call.h"

namespace sessiond {

/// Counts for GET /metrics the outcome for a token, and a wrong code. What happens to sessions is counted where the
/// audit trail notes it.
void count_check(const Call& call, metrics::Asker by, metrics::Outcome outcome);
void count_wrong_code(const Call& call, metrics::Code code);

/// The outcome for the token of a request that got this status and doubt; nothing where the token may not have been
/// looked at.
[[nodiscard]] std::optional<metrics::Outcome> outcome_of_refusal(int status, Doubt doubt);
[[nodiscard]] inline std::optional<metrics::Outcome> outcome_of(int status, Doubt doubt) {
  return status < 300 ? metrics::Outcome::kAccepted : outcome_of_refusal(status, doubt);
}

/// A session of this kind that begins with the request: its User-Agent, where it comes from, and the kind's lifetime
/// and idle time.
[[nodiscard]] Minting minting_by(const Call& call, Kind kind);

/// The id of the user that the path names. Any user id can stand there, percent-encoded.
[[nodiscard]] Result<std::string> user_id_in_path(const Call& call);

/// The handlers of the route table, by file. The OpenAPI contract says what each must answer; the table in `routes.cc`
/// has method, path and who may call.

// sessions.cc: the caller's own sessions
Task<http::Response> list_sessions(Call& call);
Task<http::Response> revoke_session(Call& call);
Task<http::Response> rename_session(Call& call);
Task<http::Response> revoke_other_sessions(Call& call);
Task<http::Response> log_out(Call& call);
Task<http::Response> show_me(Call& call);

// how_ended.cc: how the session of a browser ended
Task<http::Response> tell_how_ended(Call& call);

// minting.cc: new sessions
Task<http::Response> mint_session(Call& call);
Task<http::Response> dev_login(Call& call);

// reauthentication.cc: a new proof of who somebody is, in a session that they have
Task<http::Response> reauthenticate_session(Call& call);

// pairing.cc: a browser obtains a code, a CLI redeems it
Task<http::Response> request_grant(Call& call);
Task<http::Response> redeem_grant(Call& call);

// devices.cc: a client waits for a person, who decides in a browser (RFC 8628)
Task<http::Response> begin_device(Call& call);
Task<http::Response> poll_device(Call& call);
Task<http::Response> find_device(Call& call);
Task<http::Response> approve_device(Call& call);
Task<http::Response> deny_device(Call& call);

// check.cc: nginx's auth_request
Task<http::Response> check_session(Call& call);

// oauth.cc: a token, in the words of OAuth
Task<http::Response> introspect_token(Call& call);
Task<http::Response> revoke_token(Call& call);

// users.cc: any user
Task<http::Response> show_user(Call& call);
Task<http::Response> change_user(Call& call);
Task<http::Response> disable_user(Call& call);
Task<http::Response> enable_user(Call& call);

// operators.cc: any user's sessions
Task<http::Response> list_user_sessions(Call& call);
Task<http::Response> revoke_user(Call& call);
Task<http::Response> revoke_user_session(Call& call);

// events.cc: the stream of events
Task<http::Response> stream_events(Call& call);

// metrics.cc: counters and gauges, for Prometheus
Task<http::Response> show_metrics(Call& call);

// health.cc: whether it is alive, and can serve
Task<http::Response> healthz(Call& call);
Task<http::Response> readyz(Call& call);

}  // namespace sessiond
