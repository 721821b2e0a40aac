#include "worker/loop.h"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <string>
#include <utility>
#include <vector>

#include "app/routes.h"
#include "base/text.h"
#include "fcgi/connection.h"
#include "httpd/connection.h"
#include "log/log.h"
#include "store/inspect.h"

namespace sessiond {
namespace {

constexpr double kAcceptPause = 0.1;  // seconds without accepting when descriptors ran out
// Connections accepted in one turn: few, so that they spread over the threads; more than one, as otherwise the last of
// a crowd waits for seconds when turns are long.
constexpr int kAcceptsATurn = 16;
constexpr double kMeeting = 1;  // seconds that a start waits for Redis

// The turns of the loop that this thread runs: to get them from libev costs a call more, twice a turn.
thread_local metrics::Turns* turns = nullptr;

}  // namespace

Loop::Door::Door(Loop& owner, int listener, http::Realm door_realm)
    : loop(owner), fd(listener), realm(door_realm), readable(owner.loop_) {
  readable.set<Door, &Door::accept_some>(this);
  readable.set(fd, ev::READ);
}

void Loop::Door::accept_some() {
  int count = 0;
  while (count < kAcceptsATurn && accept_one()) ++count;
}

bool Loop::Door::accept_one() {
  Fd peer(accept4(fd, nullptr, nullptr, SOCK_CLOEXEC));
  if (!peer) {
    // Another thread may have been faster, or the peer has gone. Any other error (no descriptors, no memory) may pass:
    // it must neither make the loop spin nor end the accepting.
    if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) {
      log::warning("cannot accept connections for now: " + errno_text(errno));
      loop.pause_accepting();
    }
    return false;
  }
  auto connection = loop.new_connection(std::move(peer), realm);
  Connection* const key = connection.get();
  loop.connections_.emplace(key, Open{std::move(connection), realm});
  loop.counters_.accepted[static_cast<std::size_t>(realm)].add();
  return true;
}

std::unique_ptr<Connection> Loop::new_connection(Fd peer, http::Realm realm) {
  if (realm == http::Realm::kPublic) {
    return std::make_unique<fcgi::Connection>(loop_, std::move(peer), options_.receive_timeout, events_);
  }
  return std::make_unique<httpd::Connection>(loop_, std::move(peer), realm, options_.receive_timeout, events_);
}

Loop::Loop(const Options& options, Limits& limits, metrics::Board& board, std::size_t number,
           const Listeners& listeners)
    : options_(options),
      counters_(board.of(number)),
      loop_(ev::AUTO),
      redis_(loop_, options.redis, counters_.redis),
      sessions_(options.open_sessions(redis_)),
      feed_(options.open_feed(redis_)),
      services_{sessions_, feed_, options_.policy, limits, counters_, refusals_, board},
      doors_{Door(*this, listeners.internet.get(), http::Realm::kPublic),
             Door(*this, listeners.check.get(), http::Realm::kCheck),
             Door(*this, listeners.internal.get(), http::Realm::kInternal)},
      resume_accepting_(loop_),
      deadline_(loop_),
      stop_request_(loop_),
      adoption_(loop_),
      turned_at_(std::chrono::steady_clock::now().time_since_epoch()),
      beat_(loop_) {
  events_.on_request = [this](Connection& connection, http::Request request) { serve(connection, std::move(request)); };
  events_.on_refusal = [this](int status) { counters_.answers.back().add(http::Method::kOther, status, 0); };
  events_.on_end = [this](Connection& connection) { forget(connection); };
  resume_accepting_.set<Loop, &Loop::begin_accepting>(this);
  deadline_.set<Loop, &Loop::give_up>(this);
  stop_request_.set<Loop, &Loop::begin_stopping>(this);
  stop_request_.start();
  adoption_.set<Loop, &Loop::take_options>(this);
  adoption_.start();
  beat_.set<Loop, &Loop::note_turn>(this);
}

// libev looks at the clock when it has waited, before it calls those it waited for, and again before it waits. So its
// own time is the right one in both places, and a turn costs no further look.
void Loop::watch_turns() {
  turns = &counters_.turns;
  ev_set_invoke_pending_cb(loop_.raw_loop, [](struct ev_loop* loop) {
    if (!turns->under_way()) turns->begin(ev_now(loop));
    ev_invoke_pending(loop);
  });
  const auto before_waiting = [](struct ev_loop* loop) noexcept { turns->end(ev_now(loop)); };
  ev_set_loop_release_cb(loop_.raw_loop, before_waiting, nullptr);
}

void Loop::forget(Connection& connection) {
  const auto open = connections_.find(&connection);
  counters_.ended[static_cast<std::size_t>(open->second.realm)].add();
  connections_.erase(open);
  if (stopping_ && connections_.empty()) loop_.break_loop();
}

// What still waits for Redis at the stop timeout is answered here, while all that it needs still exists.
Loop::~Loop() { redis_.close(); }

void Loop::run(double beat) {
  watch_turns();
  beat_.start(0, beat);
  begin_accepting();
  if (inspects_redis_) log_findings();
  loop_.run();
}

Result<Done> Loop::meet_redis() {
  const ev_tstamp until = loop_.now() + kMeeting;
  while (!redis_.settled() && loop_.now() < until) loop_.run(ev::ONCE);
  if (!redis_.in_cluster()) return Done{};
  return Error{Failure::kUnavailable,
               "cannot start with this Redis at " + options_.redis.text() + ": " + redis_.trouble()};
}

void Loop::inspect_redis() { inspects_redis_ = true; }

Detached Loop::log_findings() {
  for (const Slot primary : redis_.primaries()) {
    const Result<ServerFacts> facts = co_await inspect(redis_, primary, Keyspace(options_.key_prefix), feed_.is_kept());
    if (!facts) co_return;  // the connection has logged why
    for (const Finding& finding : judge(*facts, redis_.confirmation()))
      log::warning("about Redis at " + facts->name + ": " + finding.text);
  }
}

void Loop::stop() { stop_request_.send(); }

void Loop::adopt(const Options& options) {
  {
    const std::scoped_lock lock(adopting_);
    adopted_ = options;
  }
  adoption_.send();
}

// Assigned in place: handlers that are under way hold references to the policy.
void Loop::take_options() {
  const std::scoped_lock lock(adopting_);
  if (adopted_) options_ = *std::exchange(adopted_, std::nullopt);
}

double Loop::seconds_since_turn() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch() - turned_at_.load()).count();
}

void Loop::note_turn() { turned_at_ = std::chrono::steady_clock::now().time_since_epoch(); }

void Loop::begin_accepting() {
  resume_accepting_.stop();
  if (stopping_) return;
  for (Door& door : doors_) door.readable.start();
}

void Loop::pause_accepting() {
  for (Door& door : doors_) door.readable.stop();
  resume_accepting_.start(kAcceptPause, 0);
}

// The coroutine outlives its caller's request.
// cppcheck-suppress passedByValue
Detached Loop::serve(Connection& connection, http::Request request) {
  // The id of a request that brings none, for the log and the answer. Checks are too many to give each one an id: only
  // those that fail get one.
  std::string id;
  const auto name = [&] {
    if (request.request_id.empty()) request.request_id = id = http::new_request_id();
  };
  if (request.realm == http::Realm::kInternal) name();
  http::Response response = co_await answer(request, services_);
  if (response.status >= 500) {
    name();
    note_failure(request, response);
  }
  connection.respond(std::move(response), request);
}

// Logs a failure, so that the request id that a user reports can be found. An outage must not fill the disk.
void Loop::note_failure(const http::Request& request, const http::Response& response) {
  if (!failures_.take(loop_.now())) return;
  std::string text = "answered " + std::to_string(response.status) + " " + response.body;
  if (const std::size_t unnoted = failures_.unnoted(); unnoted > 0) {
    text += "; " + std::to_string(unnoted) + " more failures before it were not logged";
  }
  const std::array<log::Field, 2> fields = {
      {{"request_id", request.request_id}, {"traceparent", http::trace_of(request)}}};
  log::write(log::Level::kWarning, text, fields);
}

void Loop::begin_stopping() {
  stopping_ = true;
  for (Door& door : doors_) door.readable.stop();
  deadline_.start(options_.stop_timeout, 0);
  // finish() may end a connection and so change the map.
  std::vector<Connection*> open;
  open.reserve(connections_.size());
  for (const auto& [connection, owner] : connections_) open.push_back(connection);
  for (Connection* connection : open) connection->finish();
  if (connections_.empty()) loop_.break_loop();
}

void Loop::give_up() {
  log::error("requests were still in flight at the stop timeout");
  loop_.break_loop();
}

}  // namespace sessiond
