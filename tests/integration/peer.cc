#include "integration/peer.h"

#include <poll.h>
#include <sys/socket.h>

#include <stdexcept>

#include "integration/fastcgi_client.h"
#include "integration/http_peer.h"
#include "integration/process.h"
#include "integration/socket.h"

namespace sessiond::test {

Peer::Peer(const std::string& socket) : fd_(connect_to(socket)) {
  if (!fd_) throw std::runtime_error("nobody listens at " + socket);
}

bool Peer::write(std::string_view bytes) { return write_all(fd_.get(), bytes); }

void Peer::say_no_more() const { shutdown(fd_.get(), SHUT_WR); }

void Peer::wait_until_taken() const { test::wait_until_taken(fd_.get()); }

bool Peer::readable() const {
  pollfd end{fd_.get(), POLLIN, 0};
  return poll(&end, 1, 0) > 0;
}

Response Peer::ask(std::string_view request) {
  write(request);
  return read_response();
}

void Peer::wait_for_end() const {
  pollfd end{fd_.get(), 0, 0};  // POLLHUP is always told
  const auto patience = std::chrono::duration_cast<std::chrono::milliseconds>(kPatience);
  if (poll(&end, 1, static_cast<int>(patience.count())) != 1) throw std::runtime_error("the worker does not close the connection");
}

std::string Peer::read_to_end() {
  std::string all = std::move(buffer_);
  for (std::string more = read_some(fd_.get()); !more.empty(); more = read_some(fd_.get())) all += more;
  return all;
}

void Peer::read_more() {
  const std::string more = read_some(fd_.get());
  if (more.empty()) throw std::runtime_error("the worker closed the connection before its answer");
  buffer_ += more;
}

std::unique_ptr<Peer> peer_of(const std::string& socket) {
  if (socket.ends_with("public.sock")) return std::make_unique<FastCgiClient>(socket);
  return std::make_unique<HttpPeer>(socket);
}

}  // namespace sessiond::test
