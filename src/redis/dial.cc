#include "redis/dial.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <utility>

#include "base/text.h"

namespace sessiond {
namespace {

// TCP keepalive, in seconds: a dead peer is noticed after 30 s, and a NAT or firewall sees a packet
// every 15 s, even while no event loop turns.
constexpr int kIdle = 15;
constexpr int kInterval = 5;
constexpr int kProbes = 3;

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
  // A Unix socket refuses these options, and needs none.
  set_option(fd.get(), IPPROTO_TCP, TCP_NODELAY, 1);
  set_option(fd.get(), SOL_SOCKET, SO_KEEPALIVE, 1);
  set_option(fd.get(), IPPROTO_TCP, TCP_KEEPIDLE, kIdle);
  set_option(fd.get(), IPPROTO_TCP, TCP_KEEPINTVL, kInterval);
  set_option(fd.get(), IPPROTO_TCP, TCP_KEEPCNT, kProbes);
  return fd;
}

}  // namespace

Dial::Dial(ev::loop_ref loop, const Endpoint& endpoint, const TlsIdentity& identity, double timeout, Ended ended)
    : endpoint_(endpoint),
      identity_(identity),
      timeout_(timeout),
      ended_(std::move(ended)),
      lookup_(loop, endpoint.host, endpoint.port, [this](const Result<SocketAddresses>& found) { on_found(found); }),
      ready_(loop),
      timer_(loop) {
  ready_.set<Dial, &Dial::on_ready>(this);
  timer_.set<Dial, &Dial::on_timeout>(this);
}

void Dial::start() {
  deadline_ = timer_.loop.now() + timeout_;
  failures_.clear();
  if (!endpoint_.unix_path.empty()) {
    try_all({unix_address(endpoint_.unix_path)});
  } else if (auto numeric = numeric_address(endpoint_.host, endpoint_.port)) {
    try_all(std::move(*numeric));
  } else {
    addresses_.clear();
    timer_.start(timeout_, 0);
    lookup_.start();
  }
}

void Dial::stop() {
  lookup_.stop();
  ready_.stop();
  timer_.stop();
  channel_ = Channel();
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
  if (next_ == addresses_.size()) {
    end(unavailable(failures_));
    return;
  }
  const SocketAddress& address = addresses_[next_];
  Fd fd = open_socket(address.storage.ss_family);
  const bool connected = fd && connect(fd.get(), address.get(), address.size) == 0;
  if (!connected && (!fd || errno != EINPROGRESS)) {
    give_up_this_one(errno_text(errno));
    return;
  }
  channel_ = Channel(std::move(fd));
  connected_ = false;
  const auto left = static_cast<double>(addresses_.size() - next_);
  timer_.start(std::max(0.0, deadline_ - timer_.loop.now()) / left, 0);
  if (connected) on_connected();
  else await(ev::WRITE);
}

void Dial::await(int events) {
  ready_.stop();
  ready_.start(channel_.fd(), events);
}

void Dial::on_ready() {
  if (connected_) {
    shake_hands();
    return;
  }
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(channel_.fd(), SOL_SOCKET, SO_ERROR, &error, &size);
  if (error == 0) on_connected();
  else give_up_this_one(errno_text(error));
}

void Dial::on_connected() {
  connected_ = true;
  if (!endpoint_.tls) {
    end(std::move(channel_));
    return;
  }
  const Result<Done> begun = channel_.begin_tls(identity_, endpoint_.host);
  if (begun) shake_hands();
  else end(begun.error());  // the next address would not do better
}

void Dial::shake_hands() {
  const Result<Channel::Need> need = channel_.shake_hands();
  if (!need) give_up_this_one(need.error().text);
  else if (*need == Channel::Need::kNothing) end(std::move(channel_));
  else await(*need == Channel::Need::kRead ? ev::READ : ev::WRITE);
}

void Dial::on_timeout() {
  if (addresses_.empty()) {
    end(unavailable("the name " + endpoint_.host + " does not resolve in time"));
  } else {
    give_up_this_one(connected_
                         ? "it does not answer the TLS handshake in time, as one that speaks no TLS and is written " +
                               identity_.without_tls
                         : "cannot connect in time");
  }
}

void Dial::give_up_this_one(const std::string& reason) {
  ready_.stop();
  note_failure(reason);
  ++next_;
  try_next();
}

// When there are several addresses, each failure is noted with its address.
void Dial::note_failure(const std::string& reason) {
  if (!failures_.empty()) failures_ += ", ";
  if (addresses_.size() > 1) failures_ += addresses_[next_].text() + ": ";
  failures_ += reason;
}

void Dial::end(Result<Channel> result) {
  stop();
  ended_(std::move(result));
}

}  // namespace sessiond
