#include "store/run.h"

#include <string>
#include <vector>

namespace sessiond {

Task<Result<Done>> run_script(Round& round, const Script& script, std::span<const std::string_view> keys,
                              std::span<const std::string_view> arguments) {
  const std::string key_count = std::to_string(keys.size());
  std::vector<std::string_view> words = {"EVALSHA", script.sha1, key_count};
  words.insert(words.end(), keys.begin(), keys.end());
  words.insert(words.end(), arguments.begin(), arguments.end());
  round.send(words);
  if (const Result<Done> done = co_await round; !done) co_return done.error();
  if (!round.last().is_error() || !round.last().text.starts_with("NOSCRIPT")) co_return Done{};
  words[0] = "EVAL";
  words[1] = script.text;
  round.send(words);
  co_return co_await round;
}

}  // namespace sessiond
