#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "integration/socket.h"

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

}  // namespace sessiond::test
