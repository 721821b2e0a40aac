#include "store/sentinels.h"

#include <hiredis/hiredis.h>

#include <array>
#include <cerrno>
#include <new>
#include <optional>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "store/command.h"
#include "store/greeting.h"
#include "store/password.h"

namespace sessiond {
namespace {

constexpr std::size_t kMostRead = 16UL * 1024;  // bytes, in one read

struct ReplyDeleter {
  void operator()(redisReply* reply) const { freeReplyObject(reply); }
};

std::string_view text_of(const redisReply& reply) {
  return reply.str == nullptr ? std::string_view() : std::string_view(reply.str, static_cast<std::size_t>(reply.len));
}

// Of one that is reached as the sentinel is: with TLS or without.
std::optional<Endpoint> endpoint_in(const redisReply& reply, const Endpoint& sentinel) {
  if (reply.type != REDIS_REPLY_ARRAY || reply.elements != 2) return std::nullopt;
  const auto port = parse_number<int>(text_of(*reply.element[1]));
  if (text_of(*reply.element[0]).empty() || !port || *port < 1 || *port > kHighestPort) return std::nullopt;
  Endpoint primary = sentinel;
  primary.host = text_of(*reply.element[0]);
  primary.port = *port;
  return primary;
}

}  // namespace

void Sentinels::ReaderDeleter::operator()(redisReader* reader) const { redisReaderFree(reader); }

Sentinels::Sentinels(ev::loop_ref loop, const RedisAddress& address, Told told)
    : address_(address), told_(std::move(told)), readable_(loop), patience_(loop) {
  for (const Endpoint& sentinel : address_.sentinels) {
    dials_.push_back(std::make_unique<Dial>(loop, sentinel, address_.identity, share_of_timeout(),
                                            [this](Result<Channel> dialed) { on_dialed(std::move(dialed)); }));
  }
  readable_.set<Sentinels, &Sentinels::on_readable>(this);
  patience_.set<Sentinels, &Sentinels::on_timeout>(this);
}

double Sentinels::share_of_timeout() const { return address_.timeout / static_cast<double>(address_.sentinels.size()); }

void Sentinels::ask() {
  if (std::exchange(asking_, true)) return;
  tried_ = 0;
  failures_.clear();
  try_this_one();
}

void Sentinels::doubt() {
  hang_up();
  move_on();
}

void Sentinels::stop() {
  if (!std::exchange(asking_, false)) return;
  dials_[current_]->stop();
  hang_up();  // the answer that is still to come is not one to the next question
}

void Sentinels::try_this_one() {
  if (channel_) send_question({});
  else dials_[current_]->start();
}

void Sentinels::on_dialed(Result<Channel> dialed) {
  std::string password;
  const Result<Done> good = dialed ? add_password(password) : Result<Done>(dialed.error());
  if (!good) {
    give_up_this_one(good.error().text);
    return;
  }
  channel_ = std::move(*dialed);
  reader_.reset(redisReaderCreate());
  if (reader_ == nullptr) throw std::bad_alloc();
  readable_.start(channel_.fd(), ev::READ);
  send_question(std::move(password));
}

// Sentinels have users and passwords of their own.
Result<Done> Sentinels::add_password(std::string& bytes) {
  password_sent_ = !address_.sentinel_password_file.empty();
  if (!password_sent_) return Done{};
  const Result<std::string> password = read_password(address_.sentinel_password_file);
  if (!password) return password.error();
  const std::string& user = address_.sentinel_user.empty() ? std::string("default") : address_.sentinel_user;
  append_command(bytes, std::array<std::string_view, 3>{"AUTH", user, *password});
  return Done{};
}

// So little is taken at once by a connection on which nothing else is under way.
void Sentinels::send_question(std::string before) {
  std::string bytes = std::move(before);
  append_command(bytes, std::array<std::string_view, 3>{"SENTINEL", "get-master-addr-by-name", address_.primary_name});
  patience_.start(share_of_timeout(), 0);
  if (channel_.send(bytes) != static_cast<ssize_t>(bytes.size())) give_up_this_one(channel_.reason());
}

void Sentinels::on_readable() {
  std::array<char, kMostRead> block;
  const ssize_t count = channel_.receive(block);
  if (count < 0 && errno == EAGAIN) return;
  if (count <= 0) {
    const std::string reason = count == 0 ? "it has closed the connection" : channel_.reason();
    if (asking_) give_up_this_one(reason);
    else hang_up();
    return;
  }
  if (redisReaderFeed(reader_.get(), block.data(), static_cast<std::size_t>(count)) != REDIS_OK) throw std::bad_alloc();
  take_replies();
}

void Sentinels::take_replies() {
  while (asking_) {
    void* read = nullptr;
    const bool good = redisReaderGetReply(reader_.get(), &read) == REDIS_OK;
    const std::unique_ptr<redisReply, ReplyDeleter> reply(static_cast<redisReply*>(read));
    if (!good) {
      give_up_this_one(std::string("it is no sentinel: ") + reader_->errstr);
      return;
    }
    if (reply == nullptr) return;
    if (reply->type == REDIS_REPLY_ERROR) {
      give_up_this_one("it answers: " +
                       (password_sent_ ? quote_auth_error(text_of(*reply)) : quote_redis(text_of(*reply))));
      return;
    }
    if (std::exchange(password_sent_, false)) continue;
    const std::optional<Endpoint> primary = endpoint_in(*reply, address_.sentinels[current_]);
    if (!primary) {
      give_up_this_one("it knows no primary called " + address_.primary_name);
      return;
    }
    settle(*primary);
    return;
  }
}

void Sentinels::on_timeout() { give_up_this_one("it does not answer in time"); }

void Sentinels::give_up_this_one(const std::string& reason) {
  if (!failures_.empty()) failures_ += ", ";
  failures_ += address_.sentinels[current_].text() + ": " + reason;
  hang_up();
  move_on();
  if (++tried_ == dials_.size())
    settle(Error{Failure::kUnavailable, "no sentinel says where the primary is: " + failures_});
  else try_this_one();
}

void Sentinels::move_on() { current_ = (current_ + 1) % dials_.size(); }

void Sentinels::settle(const Result<Endpoint>& result) {
  asking_ = false;
  patience_.stop();
  told_(result);
}

void Sentinels::hang_up() {
  patience_.stop();
  readable_.stop();
  reader_.reset();
  channel_ = Channel();
}

}  // namespace sessiond
