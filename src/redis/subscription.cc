#include "redis/subscription.h"

#include <array>
#include <cerrno>
#include <utility>

#include "log/log.h"
#include "redis/command.h"
#include "redis/greeting.h"
#include "redis/password.h"

namespace sessiond {
namespace {

constexpr std::size_t kSubscriptionRead = 16UL * 1024;  // bytes, in one read
constexpr double kPingInterval = 1.0;                   // seconds
constexpr double kRetry = 0.2;                          // seconds before the next server is tried

}  // namespace

Subscription::Subscription(ev::loop_ref loop, RedisAddress address, std::string channel, Events events)
    : loop_(loop),
      address_(std::move(address)),
      channel_name_(std::move(channel)),
      events_(std::move(events)),
      readable_(loop),
      tick_(loop),
      retry_(loop) {
  readable_.set<Subscription, &Subscription::on_readable>(this);
  tick_.set<Subscription, &Subscription::on_tick>(this);
  retry_.set<Subscription, &Subscription::try_next>(this);
}

void Subscription::start() { retry_.start(0); }

void Subscription::try_next() {
  const std::vector<Endpoint> servers = events_.servers();
  const Endpoint& server = servers[tried_++ % servers.size()];
  dial_ = std::make_unique<Dial>(loop_, server, address_.identity, address_.timeout,
                                 [this](Result<Channel> dialed) { on_dialed(std::move(dialed)); });
  dial_->start();
}

void Subscription::on_dialed(Result<Channel> dialed) {
  if (!dialed) return drop(dialed.error().text);
  channel_ = std::move(*dialed);
  reader_.emplace(*this);
  heard_at_ = loop_.now();
  begun_ = false;
  readable_.start(channel_.fd(), ev::READ);
  tick_.start(kPingInterval, kPingInterval);
  std::string bytes;
  password_sent_ = !address_.password_file.empty();
  if (password_sent_) {
    const Result<Done> good = append_auth(bytes, address_.user, address_.password_file);
    if (!good) return drop(good.error().text);
  }
  append_command(bytes, std::array<std::string_view, 2>{"SUBSCRIBE", channel_name_});
  send(bytes);
}

// What is sent is short, so the connection takes all of it at once.
void Subscription::send(std::string_view bytes) {
  if (channel_.send(bytes) != static_cast<ssize_t>(bytes.size())) drop(channel_.reason());
}

void Subscription::on_readable() {
  std::array<char, kSubscriptionRead> block;
  const ssize_t count = channel_.receive(block);
  if (count < 0 && errno == EAGAIN) return;
  if (count <= 0) return drop(count == 0 ? "it has closed the connection" : channel_.reason());
  heard_at_ = loop_.now();
  reader_->feed({block.data(), static_cast<std::size_t>(count)});
  take_replies();
}

void Subscription::take_replies() {
  while (reader_) {
    const Reply* reply = reader_->next();
    if (reply == nullptr) {
      if (const std::string fault = reader_->fault(); !fault.empty()) drop("it is no Redis: " + fault);
      return;
    }
    if (!take(*reply)) return;
  }
}

// Whether to go on with the next reply.
bool Subscription::take(const Reply& reply) {
  if (reply.is_error()) {
    drop("it answers: " + (password_sent_ ? quote_auth_error(reply.text) : quote_redis(reply.text)));
    return false;
  }
  if (std::exchange(password_sent_, false)) return true;
  const std::string_view kind = reply.text_at(0).value_or("");
  if (kind == "subscribe" && !begun_) {
    begun_ = true;
    trouble_logged_ = false;
    events_.begun();
  } else if (kind == "message") {
    events_.heard(reply.text_at(2).value_or(""));
  }
  return true;
}

// Something is heard at least every interval: the answer to the last PING.
void Subscription::on_tick() {
  if (loop_.now() - heard_at_ > kPingInterval + address_.timeout) return drop("it does not answer in time");
  std::string bytes;
  append_command(bytes, std::array<std::string_view, 1>{"PING"});
  send(bytes);
}

void Subscription::drop(const std::string& reason) {
  if (!std::exchange(trouble_logged_, true)) log::warning("cannot receive events for now: " + reason);
  hang_up();
  retry_.start(kRetry);
}

void Subscription::hang_up() {
  tick_.stop();
  readable_.stop();
  reader_.reset();
  channel_ = Channel();
}

Reply* Subscription::next_reply() {
  reply_ = Reply{};
  memory_.release();
  return &reply_;
}

}  // namespace sessiond
