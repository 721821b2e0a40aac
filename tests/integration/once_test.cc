// What nginx sends the worker: what it sends again, and what it must not, as a worker that takes a request
// and dies may have acted on it; and which headers.
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "integration/fastcgi_client.h"
#include "integration/http_client.h"
#include "integration/nginx.h"
#include "integration/socket.h"
#include "integration/temp_dir.h"

namespace sessiond::test {
namespace {

/// Stands where the worker would. Answers the first request and keeps that connection, as the
/// worker does; takes each later one and closes without a word, as if it had died.
class DyingWorker {
 public:
  explicit DyingWorker(const std::string& path) : listener_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    if (bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        listen(listener_.get(), 16) != 0) {
      throw std::runtime_error("cannot listen on " + path);
    }
    thread_ = std::jthread([this] { accept_all(); });
  }
  ~DyingWorker() { shutdown(listener_.get(), SHUT_RDWR); }
  DyingWorker(const DyingWorker&) = delete;
  DyingWorker& operator=(const DyingWorker&) = delete;

  [[nodiscard]] int times_taken(const std::string& method) {
    const std::scoped_lock lock(guard_);
    return taken_[method];
  }
  [[nodiscard]] std::string first_request() {
    const std::scoped_lock lock(guard_);
    return first_request_;
  }

 private:
  void accept_all() {
    for (;;) {
      Fd connection(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!connection) return;
      connections_.emplace_back([this, fd = std::move(connection)] { serve(fd.get()); });
    }
  }

  void serve(int connection) {
    while (take(connection)) {
      const std::string answer = "Status: 200 OK\r\n\r\n{}";
      write_all(connection, fastcgi::record(fastcgi::kStdout, answer) + fastcgi::record(fastcgi::kStdout, "") +
                                fastcgi::record(fastcgi::kEndRequest, std::string(8, '\0')));
    }
  }

  // Takes a whole request. Whether it is to be answered.
  bool take(int connection) {
    const std::string end = fastcgi::record(fastcgi::kStdin, "");
    std::string request;
    while (!request.ends_with(end)) {
      const std::string more = read_some(connection);
      if (more.empty()) return false;
      request += more;
    }
    const std::scoped_lock lock(guard_);
    for (const std::string method : {"GET", "POST", "DELETE"}) {
      if (request.find("REQUEST_METHOD" + method) != std::string::npos) ++taken_[method];
    }
    if (requests_ == 0) first_request_ = request;
    return ++requests_ == 1;
  }

  Fd listener_;
  std::mutex guard_;
  std::map<std::string, int> taken_;
  int requests_ = 0;
  std::string first_request_;
  std::vector<std::jthread> connections_;
  std::jthread thread_;  // last: joined first
};

/// Asks with `method` after a connection was kept.
class Once : public ::testing::Test {
 protected:
  int ask(const std::string& method) {
    HttpClient client(nginx.socket(), HttpClient::Answers::kFromAStandIn);
    const std::string path = "/api/v1/auth/sessions";
    EXPECT_EQ(client.send({"GET", path, {}, {}}).status, 200);
    return client.send({method, path, {}, {}}).status;
  }

  TempDir folder;
  DyingWorker worker{folder / "public.sock"};
  Nginx nginx{folder};  // last: ended first, which ends its connections
};

TEST_F(Once, ADeleteIsNeverSentASecondTime) {
  EXPECT_EQ(ask("DELETE"), 502);
  EXPECT_EQ(worker.times_taken("DELETE"), 1);
}

TEST_F(Once, APostIsNeverSentASecondTime) {
  EXPECT_EQ(ask("POST"), 502);
  EXPECT_EQ(worker.times_taken("POST"), 1);
}

TEST_F(Once, AReadIsSentAgainWhenAKeptConnectionHasDied) {
  ask("GET");
  EXPECT_EQ(worker.times_taken("GET"), 3);
}

TEST(PassedOn, AreOnlyTheHeadersOfAClientThatAreNamedOneByOne) {
  for (const char* path : {"/api/v1/auth/sessions", "/api/v1/u/me", "/api/v1/auth/cli/redeem"}) {
    SCOPED_TRACE(path);
    TempDir folder;
    DyingWorker worker(folder / "public.sock");
    Nginx nginx(folder);
    HttpClient client(nginx.socket(), HttpClient::Answers::kFromAStandIn);
    static_cast<void>(client.send({"GET", path,
                                   {"Authorization: Bearer a-named-one", "Proxy: unnamed", "X-Unheard-Of: unnamed", "Request-Id: unnamed",
                                    "X-Request-Id: unnamed", "Request-Uri: unnamed", "Range: bytes=unnamed", "X-HTTP-Method-Override: unnamed"},
                                   {}}));
    EXPECT_NE(worker.first_request().find("a-named-one"), std::string::npos);
    EXPECT_EQ(worker.first_request().find("unnamed"), std::string::npos) << worker.first_request();
  }
}

}  // namespace
}  // namespace sessiond::test
