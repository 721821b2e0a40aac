#include "store/walk.h"

#include "redis/round.h"

namespace sessiond {

Task<Result<std::vector<std::string>>> Walk::next() {
  Round scan(redis_, primary_);
  const std::string_view from = cursor_.empty() ? "0" : std::string_view(cursor_);
  scan.send({"SCAN", from, "MATCH", pattern_, "COUNT", "500"});
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

}  // namespace sessiond
