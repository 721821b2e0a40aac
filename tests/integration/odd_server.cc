#include "integration/odd_server.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>

#include "integration/readiness.h"
#include "integration/temp_dir.h"
#include "integration/worker.h"

namespace sessiond::test {

OddServer::OddServer(Answer answer, Behind behind) : answer_(std::move(answer)), behind_(behind) {
  accepting_ = std::jthread([this](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      const int fd = accept(listener_.get(), nullptr, nullptr);
      if (fd < 0) continue;
      ++connections_;
      peers_.emplace_back(fd);
      talking_.emplace_back([this, fd] { talk(fd); });
    }
  });
}

OddServer::~OddServer() {
  accepting_.request_stop();
  shutdown(listener_.get(), SHUT_RDWR);
  accepting_.join();
  for (const Fd& peer : peers_) shutdown(peer.get(), SHUT_RDWR);
  talking_.clear();  // waits for each
}

void OddServer::talk(int fd) const {
  std::array<char, 16384> block{};
  for (;;) {
    const ssize_t count = recv(fd, block.data(), block.size(), 0);
    if (count <= 0) return;
    const std::string answer = answer_(std::string(block.data(), static_cast<std::size_t>(count)));
    if (answer.empty() || !write_all(fd, answer) || behind_ == kHangUp) {
      shutdown(fd, SHUT_RDWR);
      return;
    }
  }
}

Endpoint endpoint_of(int port) {
  Endpoint endpoint;
  endpoint.unix_path.clear();
  endpoint.host = "127.0.0.1";
  endpoint.port = port;
  return endpoint;
}

void expect_reasons(const std::string& scheme, const std::string& path, const std::string& failure,
                    const std::vector<std::pair<std::string, std::string>>& answers) {
  for (const auto& [answer, reason] : answers) {
    SCOPED_TRACE(answer);
    TempDir folder;
    const OddServer odd([&text = answer](const std::string&) { return text; });
    Worker worker(folder, {"--redis", scheme + odd.place() + path, "--redis-password-file", "", "--threads", "1"});
    wait_for_reason(worker, failure + ": " + odd.place() + ": " + reason);
  }
}

}  // namespace sessiond::test
