#include <array>
#include <cstdlib>

#include "base/utf8.h"
#include "session/activity.h"
#include "store/rows.h"
#include "store/sessions.h"

// Activity: what is noted of a session that is used.

namespace sessiond {
namespace {

constexpr Millis kClockGoodFor = 60'000;  // without hearing Redis's again
constexpr Millis kPause = 1000;           // after a use that Redis did not note: it is full or away

}  // namespace

// `seen`: the field's place in the row that proved the session.
void Sessions::note_use(const Caller& caller, const Visit& visit, const Reply& row, std::size_t seen) {
  if (!activity_.recorded || !visit.counts) return;
  const auto text = row.text_at(seen);
  const std::optional<Seen> last = text ? parse_seen(*text) : Seen{minted_at(caller.id)};
  if (!last || !is_use_due(*last) || !touching_.insert(caller.id.bytes).second) return;
  touch(caller.ref, caller.id, kept_address(visit.address, activity_.ip), presentable(visit.place, kMaxPlace));
}

// Whether a use is due by Redis's clock, as far as this host's tells. When the two were not compared for a while, it
// says yes: the script looks at Redis's clock anyway, and returns it.
bool Sessions::is_use_due(const Seen& last) {
  const Millis host = host_now();
  if (std::abs(host - refused_at_) <= kPause) return false;
  if (std::abs(host - clock_heard_at_) <= kClockGoodFor) return is_due(last, host + redis_ahead_);
  clock_heard_at_ = host;
  return true;
}

// Nobody waits for this. What fails is in the log.
// cppcheck-suppress passedByValue
Detached Sessions::touch(UserRef ref, Uuid id, std::string address, std::string place) {
  const auto name = format_uuid(id);
  const std::array<std::string_view, 3> arguments = {name, address, place};
  Round round(redis_, keyspace_.of(ref).index());
  const Result<long long> status = co_await change(round, kTouchScript, ref, arguments, {});
  touching_.erase(id.bytes);
  if (!status) {
    refused_at_ = host_now();
    co_return;
  }
  const auto now = rows::parse_millis(round.last().text_at(2));
  if (!now) co_return;
  clock_heard_at_ = host_now();
  redis_ahead_ = *now - clock_heard_at_;
}

}  // namespace sessiond
