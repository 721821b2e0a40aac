#include "store/probe.h"

#include <array>

#include "base/utf8.h"
#include "store/run.h"

namespace sessiond {
namespace {

constexpr std::size_t kMostShown = 300;  // bytes

}  // namespace

Task<Result<std::string>> probe(Round& round, const Keyspace& keyspace) {
  // A ref is a hash: nobody's is all zeros.
  const UserKeys of_nobody = keyspace.of(UserRef{});
  const std::array<Key, 3> names = {of_nobody.index(), of_nobody.user(), of_nobody.session_prefix()};
  const std::string grant = keyspace.grant("probe");
  const std::array<std::string_view, 4> keys = {names[0], names[1], names[2], grant};
  if (const Result<Done> done = co_await run_script(round, kProbeScript, keys, {}); !done) co_return done.error();
  if (round.last().is_error()) co_return presentable(round.last().text, kMostShown);
  if (round.last().type != Reply::Type::kArray) co_return std::string("a reply of an unexpected form");
  co_return std::string();
}

}  // namespace sessiond
