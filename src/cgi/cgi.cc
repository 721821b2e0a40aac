#include "cgi/cgi.h"

#include <ev++.h>
#include <poll.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): POSIX's, for SIGPIPE
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "app/routes.h"
#include "fcgi/scan.h"
#include "log/log.h"
#include "redis/redis.h"
#include "store/sessions.h"

namespace sessiond {
namespace {

// NOLINTNEXTLINE(concurrency-mt-unsafe): there is one thread
const char* variable(const char* name) { return std::getenv(name); }

// No more than a request of the long-running worker may hold; routes refuse what is too long for
// them. A length that is no number is none.
std::size_t body_length() {
  const char* text = variable("CONTENT_LENGTH");
  if (text == nullptr) return 0;
  std::size_t length = 0;
  const char* const end = text + std::strlen(text);
  const auto [stop, error] = std::from_chars(text, end, length);
  if (error == std::errc::result_out_of_range) return fcgi::kMaxRequest;
  if (error != std::errc{} || stop != end) return 0;
  return std::min(length, fcgi::kMaxRequest);
}

// A server that stops sending must not hold the process for ever.
Result<std::string> read_body(double timeout) {
  std::string body;
  std::array<char, 4096> block;
  for (std::size_t left = body_length(); left > 0;) {
    pollfd input{STDIN_FILENO, POLLIN, 0};
    if (poll(&input, 1, static_cast<int>(timeout * 1000)) == 0) {
      return Error{Failure::kBadRequest, "the body did not come in time"};
    }
    const ssize_t count = read(STDIN_FILENO, block.data(), std::min(left, block.size()));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return Error{Failure::kBadRequest, "the body is shorter than its Content-Length"};
    body.append(block.data(), static_cast<std::size_t>(count));
    left -= static_cast<std::size_t>(count);
  }
  return body;
}

Result<Done> write_all(std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = write(STDOUT_FILENO, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return Error{Failure::kInternal, "the answer cannot be written"};
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  return Done{};
}

Detached serve(const http::Request& request, const Services& services, ev::loop_ref loop, http::Response& response,
               bool& answered) {
  response = co_await answer(request, services);
  answered = true;
  loop.break_loop();
}

}  // namespace

bool started_as_cgi() { return variable("GATEWAY_INTERFACE") != nullptr && variable("REQUEST_METHOD") != nullptr; }

Result<Done> run_cgi(const Options& options) {
  signal(SIGPIPE, SIG_IGN);  // NOLINT(cert-err33-c): cannot fail for SIGPIPE
  std::string path_buffer;
  http::Request request = http::read_request(environ, options.cgi_realm, path_buffer);
  http::Response response;
  if (Result<std::string> body = read_body(options.receive_timeout); body) {
    request.body = std::move(*body);
    ev::dynamic_loop loop;
    metrics::Board board(1);  // that nobody reads
    Redis redis(loop, options.redis, board.of(0).redis);
    Sessions sessions = options.open_sessions(redis);
    const events::Feed feed = options.open_feed(redis);
    Policy policy = options.policy;
    policy.events_kept = 0;  // a program that ends with its answer streams none
    Limits limits(options.redeem_failures, options.max_requests);
    log::OnceASecond refusals;
    const Services services{sessions, feed, policy, limits, board.of(0), refusals, board};
    bool answered = false;
    serve(request, services, loop, response, answered);
    if (!answered) loop.run();  // until serve breaks it
    while (sessions.is_noting()) loop.run(ev::ONCE);
  } else {
    response = http::problem(body.error());
  }
  return write_all(http::render_cgi(std::move(response), request));
}

}  // namespace sessiond
