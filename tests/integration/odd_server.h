#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "integration/socket.h"
#include "redis/address.h"

namespace sessiond::test {

/// A server at a port of 127.0.0.1 that answers as a test says, and not as a Redis would.
class OddServer {
 public:
  /// What it answers to the commands that came at once. Nothing ends the connection.
  using Answer = std::function<std::string(const std::string& commands)>;

  /// What it does behind an answer.
  enum Behind { kGoOn, kHangUp };

  /// Each connection asks from a thread of its own.
  explicit OddServer(Answer answer, Behind behind = kGoOn);
  ~OddServer();
  OddServer(const OddServer&) = delete;
  OddServer& operator=(const OddServer&) = delete;

  /// Host and port.
  [[nodiscard]] std::string place() const { return "127.0.0.1:" + std::to_string(port_); }
  [[nodiscard]] int port() const { return port_; }
  /// How many there were.
  [[nodiscard]] int connections() const { return connections_; }

 private:
  void talk(int fd) const;

  Answer answer_;
  Behind behind_;
  Fd listener_ = listen_at("127.0.0.1", 0, 8);
  int port_ = port_of(listener_.get());
  std::atomic<int> connections_ = 0;
  std::vector<Fd> peers_;
  std::vector<std::jthread> talking_;
  std::jthread accepting_;
};

/// How a server at this port of 127.0.0.1 is written for what is tested without a worker.
[[nodiscard]] Endpoint endpoint_of(int port);

/// Starts a worker for each answer, to which an OddServer gives no other, and waits for the reason that stands beside it.
/// `scheme` and `path` stand around the server's place in the worker's --redis, and `failure` before it in the reason.
void expect_reasons(const std::string& scheme, const std::string& path, const std::string& failure,
                    const std::vector<std::pair<std::string, std::string>>& answers);

}  // namespace sessiond::test
