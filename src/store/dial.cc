#include "store/dial.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <utility>

namespace sessiond {
namespace {

// TCP keepalive, in seconds: a dead peer is noticed after 30 s, and a NAT or firewall sees a packet
// every 15 s, even while no event loop turns.
constexpr int kIdle = 15;
constexpr int kInterval = 5;
constexpr int kProbes = 3;

std::string error_text(int error) { return std::strerror(error); }  // NOLINT(concurrency-mt-unsafe): glibc's is safe

Error unavailable(std::string text) { return {Failure::kUnavailable, std::move(text)}; }

SocketAddress unix_address(const std::string& path) {
  SocketAddress address;
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  path.copy(name.sun_path, sizeof name.sun_path - 1);
  std::memcpy(&address.storage, &name, sizeof name);
  address.size = sizeof name;
  return address;
}

void set_option(int fd, int level, int option, int value) { setsockopt(fd, level, option, &value, sizeof value); }

Fd open_socket(int family) {
  Fd fd(socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return fd;
  // A Unix socket refuses them, and needs none.
  set_option(fd.get(), IPPROTO_TCP, TCP_NODELAY, 1);
  set_option(fd.get(), SOL_SOCKET, SO_KEEPALIVE, 1);
  set_option(fd.get(), IPPROTO_TCP, TCP_KEEPIDLE, kIdle);
  set_option(fd.get(), IPPROTO_TCP, TCP_KEEPINTVL, kInterval);
  set_option(fd.get(), IPPROTO_TCP, TCP_KEEPCNT, kProbes);
  return fd;
}

}  // namespace

Dial::Dial(ev::loop_ref loop, const Endpoint& endpoint, double timeout, Ended ended)
    : endpoint_(endpoint),
      timeout_(timeout),
      ended_(std::move(ended)),
      lookup_(loop, endpoint.host, endpoint.port, [this](const Result<SocketAddresses>& found) { on_found(found); }),
      writable_(loop),
      timer_(loop) {
  writable_.set<Dial, &Dial::on_writable>(this);
  timer_.set<Dial, &Dial::on_timeout>(this);
}

void Dial::start() {
  deadline_ = timer_.loop.now() + timeout_;
  failures_.clear();
  if (!endpoint_.unix_path.empty()) {
    try_all({unix_address(endpoint_.unix_path)});
  } else if (auto address = numeric_address(endpoint_.host, endpoint_.port)) {
    try_all(std::move(*address));
  } else {
    addresses_.clear();
    timer_.start(timeout_, 0);
    lookup_.start();
  }
}

void Dial::stop() {
  lookup_.stop();
  writable_.stop();
  timer_.stop();
  fd_ = Fd();
}

void Dial::on_found(const Result<SocketAddresses>& found) {
  if (found) {
    try_all(*found);
  } else {
    end(unavailable("the name " + endpoint_.host + " does not resolve: " + found.error().text));
  }
}

void Dial::try_all(SocketAddresses addresses) {
  addresses_ = std::move(addresses);
  next_ = 0;
  try_next();
}

void Dial::try_next() {
  for (; next_ < addresses_.size(); ++next_) {
    const SocketAddress& address = addresses_[next_];
    fd_ = open_socket(address.storage.ss_family);
    if (fd_ && connect(fd_.get(), address.get(), address.size) == 0) {
      end(std::move(fd_));
      return;
    }
    if (fd_ && errno == EINPROGRESS) {
      const auto left = static_cast<double>(addresses_.size() - next_);
      timer_.start(std::max(0.0, deadline_ - timer_.loop.now()) / left, 0);
      writable_.set(fd_.get(), ev::WRITE);
      writable_.start();
      return;
    }
    note_failure(error_text(errno));
  }
  end(unavailable(failures_));
}

void Dial::on_writable() {
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(fd_.get(), SOL_SOCKET, SO_ERROR, &error, &size);
  writable_.stop();
  if (error == 0) {
    end(std::move(fd_));
    return;
  }
  note_failure(error_text(error));
  ++next_;
  try_next();
}

void Dial::on_timeout() {
  if (addresses_.empty()) {
    end(unavailable("the name " + endpoint_.host + " does not resolve in time"));
    return;
  }
  writable_.stop();
  note_failure("cannot connect in time");
  ++next_;
  try_next();
}

// Where there are several addresses, each with its own reason.
void Dial::note_failure(const std::string& reason) {
  if (!failures_.empty()) failures_ += ", ";
  if (addresses_.size() > 1) failures_ += addresses_[next_].text() + ": ";
  failures_ += reason;
}

void Dial::end(Result<Fd> result) {
  stop();
  ended_(std::move(result));
}

}  // namespace sessiond
