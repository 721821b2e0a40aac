#pragma once

#include <ev++.h>

#include <coroutine>
#include <optional>
#include <string>

#include "base/result.h"
#include "redis/address.h"
#include "redis/channel.h"
#include "redis/dial.h"

namespace sessiond::deliver {

/// Sends HTTP/1.1 requests to a server, each over a connection of its own, one at a time, and hears what status it
/// answers. With TLS its certificate is verified by the system's authorities. Never blocks. Belongs to the loop's
/// thread.
class Post {
 public:
  /// `timeout`: seconds for the whole of each.
  Post(ev::loop_ref loop, const Endpoint& server, double timeout);

  /// Awaited: the status of the answer, or why there is none, for people.
  struct Answer {
    Post& post;

    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> awaiting) { post.begin(awaiting); }
    Result<int> await_resume() { return *post.result_; }
  };
  [[nodiscard]] Answer send(std::string request);

 private:
  void begin(std::coroutine_handle<> awaiting);
  void on_dialed(Result<Channel> dialed);
  void on_ready();
  void send_some();
  void receive_some();
  void on_timeout();
  void settle(Result<int> result);
  void hand_over();

  double timeout_;
  Dial dial_;
  Channel channel_;
  std::string request_;
  std::size_t sent_ = 0;
  std::string answer_;  // as far as it has come
  std::optional<Result<int>> result_;
  std::coroutine_handle<> awaiting_;
  ev::io ready_;
  ev::timer patience_;
  ev::timer settled_;  // resumes the coroutine in a later turn of the loop
};

}  // namespace sessiond::deliver
