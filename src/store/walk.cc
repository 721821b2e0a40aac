#include "store/walk.h"

#include <algorithm>
#include <chrono>

#include "redis/round.h"

namespace sessiond {
namespace {

constexpr unsigned kStep = 500;  // keys looked at

double steady_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

// How long to wait before a step of so many keys. Time that was lost is not made up for.
double Walk::rest_before(unsigned count) {
  if (rate_ == 0) return 0;
  const double now = steady_now();
  const double at = std::max(now, due_at_);
  due_at_ = at + static_cast<double>(count) / rate_;
  return at - now;
}

Task<Result<std::vector<std::string>>> Walk::next() {
  const unsigned step = rate_ == 0 ? kStep : std::min(kStep, rate_);
  co_await redis_.rest(rest_before(step));
  Round scan(redis_, primary_);
  const std::string_view from = cursor_.empty() ? "0" : std::string_view(cursor_);
  const std::string count = std::to_string(step);
  scan.send({"SCAN", from, "MATCH", pattern_, "COUNT", count});
  if (const Result<Done> done = co_await scan; !done) co_return done.error();
  const Reply& reply = scan[0];
  if (!reply.text_at(0) || reply.elements.size() != 2) {
    const std::string_view said = reply.is_error() ? reply.text : "something odd";
    co_return Error{Failure::kUnavailable, "Redis answers: " + std::string(said)};
  }
  cursor_ = *reply.text_at(0);

  std::vector<std::string> keys;
  for (const Reply& key : reply.elements[1].elements) keys.emplace_back(key.text);
  co_return keys;
}

Error slots_have_moved() {
  return {Failure::kUnavailable, "slots of the Redis Cluster have moved meanwhile: try again when no more move"};
}

}  // namespace sessiond
