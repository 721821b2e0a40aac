#include "app/handlers.h"

namespace sessiond {
namespace {

constexpr const char* kOk = R"({"status":"ok"})";

}  // namespace

Task<http::Response> healthz(Call&) { co_return http::ok(kOk); }

Task<http::Response> readyz(Call& call) {
  const Result<Done> ready = co_await call.services.sessions.ready(call.services.policy.allow_eviction);
  if (!ready) co_return http::problem(ready.error());
  co_return http::ok(kOk);
}

}  // namespace sessiond
