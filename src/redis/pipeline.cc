#include "redis/pipeline.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <utility>

#include "log/log.h"
#include "redis/greeting.h"
#include "redis/password.h"
#include "redis/round.h"

namespace sessiond {
namespace {

using metrics::RedisError;

constexpr double kFirstBackoff = 0.02;  // seconds
constexpr double kLongestBackoff = 0.5;
constexpr double kTick = 0.05;  // how often waits are compared with the timeout
// How long a change may wait for its replicas, as a share of the timeout from when it was asked for: the answer is to
// come before the connection counts as dead. And the least share that a WAIT gets. Redis checks ten times a second
// whether a WAIT has timed out, so each lasts up to 0.1 s longer.
constexpr double kWaitShare = 0.5;
constexpr double kLeastWaitShare = 0.1;
constexpr double kRoleInterval = 0.9;           // between questions for the ROLE: with a tick, less than a second
constexpr std::size_t kMostRead = 64UL * 1024;  // bytes, in one read
constexpr std::size_t kSlice = 2048;

// An error that a server sends unasked explains itself. Anything else may hold replies to others.
std::string describe_unasked(std::string_view bytes) {
  if (!bytes.starts_with('-')) return "Redis sent a reply that nobody asked for";
  return "Redis says: " + quote_redis(bytes.substr(1, bytes.find_first_of("\r\n") - 1));
}

}  // namespace

Pipeline::Pipeline(ev::loop_ref loop, RedisAddress address, metrics::RedisCounters& counters, ClusterEvents* cluster,
                   Ends ends)
    : address_(std::move(address)),
      counters_(counters),
      cluster_(cluster),
      ends_(ends),
      primary_(loop, address_,
               {[this](Result<Channel> dialed) { on_dialed(std::move(dialed)); },
                [this](const Endpoint& server) {
                  leave("the sentinels call " + server.text() + " the primary now", RedisError::kReplaced);
                }}),
      readable_(loop),
      writable_(loop),
      before_wait_(loop),
      tick_(loop),
      retry_(loop) {
  readable_.set<Pipeline, &Pipeline::on_readable>(this);
  writable_.set<Pipeline, &Pipeline::flush>(this);
  before_wait_.set<Pipeline, &Pipeline::flush>(this);
  tick_.set<Pipeline, &Pipeline::on_tick>(this);
  retry_.set<Pipeline, &Pipeline::connect>(this);
  counters_.connections[counted(state_)].add(1);
  connect();
}

Pipeline::~Pipeline() {
  close();
  counters_.connections[counted(state_)].add(-1);
}

void Pipeline::enter(State state) {
  counters_.connections[counted(state_)].add(-1);
  counters_.connections[counted(state)].add(1);
  state_ = state;
}

metrics::Connection Pipeline::counted(State state) {
  switch (state) {
    case State::kClosed: return metrics::Connection::kClosed;
    case State::kDialing: return metrics::Connection::kConnecting;
    case State::kGreeting: return metrics::Connection::kGreeting;
    case State::kProven: return metrics::Connection::kPrimary;
  }
  return metrics::Connection::kClosed;
}

void Pipeline::connect() {
  retry_.stop();
  enter(State::kDialing);
  tick_.start(kTick, kTick);
  role_asked_at_ = tick_.loop.now();  // a server that was slow to answer may have been replaced since
  primary_.start();
}

void Pipeline::on_dialed(Result<Channel> dialed) {
  if (!dialed) {
    drop(dialed.error().text, RedisError::kUnreachable);
    return;
  }
  channel_ = std::move(*dialed);
  reader_.emplace(*this);
  readable_.set(channel_.fd(), ev::READ);
  writable_.set(channel_.fd(), ev::WRITE);
  readable_.start();
  enter(State::kGreeting);
  greet();
}

// What comes first on each connection, step by step: a server that refuses it may say so at any step,
// and close. A refusal ends the connection, and so fails the next step.
Detached Pipeline::greet() {
  Round round(*this, 4);
  send_password(round);
  if (round.size() > 0) {
    if (!co_await round) co_return;
    drop_for(refusal_in_auth(round.last()));
  }
  round.send_first(std::array<std::string_view, 1>{"ROLE"});
  if (!co_await round) co_return;
  drop_for(refusal_in_role(round.last()), RedisError::kRole);
  if (const int number = address_.database(); number != 0) {
    const std::string database = std::to_string(number);
    round.send_first(std::array<std::string_view, 2>{"SELECT", database});
    if (!co_await round) co_return;
    drop_for(refusal_in_select(round.last()));
  }
  round.send_first(std::array<std::string_view, 4>{"INFO", "cluster", "persistence", "replication"});
  if (!co_await round) co_return;
  in_cluster_ = is_in_cluster(round.last());
  drop_for(refusal_in_info(round.last(), cluster_ != nullptr));
  drop_for(refusal_for_staleness(round.last()));
  if (open()) begin_serving();
}

// When a password is needed and there is none, the connection ends.
void Pipeline::send_password(Round& round) {
  if (address_.password_file.empty()) {
    // Going on as the default user would be going on with other rights than were asked for.
    if (!address_.user.empty()) drop("there is no password for its user " + address_.user, RedisError::kRefused);
    return;
  }
  const Result<std::string> password = read_password(address_.password_file);
  if (!password) {
    drop(password.error().text, RedisError::kRefused);
    return;
  }
  if (address_.user.empty()) {
    round.send_first(std::array<std::string_view, 2>{"AUTH", *password});
  } else {
    round.send_first(std::array<std::string_view, 3>{"AUTH", address_.user, *password});
  }
}

// The server may have become a replica since, which learns of no revocation in time. Or another was promoted, and this
// one was not told.
Detached Pipeline::ask_role() {
  role_asked_at_ = tick_.loop.now();
  backoff_ = 0;  // the connection has lasted
  primary_.ask_again();
  Round round(*this, 2);
  round.send_first(std::array<std::string_view, 1>{"ROLE"});
  if (address_.max_staleness > 0) round.send_first(std::array<std::string_view, 2>{"INFO", "replication"});
  if (!co_await round) co_return;
  const std::optional<std::string> refusal = refusal_in_role(round[0]);
  // A server of a cluster that has just become a replica answers what was sent to it with MOVED.
  if (cluster_ != nullptr && round[0].text_at(0) == "slave") cluster_->on_trouble();
  else if (refusal) drop_for(refusal, RedisError::kRole);
  else drop_for(refusal_for_staleness(round.last()));
}

std::optional<std::string> Pipeline::refusal_for_staleness(const Reply& info) const {
  return refusal_in_replicas(info, address_.max_staleness, address_.confirmation.replicas);
}

void Pipeline::drop_for(const std::optional<std::string>& refusal, RedisError kind) {
  if (refusal && open()) drop(*refusal, kind);
}

void Pipeline::begin_serving() {
  enter(State::kProven);
  if (std::exchange(was_proven_, true)) counters_.reconnects.add();
  if (trouble_logged_) log::info("Redis is back at " + address_.text());
  trouble_logged_ = false;
  flush_in_this_turn();
}

void Pipeline::append(Queue& queue, std::span<const std::string_view> words, Round* round, std::size_t index) {
  queue.bytes.append(words);
  queue.waiting.push_back({round, index, tick_.loop.now()});
  flush_in_this_turn();
}

void Pipeline::append(Queue& queue, std::string_view command, Round* round, std::size_t index) {
  queue.bytes.append(command);
  queue.waiting.push_back({round, index, tick_.loop.now()});
  flush_in_this_turn();
}

// Connections that have nothing to send cost a turn nothing: in a cluster those are most.
void Pipeline::flush_in_this_turn() {
  if (!before_wait_.is_active()) before_wait_.start();
}

// All that the requests of this turn of the loop asked for goes out in one write. The rest is sent when what it waits
// for has come.
void Pipeline::flush() {
  before_wait_.stop();
  if (state_ == State::kProven && !confirming_ && !held_.waiting.empty()) {
    const ev_tstamp since = held_.waiting.front().since;
    line_.bytes.append(held_.bytes.text());
    held_.bytes.clear();
    line_.waiting.take(held_.waiting);
    if (ends_ == Ends::kConfirmed) confirm(since);
  }
  if (line_.bytes.empty()) return;
  const ssize_t count = channel_.send(line_.bytes.text().substr(sent_));
  // When the connection has failed, reading finds out, after what Redis said before it closed.
  sent_ += static_cast<std::size_t>(std::max<ssize_t>(count, 0));
  if (sent_ != line_.bytes.text().size()) {
    writable_.start();
    return;
  }
  writable_.stop();
  line_.bytes.clear();
  sent_ = 0;
}

// Waits until the changes on the line are confirmed; the first was asked for at `since`. A WAIT of 0 ms would never
// end.
Detached Pipeline::confirm(ev_tstamp since) {
  const double left = address_.timeout * kWaitShare - (tick_.loop.now() - since);
  const double seconds = std::max(left, address_.timeout * kLeastWaitShare);
  const std::string replicas = std::to_string(address_.confirmation.replicas);
  const std::string millis = std::to_string(std::max(1L, std::lround(seconds * 1000)));
  confirming_ = true;
  Round round(*this, 1);
  if (address_.confirmation.on_disk) {
    round.send_first(std::array<std::string_view, 4>{"WAITAOF", "1", replicas, millis});
  } else {
    round.send_first(std::array<std::string_view, 3>{"WAIT", replicas, millis});
  }
  const Result<Done> done = co_await round;
  confirming_ = false;
  flush_in_this_turn();
  const bool confirmed = done && confirms(round.last(), address_.confirmation);
  if (done) note_confirmation(confirmed, round.last());
  for (Round* const change : std::exchange(answered_, {})) {
    if (confirmed) change->settle_one();
    else change->settle_unconfirmed();
  }
}

void Pipeline::note_confirmation(bool confirmed, const Reply& reply) {
  if (!confirmed) counters_.errors[RedisError::kUnconfirmed].add();
  if (confirmed != unconfirmed_logged_) return;
  unconfirmed_logged_ = !confirmed;
  if (confirmed) {
    log::info("changes at " + address_.text() + " are confirmed again");
    return;
  }
  log::warning("changes at " + address_.text() + " are done, but not confirmed: " + describe_confirmation(reply));
}

void Pipeline::on_readable() {
  // One buffer a thread is enough: it is needed only here.
  thread_local std::array<char, kMostRead> block;
  const ssize_t count = channel_.receive(block);
  if (count < 0 && errno == EAGAIN) return;
  if (count <= 0) {
    on_closed(count == 0 ? "Redis has closed the connection" : channel_.reason());
    return;
  }
  for (std::string_view rest(block.data(), static_cast<std::size_t>(count)); open() && !rest.empty();) {
    const std::string_view slice = rest.substr(0, kSlice);
    rest.remove_prefix(slice.size());
    if (line_.waiting.empty()) {
      drop(describe_unasked(slice), RedisError::kProtocol);
      return;
    }
    reader_->feed(slice);
    take_replies();
    if (line_.waiting.size() < kFew / 2) give_turns();
  }
}

// While the connection is open, their commands go out at once: Redis works on them while earlier replies are still
// being read here.
void Pipeline::give_turns() {
  if (in_line_.empty()) return;
  while (!in_line_.empty() && is_quiet()) next_in_line().awaiting.resume();
  flush();
}

Pipeline::Turn& Pipeline::next_in_line() {
  Turn& next = *in_line_.front();
  in_line_.pop_front();
  return next;
}

void Pipeline::end_late_turns() {
  while (!in_line_.empty() && tick_.loop.now() - in_line_.front()->since > address_.timeout) {
    Turn& late = next_in_line();
    late.late = true;
    late.awaiting.resume();
  }
}

void Pipeline::Turn::await_suspend(std::coroutine_handle<> handle) {
  awaiting = handle;
  since = pipeline->tick_.loop.now();
  pipeline->in_line_.push_back(this);
}

Result<Done> Pipeline::Turn::await_resume() const {
  if (late) return Error{Failure::kUnavailable, "the session store has too much to do"};
  return Done{};
}

void Pipeline::take_replies() {
  for (;;) {
    const Reply* reply = reader_->next();
    if (reply == nullptr) {
      const std::string fault = reader_->fault();
      if (!fault.empty()) drop(line_.waiting.empty() ? describe_unasked({}) : fault, RedisError::kProtocol);
      return;
    }
    const Waiting answered = line_.waiting.front();
    line_.waiting.pop_front();
    if (answered.round == nullptr) continue;
    if (reply->is_error()) {
      if (!take_error(answered, *reply)) return;
      continue;
    }
    if (ends_ == Ends::kConfirmed && answered.round->is_change()) {
      answered_.push_back(answered.round);
      continue;
    }
    answered.round->settle_one();  // may run a coroutine, which may send more
    if (state_ == State::kClosed) return;
  }
}

// A command that ended in an error needs no confirmation. False when no more is to be read from this connection.
bool Pipeline::take_error(const Waiting& answered, const Reply& error) {
  note_error(error);
  if (cluster_ != nullptr && cluster_->redirect(*this, answered, error)) return true;
  const std::string elsewhere = leads_elsewhere(error) ? quote_redis(error.text) : std::string();
  answered.round->settle_one();  // may run a coroutine, which may send more
  if (state_ == State::kClosed) return false;
  if (elsewhere.empty()) return true;
  drop("Redis answers: " + elsewhere, RedisError::kRole);
  return false;
}

// A script that Redis does not have yet is not counted: its text is sent then.
void Pipeline::note_error(const Reply& error) {
  if (!error.text.starts_with("NOSCRIPT")) counters_.errors[metrics::kind_of_reply(error.text)].add();
}

Reply* Pipeline::next_reply() {
  if (line_.waiting.empty()) return nullptr;
  const Waiting& next = line_.waiting.front();
  if (next.round == nullptr) {
    unwanted_memory_.release();
    return &(unwanted_ = Reply{});
  }
  return &next.round->replies_[next.index];
}

std::pmr::memory_resource* Pipeline::memory_of_next_reply() {
  Round* const round = line_.waiting.front().round;
  return round == nullptr ? &unwanted_memory_ : &round->arena_;
}

void Pipeline::on_tick() {
  const ev_tstamp now = tick_.loop.now();
  const auto is_late = [&](const Queue& queue) {
    return !queue.waiting.empty() && now - queue.waiting.front().since > address_.timeout;
  };
  if (is_late(line_)) {
    drop("no reply in time", RedisError::kTimeout);
  } else if (is_late(held_)) {
    // Requests must not wait longer for a connection, even if each step of its greeting is in time.
    counters_.errors[RedisError::kTimeout].add();
    const Queue late = std::exchange(held_, {});
    lose(late.waiting);
  } else if (state_ == State::kProven && now - role_asked_at_ >= kRoleInterval) {
    ask_role();
  }
  end_late_turns();
}

// A good connection that ends is replaced at once, as Redis's `timeout` ends idle ones; but one that
// ends again and again is not.
void Pipeline::on_closed(const std::string& reason) {
  const ev_tstamp now = tick_.loop.now();
  if (state_ == State::kGreeting && !address_.tls() &&
      (!address_.sentinels.empty() || address_.server.unix_path.empty())) {
    drop(reason + " before it had answered, as one that speaks only TLS and is written rediss://", RedisError::kClosed);
    return;
  }
  if (state_ != State::kProven || now - replaced_at_ < kRoleInterval) {
    drop(reason, RedisError::kClosed);
    return;
  }
  counters_.errors[RedisError::kClosed].add();
  replaced_at_ = now;
  trouble_ = reason;
  const log::Level level = line_.waiting.empty() ? log::Level::kInfo : log::Level::kWarning;
  log::write(level, {}, reason + ": connecting again to " + address_.text());
  hang_up();
  const WaitingLine lost = std::exchange(line_.waiting, {});
  connect();
  lose(lost);
}

// The sentinel that named this server is not asked next.
void Pipeline::drop(const std::string& reason, RedisError kind) {
  leave(reason, kind);
  primary_.doubt();
}

void Pipeline::leave(const std::string& reason, RedisError kind) {
  counters_.errors[kind].add();
  if (cluster_ != nullptr) cluster_->on_trouble();
  const bool news = !trouble_logged_ || reason != trouble_;
  trouble_ = reason;
  if (news) log::warning("no Redis at " + address_.text() + ": " + reason);
  trouble_logged_ = true;

  backoff_ = backoff_ == 0 ? kFirstBackoff : std::min(backoff_ * 2, kLongestBackoff);
  close();
  retry_.start(backoff_, 0);
}

void Pipeline::lose(const WaitingLine& commands) {
  for (const Waiting& lost : commands) {
    if (lost.round != nullptr) lost.round->lose_one();
  }
}

void Pipeline::hang_up() {
  readable_.stop();
  writable_.stop();
  reader_.reset();
  channel_ = Channel();
  line_.bytes.clear();
  sent_ = 0;
}

void Pipeline::close() {
  retry_.stop();
  tick_.stop();
  primary_.stop();
  hang_up();
  enter(State::kClosed);
  // Resuming those who wait may send new commands, which fail at once: the connection is closed.
  const WaitingLine sent = std::exchange(line_.waiting, {});
  const Queue unsent = std::exchange(held_, {});
  lose(sent);
  lose(unsent.waiting);
  give_turns();
}

}  // namespace sessiond
