#include "store/redis.h"

#include <hiredis/hiredis.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <new>
#include <optional>
#include <utility>

#include "base/log.h"
#include "store/reply_builder.h"

namespace sessiond {
namespace {

constexpr double kFirstBackoff = 0.02;  // seconds
constexpr double kLongestBackoff = 0.5;
constexpr double kTick = 0.05;  // how often waits are compared with the timeout
constexpr double kErrorLogInterval = 1.0;
constexpr std::size_t kMostRead = 64UL * 1024;  // bytes, in one read
constexpr std::size_t kSlice = 2048;

std::string error_text(int error) { return std::strerror(error); }  // NOLINT(concurrency-mt-unsafe): glibc's is safe

// The first line of the file; nothing when it cannot be read.
std::optional<std::string> read_password(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line)) return std::nullopt;
  return line;
}

constexpr std::size_t kMostDigits = 20;
constexpr std::size_t kMostFraming = kMostDigits + 5;  // what RESP puts around a word: its kind, two line ends

char* put_line_end(char* out) {
  *out++ = '\r';
  *out++ = '\n';
  return out;
}

char* put_length(char* out, char kind, std::size_t length) {
  *out++ = kind;
  return put_line_end(std::to_chars(out, out + kMostDigits, length).ptr);
}

}  // namespace

void Redis::ContextDeleter::operator()(redisContext* context) const { redisFree(context); }

Redis::Redis(ev::loop_ref loop, RedisAddress address)
    : address_(std::move(address)),
      auth_arena_(auth_text_.data(), auth_text_.size()),
      readable_(loop),
      writable_(loop),
      before_wait_(loop),
      tick_(loop),
      retry_(loop) {
  readable_.set<Redis, &Redis::on_readable>(this);
  writable_.set<Redis, &Redis::on_writable>(this);
  before_wait_.set<Redis, &Redis::flush>(this);
  tick_.set<Redis, &Redis::on_tick>(this);
  retry_.set<Redis, &Redis::connect>(this);
  before_wait_.start();
  connect();
}

Redis::~Redis() { close(); }

void Redis::connect() {
  retry_.stop();
  context_.reset(address_.unix_path.empty() ? redisConnectNonBlock(address_.host.c_str(), address_.port)
                                            : redisConnectUnixNonBlock(address_.unix_path.c_str()));
  if (context_ == nullptr || context_->err != 0) {
    drop(context_ == nullptr ? "out of memory" : context_->errstr);
    return;
  }
  context_->reader->fn = &ReplyBuilder::functions();
  context_->reader->privdata = this;
  state_ = State::kConnecting;
  connecting_since_ = tick_.loop.now();
  authenticate();
  if (state_ == State::kClosed) return;
  readable_.set(context_->fd, ev::READ);
  writable_.set(context_->fd, ev::WRITE);
  writable_.start();
  tick_.start(kTick, kTick);
}

void Redis::authenticate() {
  auth_reply_ = {};
  auth_arena_.release();  // or refusals, one a try, would pile up in it
  if (address_.password_file.empty()) {
    // Going on as the default user would be going on with other rights than were asked for.
    if (!address_.user.empty()) drop("there is no password for its user " + address_.user);
    return;
  }
  const std::optional<std::string> password = read_password(address_.password_file);
  if (!password) {
    drop("cannot read the password file " + address_.password_file);
    return;
  }
  if (address_.user.empty()) {
    append(std::array<std::string_view, 2>{"AUTH", *password}, nullptr, 0);
  } else {
    append(std::array<std::string_view, 3>{"AUTH", address_.user, *password}, nullptr, 0);
  }
}

// RESP: an array of bulk strings. hiredis would format each command into a string of its own, and
// copy it twice.
void Redis::append(std::span<const std::string_view> words, Round* round, std::size_t index) {
  std::size_t room = kMostFraming;
  for (const std::string_view word : words) room += kMostFraming + word.size();
  const std::size_t start = outbox_.size();
  outbox_.resize(start + room);
  char* next = put_length(outbox_.data() + start, '*', words.size());
  for (const std::string_view word : words) {
    next = put_length(next, '$', word.size());
    next = put_line_end(std::copy(word.begin(), word.end(), next));
  }
  outbox_.resize(static_cast<std::size_t>(next - outbox_.data()));
  waiting_.push_back({round, index, tick_.loop.now()});
}

// Everything that the requests of this turn of the loop asked for goes out in one write.
void Redis::flush() {
  if (outbox_.empty() || state_ == State::kClosed || state_ == State::kConnecting) return;
  const ssize_t count = ::send(context_->fd, outbox_.data() + sent_, outbox_.size() - sent_, MSG_NOSIGNAL);
  if (count < 0 && errno != EAGAIN && errno != EINTR) {
    drop(error_text(errno));
    return;
  }
  sent_ += count > 0 ? static_cast<std::size_t>(count) : 0;
  const bool all_sent = sent_ == outbox_.size();
  if (all_sent) {
    outbox_.clear();
    sent_ = 0;
  }
  if (!all_sent && !writable_.is_active()) writable_.start();
  if (all_sent && writable_.is_active()) writable_.stop();
}

void Redis::on_writable() {
  if (state_ == State::kConnecting) {
    int error = 0;
    socklen_t size = sizeof error;
    if (getsockopt(context_->fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error != 0) {
      drop(error_text(error));
      return;
    }
    state_ = State::kOpen;
    readable_.start();
    writable_.stop();
  }
  flush();
}

void Redis::on_readable() {
  // Of each thread its own, for it is needed only here.
  thread_local std::array<char, kMostRead> block;
  const ssize_t count = recv(context_->fd, block.data(), block.size(), 0);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (count <= 0) {
    drop(count == 0 ? "Redis has closed the connection" : error_text(errno));
    return;
  }
  // hiredis moves what it still holds to the front after each kB that it has read: it is given little.
  for (std::string_view rest(block.data(), static_cast<std::size_t>(count)); !rest.empty();) {
    const std::string_view slice = rest.substr(0, kSlice);
    rest.remove_prefix(slice.size());
    if (redisReaderFeed(context_->reader, slice.data(), slice.size()) != REDIS_OK) throw std::bad_alloc();
    take_replies();
    if (open() && waiting_.size() < kFew / 2) give_turns();
    if (!open()) return;
  }
}

// While the connection is open, what they ask goes out at once: Redis works on it while the replies
// before are still being read here.
void Redis::give_turns() {
  if (in_line_.empty()) return;
  while (!in_line_.empty() && (is_quiet() || !open())) {
    const std::coroutine_handle<> next = in_line_.front();
    in_line_.pop_front();
    next.resume();
  }
  flush();
}

void Redis::take_replies() {
  for (;;) {
    void* reply = nullptr;
    if (redisReaderGetReply(context_->reader, &reply) != REDIS_OK) {
      drop(waiting_.empty() ? "Redis sent a reply that nobody asked for" : context_->reader->errstr);
      return;
    }
    if (reply == nullptr) return;

    Round* const round = waiting_.front().round;
    waiting_.pop_front();
    if (round == nullptr) {
      if (auth_reply_.is_error()) {
        // Only the kind of error: with odd settings of Redis the rest could repeat what was sent.
        const std::string_view kind = auth_reply_.text.substr(0, auth_reply_.text.find(' '));
        drop("Redis refuses the user or the password: " + std::string(kind));
        return;
      }
      continue;
    }
    if (state_ == State::kOpen) {
      state_ = State::kProven;
      backoff_ = 0;
      if (trouble_logged_) log::info("Redis is back");
      trouble_logged_ = false;
    }
    round->settle_one();  // may run a coroutine, which may send more
    if (state_ == State::kClosed) return;
  }
}

Reply* Redis::slot_of_next_reply() {
  if (waiting_.empty()) return nullptr;
  const Waiting& next = waiting_.front();
  return next.round == nullptr ? &auth_reply_ : &next.round->replies_[next.index];
}

std::pmr::memory_resource* Redis::arena_of_next_reply() {
  const Waiting& next = waiting_.front();
  return next.round == nullptr ? &auth_arena_ : &next.round->arena_;
}

void Redis::on_tick() {
  const ev_tstamp now = tick_.loop.now();
  if (state_ == State::kConnecting && now - connecting_since_ > address_.timeout) {
    drop("cannot connect in time");
  } else if (!waiting_.empty() && now - waiting_.front().since > address_.timeout) {
    drop("no reply in time");
  }
}

void Redis::drop(const std::string& reason) {
  const bool news = !trouble_logged_ || reason != trouble_;
  trouble_ = reason;
  if (news) log::warning("no Redis at " + address_.text() + ": " + reason);
  trouble_logged_ = true;

  backoff_ = backoff_ == 0 ? kFirstBackoff : std::min(backoff_ * 2, kLongestBackoff);
  close();
  retry_.start(backoff_, 0);
}

void Redis::close() {
  retry_.stop();
  state_ = State::kClosed;
  outbox_.clear();
  sent_ = 0;
  readable_.stop();
  writable_.stop();
  tick_.stop();
  context_.reset();
  // Resuming those who wait may send new commands, which fail at once: the connection is closed.
  for (const Waiting& lost : std::exchange(waiting_, {})) {
    if (lost.round != nullptr) lost.round->lose_one();
  }
  give_turns();
}

void Redis::note_error(std::string_view text) {
  const ev_tstamp now = tick_.loop.now();
  if (now - error_logged_at_ < kErrorLogInterval) return;
  error_logged_at_ = now;
  log::warning("Redis answers with an error: " + std::string(text));
}

void Round::send(std::span<const std::string_view> words) {
  replies_.emplace_back();
  if (!redis_.open()) {
    lost_ = true;
    return;
  }
  ++outstanding_;
  redis_.append(words, this, replies_.size() - 1);
}

void Round::settle_one() {
  if (--outstanding_ == 0 && awaiting_) std::exchange(awaiting_, {}).resume();
}

void Round::lose_one() {
  lost_ = true;
  settle_one();
}

Result<Done> Round::await_resume() {
  if (lost_) return Error{Failure::kUnavailable, "the session store cannot be reached"};
  return Done{};
}

}  // namespace sessiond
