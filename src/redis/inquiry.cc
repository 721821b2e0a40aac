#include "redis/inquiry.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <utility>

#include "redis/command.h"
#include "redis/greeting.h"
#include "redis/password.h"

namespace sessiond {
namespace {

constexpr std::size_t kInquiryRead = 16UL * 1024;  // bytes, in one read
constexpr double kLeastShare = 0.1;                // seconds that each server has at least

}  // namespace

Inquiry::Inquiry(ev::loop_ref loop, TlsIdentity identity, double timeout, Question question, Events events)
    : loop_(loop),
      identity_(std::move(identity)),
      timeout_(timeout),
      question_(std::move(question)),
      events_(std::move(events)),
      readable_(loop),
      patience_(loop) {
  readable_.set<Inquiry, &Inquiry::on_readable>(this);
  patience_.set<Inquiry, &Inquiry::on_timeout>(this);
}

// Servers that stay keep their Dial, which may have a look-up under way, and their connection.
void Inquiry::set_servers(const std::vector<Endpoint>& servers) {
  std::vector<Server> known = std::exchange(servers_, {});
  const Endpoint current = known.empty() ? Endpoint() : known[current_].endpoint;
  for (const Endpoint& endpoint : servers) {
    const auto stays = std::ranges::find(known, endpoint, &Server::endpoint);
    if (stays != known.end()) servers_.push_back(std::move(*stays));
    else servers_.push_back({endpoint, nullptr});
  }
  const auto now = std::ranges::find(servers_, current, &Server::endpoint);
  if (now == servers_.end()) hang_up();
  current_ = now == servers_.end() ? 0 : static_cast<std::size_t>(now - servers_.begin());
}

double Inquiry::share_of_timeout() const {
  return std::max(timeout_ / static_cast<double>(servers_.size()), std::min(kLeastShare, timeout_));
}

void Inquiry::ask() {
  if (std::exchange(asking_, true)) return;
  tried_ = 0;
  failures_.clear();
  try_this_one();
}

void Inquiry::doubt() {
  if (asking_) return;
  hang_up();
  move_on();
}

void Inquiry::stop() {
  if (!std::exchange(asking_, false)) return;
  if (const auto& dial = servers_[current_].dial) dial->stop();
  hang_up();  // so that a late answer is not taken for one to the next question
}

void Inquiry::try_this_one() {
  if (channel_) {
    send_question({});
    return;
  }
  Server& server = servers_[current_];
  if (!server.dial) {
    server.dial = std::make_unique<Dial>(loop_, server.endpoint, identity_, share_of_timeout(),
                                         [this](Result<Channel> dialed) { on_dialed(std::move(dialed)); });
  }
  server.dial->start();
}

void Inquiry::on_dialed(Result<Channel> dialed) {
  std::string password;
  password_sent_ = !question_.password_file.empty();
  Result<Done> good = dialed ? Result<Done>(Done{}) : Result<Done>(dialed.error());
  if (good && password_sent_) good = append_auth(password, question_.user, question_.password_file);
  if (!good) {
    give_up_this_one(good.error().text);
    return;
  }
  channel_ = std::move(*dialed);
  reader_.emplace(*this);
  readable_.start(channel_.fd(), ev::READ);
  send_question(std::move(password));
}

// A question is short, so an idle connection takes all of it at once.
void Inquiry::send_question(std::string before) {
  std::string bytes = std::move(before);
  for (const auto& command : question_.commands) {
    const std::vector<std::string_view> words(command.begin(), command.end());
    append_command(bytes, words);
  }
  answered_ = 0;
  patience_.start(share_of_timeout(), 0);
  if (channel_.send(bytes) != static_cast<ssize_t>(bytes.size())) give_up_this_one(channel_.reason());
}

void Inquiry::on_readable() {
  std::array<char, kInquiryRead> block;
  const ssize_t count = channel_.receive(block);
  if (count < 0 && errno == EAGAIN) return;
  if (count <= 0) {
    const std::string reason = count == 0 ? "it has closed the connection" : channel_.reason();
    if (asking_) give_up_this_one(reason);
    else hang_up();
    return;
  }
  if (!asking_) {
    hang_up();  // it sent something that nobody asked for
    return;
  }
  reader_->feed({block.data(), static_cast<std::size_t>(count)});
  take_replies();
}

Reply* Inquiry::next_reply() {
  reply_ = Reply{};
  memory_.release();
  return &reply_;
}

void Inquiry::take_replies() {
  while (asking_) {
    const Reply* reply = reader_->next();
    if (reply == nullptr) {
      if (const std::string fault = reader_->fault(); !fault.empty()) give_up_this_one("it is no Redis: " + fault);
      return;
    }
    if (reply->is_error()) {
      give_up_this_one("it answers: " + (password_sent_ ? quote_auth_error(reply->text) : quote_redis(reply->text)));
      return;
    }
    if (std::exchange(password_sent_, false)) continue;
    if (const Result<Done> good = events_.read(answered_, *reply, servers_[current_].endpoint); !good) {
      give_up_this_one(good.error().text);
      return;
    }
    if (++answered_ < question_.commands.size()) continue;
    settle(Done{});
    return;
  }
}

void Inquiry::on_timeout() { give_up_this_one("it does not answer in time"); }

void Inquiry::give_up_this_one(const std::string& reason) {
  if (!failures_.empty()) failures_ += ", ";
  failures_ += servers_[current_].endpoint.text() + ": " + reason;
  hang_up();
  move_on();
  if (++tried_ == servers_.size()) settle(Error{Failure::kUnavailable, question_.unanswered + ": " + failures_});
  else try_this_one();
}

void Inquiry::move_on() { current_ = (current_ + 1) % servers_.size(); }

void Inquiry::settle(const Result<Done>& result) {
  asking_ = false;
  patience_.stop();
  events_.ended(result);
}

void Inquiry::hang_up() {
  patience_.stop();
  readable_.stop();
  reader_.reset();
  channel_ = Channel();
}

}  // namespace sessiond
