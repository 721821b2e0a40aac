#include "session/bar.h"

#include "session/keys.h"
#include "store/scripts.h"
#include "store/sessions.h"

// Bars (session/bar.h). Ending all of a user's sessions raises the bar, too (changes.cc).

namespace sessiond {

Task<Result<Bar>> Sessions::bar(const UserRef& ref) {
  const UserKeys keys = keyspace_.of(ref);
  Round round(redis_, keys.bar(), 1);
  send_bar(round, keys);
  if (const Result<Done> done = co_await round; !done) co_return done.error();
  co_return bar_in(round);
}

Task<Result<long long>> Sessions::disable(const UserRef& ref, const Cause& cause, const TakeEnded& ended) {
  Ending all;
  all.cause = cause;
  all.ended = ended;
  co_return co_await revoke_all(ref, "", all, "disable");
}

Task<Result<Done>> Sessions::enable(const UserRef& ref, const Cause& cause) {
  Round round(redis_, keyspace_.of(ref).index(), Round::Kind::kChange);
  const Result<long long> status = co_await change(round, kEnableScript, ref, {}, cause);
  if (!status) co_return status.error();
  if (*status == 0) co_return co_await confirm(keyspace_.of(ref));
  co_return Done{};
}

}  // namespace sessiond
