#include "deliver/post.h"

#include <array>
#include <cerrno>
#include <string_view>
#include <utility>

#include "events/webhook.h"

namespace sessiond::deliver {
namespace {

constexpr std::size_t kMostRead = 16UL * 1024;  // bytes, in one read

Error failed(std::string text) { return {Failure::kUnavailable, std::move(text)}; }

TlsIdentity of_a_receiver() {
  TlsIdentity identity;
  identity.without_tls = "http://";
  return identity;
}

}  // namespace

Post::Post(ev::loop_ref loop, const Endpoint& server, double timeout)
    : timeout_(timeout),
      dial_(loop, server, of_a_receiver(), timeout, [this](Result<Channel> dialed) { on_dialed(std::move(dialed)); }),
      ready_(loop),
      patience_(loop),
      settled_(loop) {
  ready_.set<Post, &Post::on_ready>(this);
  patience_.set<Post, &Post::on_timeout>(this);
  settled_.set<Post, &Post::hand_over>(this);
}

Post::Answer Post::send(std::string request) {
  request_ = std::move(request);
  return {*this};
}

void Post::begin(std::coroutine_handle<> awaiting) {
  awaiting_ = awaiting;
  sent_ = 0;
  answer_.clear();
  patience_.start(timeout_, 0);
  dial_.start();
}

void Post::on_dialed(Result<Channel> dialed) {
  if (!dialed) return settle(dialed.error());
  channel_ = std::move(*dialed);
  ready_.start(channel_.fd(), ev::READ | ev::WRITE);
}

void Post::on_ready() {
  if (sent_ < request_.size()) send_some();
  else receive_some();
}

void Post::send_some() {
  const ssize_t count = channel_.send(std::string_view(request_).substr(sent_));
  if (count < 0 && errno == EAGAIN) return;
  if (count < 0) return settle(failed(channel_.reason()));
  sent_ += static_cast<std::size_t>(count);
  if (sent_ == request_.size()) ready_.start(channel_.fd(), ev::READ);
}

void Post::receive_some() {
  std::array<char, kMostRead> block;
  const ssize_t count = channel_.receive(block);
  if (count < 0 && errno == EAGAIN) return;
  if (count <= 0) return settle(failed(count == 0 ? "it closed the connection without an answer" : channel_.reason()));
  answer_.append(block.data(), static_cast<std::size_t>(count));
  const auto status = events::parse_status(answer_);
  if (!status) return;
  if (*status == 0) return settle(failed("what it answers is no HTTP/1.1"));
  settle(*status);
}

void Post::on_timeout() { settle(failed("it did not answer in time")); }

void Post::settle(Result<int> result) {
  result_ = std::move(result);
  patience_.stop();
  ready_.stop();
  dial_.stop();
  channel_ = Channel();
  settled_.start(0);
}

void Post::hand_over() { std::exchange(awaiting_, {}).resume(); }

}  // namespace sessiond::deliver
