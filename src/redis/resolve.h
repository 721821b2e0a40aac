#pragma once

#include <ev++.h>
#include <sys/socket.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace sessiond {

/// An address that a socket connects to.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;

  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
  /// Without the port, for people.
  [[nodiscard]] std::string text() const;
};

using SocketAddresses = std::vector<SocketAddress>;

/// The address that `host` is, if it is written as one: nothing is looked up.
[[nodiscard]] std::optional<SocketAddresses> numeric_address(const std::string& host, int port);

/// Looks the addresses of a host up on a thread of its own, for a resolver may take half a minute.
/// One look-up at a time: while one is under way, all who ask wait for it, and a thread that outlives
/// its Lookup ends by itself and touches nothing. The rest belongs to the loop's thread.
class Lookup {
 public:
  using Found = std::function<void(const Result<SocketAddresses>&)>;

  /// `found` is called in the loop; it fails with getaddrinfo(3)'s words.
  Lookup(ev::loop_ref loop, std::string host, int port, Found found);
  ~Lookup();
  Lookup(const Lookup&) = delete;
  Lookup& operator=(const Lookup&) = delete;

  /// Calls `found` once, later.
  void start();
  /// Does not call `found` after all. The result then serves the next `start`.
  void stop() { awaited_ = false; }

 private:
  struct Shared;

  void begin();
  void take();

  std::string host_;
  int port_;
  Found found_;
  bool awaited_ = false;
  std::shared_ptr<Shared> under_way_;  // with the thread; null when there is none
  ev::async woken_;
};

}  // namespace sessiond
