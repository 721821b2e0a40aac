// Webhooks: what their receiver answers, and the address and the secret as an operator writes them.
//
// The input is a byte that says how the rest is cut into pieces, and the rest, which is taken for each of the three.

#include <sys/socket.h>

#include <algorithm>
#include <csignal>
#include <string>

#include "base/task.h"
#include "deliver/post.h"
#include "events/webhook.h"
#include "fuzz/fuzz.h"
#include "fuzz/listener.h"
#include "session/crypto.h"

using namespace sessiond;

namespace {

constexpr double kPatience = 60;  // seconds: what is awaited here comes sooner, or never

// What is known once stays so, whatever follows, however it comes.
std::optional<int> check_status(std::string_view answer) {
  const std::optional<int> whole = events::parse_status(answer);
  PROMISE(!whole || *whole == 0 || (*whole >= 100 && *whole <= 999));
  for (std::size_t size = 0; size <= answer.size(); ++size) {
    const std::optional<int> so_far = events::parse_status(answer.substr(0, size));
    if (!so_far) continue;
    PROMISE(so_far == whole);
    break;
  }
  return whole;
}

void check_target(std::string_view url) {
  const auto target = events::parse_target(url);
  if (!target) {
    PROMISE(!target.error().text.empty());
    return;
  }
  const auto is_plain = [](char c) { return c > ' ' && c < 0x7F; };
  PROMISE(target->path.starts_with('/') && std::ranges::all_of(target->path, is_plain));
  PROMISE(!target->host.empty() && std::ranges::all_of(target->host, is_plain));
  PROMISE(target->host.find_first_of("/?@") == std::string::npos);
  PROMISE(target->server.tls == url.starts_with("https://") && target->server.unix_path.empty());
  PROMISE(!target->server.host.empty() && target->server.port > 0 && target->server.port < 65536);
}

Detached post(deliver::Post& to, std::optional<Result<int>>& result) { result = co_await to.send("POST / HTTP/1.1\r\n\r\n"); }

// The same as a receiver says it, which then closes the connection.
void check_post(std::string_view answer, std::size_t piece, std::optional<int> expected) {
  static const fuzz::Listener listener;
  ev::dynamic_loop loop(ev::AUTO);
  Endpoint server;
  server.unix_path = listener.path();
  deliver::Post to(loop, server, kPatience);
  std::optional<Result<int>> result;
  post(to, result);
  const Fd receiver = listener.accept();
  PROMISE(receiver);
  loop.run(ev::NOWAIT);
  for (; !answer.empty() && !result; answer.remove_prefix(std::min(piece, answer.size()))) {
    const std::string_view part = answer.substr(0, piece);
    // It may have settled, and closed, already.
    if (send(receiver.get(), part.data(), part.size(), MSG_NOSIGNAL | MSG_DONTWAIT) < 0) break;
    loop.run(ev::NOWAIT);
  }
  shutdown(receiver.get(), SHUT_WR);
  for (int turn = 0; turn < 64 && !result; ++turn) loop.run(ev::NOWAIT);
  PROMISE(result);
  PROMISE(*result ? **result == expected : !expected || *expected == 0);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const bool opened = (open_randomness(), true);
  static_cast<void>(opened);
  if (size == 0) return 0;
  const std::string_view text = fuzz::text_of_input(data + 1, size - 1);
  const std::optional<int> status = check_status(text);
  check_post(text, 1 + 16 * std::size_t{data[0]}, status);
  check_target(text);
  if (const auto secret = events::WebhookSecret::parse(text)) PROMISE(secret->sign("id", "0", "{}").starts_with("v1,"));
  return 0;
}
