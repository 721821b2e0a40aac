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

namespace sessiond {
namespace {

constexpr double kFirstBackoff = 0.02;  // seconds
constexpr double kLongestBackoff = 0.5;
constexpr double kTick = 0.05;  // how often waits are compared with the timeout
constexpr double kErrorLogInterval = 1.0;
constexpr int kMostElements = 1 << 20;  // of one array; a hostile length must not become an allocation

// The first line of the file; nothing when it cannot be read.
std::optional<std::string> read_password(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line)) return std::nullopt;
  return line;
}

void append_length(std::string& out, char kind, std::size_t length) {
  std::array<char, 20> digits;
  const auto [end, error] = std::to_chars(digits.begin(), digits.end(), length);
  out += kind;
  out.append(digits.begin(), end);
  out += "\r\n";
}

}  // namespace

/// Builds replies where they will be used: hiredis's reader calls these for each item it reads,
/// and they write straight into the Round that is next in line.
struct ReplyBuilder {
  static Reply* slot(const redisReadTask* task) {
    if (task->parent == nullptr) return static_cast<Redis*>(task->privdata)->slot_of_next_reply();
    return &static_cast<Reply*>(task->parent->obj)->elements[static_cast<std::size_t>(task->idx)];
  }

  static void* create_text(const redisReadTask* task, char* text, std::size_t length) {
    Reply* reply = slot(task);
    void* copy = reply == nullptr ? nullptr : allocate(task, length + 1, 1);
    if (copy == nullptr) return nullptr;
    std::memcpy(copy, text, length);
    reply->type = task->type == REDIS_REPLY_ERROR ? Reply::Type::kError : Reply::Type::kText;
    reply->text = {static_cast<const char*>(copy), length};
    return reply;
  }

  static void* create_array(const redisReadTask* task, int count) {
    Reply* reply = slot(task);
    if (reply == nullptr || count > kMostElements) return nullptr;
    const auto size = static_cast<std::size_t>(count);
    void* elements = allocate(task, std::max<std::size_t>(size, 1) * sizeof(Reply), alignof(Reply));
    if (elements == nullptr) return nullptr;
    reply->type = Reply::Type::kArray;
    reply->elements = {static_cast<Reply*>(elements), size};
    std::uninitialized_default_construct(reply->elements.begin(), reply->elements.end());
    return reply;
  }

  static void* create_integer(const redisReadTask* task, long long number) {
    Reply* reply = slot(task);
    if (reply == nullptr) return nullptr;
    reply->type = Reply::Type::kInteger;
    reply->integer = number;
    return reply;
  }

  static void* create_nil(const redisReadTask* task) {
    Reply* reply = slot(task);
    if (reply != nullptr) reply->type = Reply::Type::kNil;
    return reply;
  }

  static void free_nothing(void*) {}

  // Null, which hiredis takes for "out of memory", rather than an exception through C code.
  static void* allocate(const redisReadTask* task, std::size_t bytes, std::size_t alignment) {
    try {
      return static_cast<Redis*>(task->privdata)->arena_of_next_reply()->allocate(bytes, alignment);
    } catch (const std::bad_alloc&) {
      return nullptr;
    }
  }

  inline static redisReplyObjectFunctions functions{create_text, create_array, create_integer, create_nil,
                                                    free_nothing};
};

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
  context_->reader->fn = &ReplyBuilder::functions;
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
  if (address_.password_file.empty()) return;
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

// RESP: an array of bulk strings. hiredis would format each command into a string of its own.
void Redis::append(std::span<const std::string_view> words, Round* round, std::size_t index) {
  append_length(outbox_, '*', words.size());
  for (const std::string_view word : words) {
    append_length(outbox_, '$', word.size());
    outbox_ += word;
    outbox_ += "\r\n";
  }
  waiting_.push_back({round, index, tick_.loop.now()});
  unsent_ = true;
}

// Everything that the requests of this turn of the loop asked for goes out in one write.
void Redis::flush() {
  if (!unsent_ || state_ == State::kClosed || state_ == State::kConnecting) return;
  if (redisAppendFormattedCommand(context_.get(), outbox_.data(), outbox_.size()) != REDIS_OK) throw std::bad_alloc();
  outbox_.clear();
  int done = 0;
  if (redisBufferWrite(context_.get(), &done) != REDIS_OK) {
    drop(context_->errstr);
    return;
  }
  unsent_ = done == 0;
  if (unsent_ && !writable_.is_active()) writable_.start();
  if (!unsent_ && writable_.is_active()) writable_.stop();
}

void Redis::on_writable() {
  if (state_ == State::kConnecting) {
    int error = 0;
    socklen_t size = sizeof error;
    if (getsockopt(context_->fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error != 0) {
      drop(std::strerror(error));  // NOLINT(concurrency-mt-unsafe): glibc's is
      return;
    }
    state_ = State::kOpen;
    readable_.start();
    writable_.stop();
  }
  flush();
}

void Redis::on_readable() {
  if (redisBufferRead(context_.get()) != REDIS_OK) {
    drop(context_->errstr);
    return;
  }
  take_replies();
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
  unsent_ = false;
  readable_.stop();
  writable_.stop();
  tick_.stop();
  context_.reset();
  // Resuming those who wait may send new commands, which fail at once: the connection is closed.
  for (const Waiting& lost : std::exchange(waiting_, {})) {
    if (lost.round != nullptr) lost.round->lose_one();
  }
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
