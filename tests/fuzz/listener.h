#pragma once

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "base/fd.h"
#include "fuzz/fuzz.h"

namespace sessiond::fuzz {

/// A Unix socket of this process, where what a target plays listens.
class Listener {
 public:
  Listener() {
    std::snprintf(path_, sizeof path_, "/tmp/sessiond-fuzz.%d", getpid());
    listener_ = Fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path_, sizeof address.sun_path - 1);
    unlink(path_);
    PROMISE(bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    PROMISE(listen(listener_.get(), 16) == 0);
  }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  ~Listener() { unlink(path_); }

  [[nodiscard]] const char* path() const { return path_; }
  /// The next connection; an empty Fd when there is none.
  [[nodiscard]] Fd accept() const { return Fd(::accept(listener_.get(), nullptr, nullptr)); }

 private:
  char path_[64]{};
  Fd listener_;
};

}  // namespace sessiond::fuzz
