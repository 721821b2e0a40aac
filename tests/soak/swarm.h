#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"

namespace sessiond::test {

/// As many HTTP clients as wanted, in one thread: each has one request under way and sends the next
/// as soon as its answer has come. Each may use several doors (Unix sockets of nginx), with a kept
/// connection to each.
class Swarm {
 public:
  struct Request {
    std::size_t door = 0;
    std::string bytes;
  };
  struct Answer {
    int status = 0;
    std::string_view head;  // with its status line; until the next answer
    std::string_view body;
    std::chrono::duration<double> took{};
  };
  struct Load {
    std::chrono::duration<double> time{};  // no new request begins after it
    std::uint64_t requests = UINT64_MAX;   // nor after so many
    double per_second = 0;                 // at most so many begin in a second; 0: as many as there can be
  };

  Swarm(std::vector<std::string> doors, std::size_t clients);

  /// Lets `next` say what a client asks and `seen` look at what it was told, until the load is over
  /// and every answer has come. How many there were. Throws when an answer does not come for long.
  std::uint64_t run(const Load& load, const std::function<Request(std::size_t client)>& next,
                    const std::function<void(std::size_t client, const Answer&)>& seen);

 private:
  struct Client {
    std::vector<Fd> connections;  // one a door, opened when first used
    std::size_t door = 0;         // of the request under way
    std::string received;
    std::chrono::steady_clock::time_point sent;
  };

  void ask(std::size_t client, const Request& request);
  /// Whether the answer is whole. What belongs to it is then at the front of what was received.
  bool receive(std::size_t client, Answer& answer);

  std::vector<std::string> doors_;
  std::vector<Client> clients_;
  Fd epoll_;
};

/// `GET path` and its like, with a bearer token and a JSON body where there are any.
[[nodiscard]] std::string http_request(const std::string& method, const std::string& path, const std::string& token = "",
                                       const std::string& body = "");

/// The smallest time that so large a share (0.99) of all do not exceed, in milliseconds.
[[nodiscard]] double percentile(std::vector<double> seconds, double share);

}  // namespace sessiond::test
