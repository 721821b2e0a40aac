#include "store/probe.h"

#include <array>
#include <vector>

#include "base/utf8.h"
#include "store/run.h"
#include "store/telling.h"

namespace sessiond {
namespace {

constexpr std::size_t kMostShown = 300;  // bytes

constexpr unsigned kByte = 256;

}  // namespace

// A ref is a hash: no user's begins with so many zeros.
UserKeys keys_of_nobody(const Redis& redis, Slot primary, const Keyspace& keyspace) {
  for (unsigned number = 0;; ++number) {
    UserRef ref{};
    ref.bytes[0] = static_cast<unsigned char>(number / kByte);
    ref.bytes[1] = static_cast<unsigned char>(number % kByte);
    const UserKeys keys = keyspace.of(ref);
    // For a server that has just lost its last slot there are none.
    if (number == kByte * kByte - 1 || redis.are_together(redis.slot_of(keys.index()), primary)) return keys;
  }
}

Task<Result<std::string>> probe(const Redis& redis, Round& round, Slot primary, const Keyspace& keyspace,
                                bool keeps_events) {
  const UserKeys of_nobody = keys_of_nobody(redis, primary, keyspace);
  const std::array<Key, 4> names = {of_nobody.index(), of_nobody.user(), of_nobody.session_prefix(), of_nobody.bar()};
  std::vector<std::string_view> keys(names.begin(), names.end());
  const std::string grant = keyspace.grant("probe");
  const auto& confirmation = redis.confirmation();
  const std::string_view waiting = confirmation.on_disk ? "WAITAOF" : confirmation.wanted() ? "WAIT" : "";
  std::vector<std::string_view> arguments = {grant, redis.is_cluster() ? "cluster" : "", waiting};
  const Telling telling(redis, keyspace, names[0], "0");
  if (keeps_events) telling.append_to(keys, arguments);
  if (const Result<Done> done = co_await run_script(round, kProbeScript, keys, arguments); !done)
    co_return done.error();
  if (round.last().is_error()) co_return presentable(round.last().text, kMostShown);
  if (round.last().type != Reply::Type::kArray) co_return std::string("a reply of an unexpected form");
  co_return std::string();
}

}  // namespace sessiond
