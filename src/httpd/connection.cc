#include "httpd/connection.h"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <utility>

namespace sessiond::httpd {
namespace {

constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

}  // namespace

Connection::Connection(ev::loop_ref loop, Fd fd, http::Realm realm, double receive_timeout, const Events& events)
    : events_(events),
      receive_timeout_(receive_timeout),
      fd_(std::move(fd)),
      reader_(realm),
      readable_(loop),
      writable_(loop),
      next_(loop),
      patience_(loop) {
  readable_.set<Connection, &Connection::on_readable>(this);
  writable_.set<Connection, &Connection::send_some>(this);
  writable_.set(fd_.get(), ev::WRITE);
  next_.set<Connection, &Connection::read_next>(this);
  patience_.set<Connection, &Connection::lose_patience>(this);
  readable_.start(fd_.get(), ev::READ);
  patience_.start(receive_timeout_);  // a peer that connects has a request to send
}

void Connection::on_readable() {
  // The next request waits in the socket, or the peer has gone, which sending the answer will tell.
  if (in_request_ || next_.is_active()) return readable_.stop();
  read();
}

void Connection::read() {
  // One buffer a thread is enough: it is needed only between the two calls here.
  thread_local std::array<char, kMaxHead> block;
  const ssize_t count = recv(fd_.get(), block.data(), block.size(), MSG_DONTWAIT);
  if (count < 0 && errno == EAGAIN) return;
  if (count <= 0) return end();
  if (refused_) return;  // the rest of a refused request is read away, so that the peer can read why
  act_on(reader_.take({block.data(), static_cast<std::size_t>(count)}));
}

void Connection::read_next() { act_on(reader_.next()); }

void Connection::act_on(Progress progress) {
  switch (progress) {
    case Progress::kComplete:
      patience_.stop();
      used_ = true;
      in_request_ = true;
      keep_ = keep_ && reader_.keep_alive();
      return events_.on_request(*this, reader_.request());
    case Progress::kRefused: return refuse();
    case Progress::kIncomplete:
      if (!readable_.is_active()) readable_.start();
      if (!patience_.is_active()) patience_.start(receive_timeout_);
      // A peer that leaves no room for this line cannot be waiting for it.
      if (reader_.awaits_continue()) ::send(fd_.get(), kContinue.data(), kContinue.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  }
}

void Connection::refuse() {
  in_request_ = true;
  refused_ = true;
  keep_ = false;
  const std::string id = http::new_request_id();
  http::Request unread;
  unread.request_id = id;
  http::Response refusal = http::problem(reader_.refusal());
  events_.on_refusal(refusal.status);
  send(http::render_http(std::move(refusal), unread, false));
}

void Connection::respond(http::Response response, const http::Request& request) {
  if (request.method != http::Method::kHead) parts_ = response.parts;
  keep_ = keep_ && !response.parts;
  send(http::render_http(std::move(response), request, keep_));
}

void Connection::send(std::string bytes) {
  output_ = std::move(bytes);
  sent_ = 0;
  send_some();
}

void Connection::send_some() {
  const std::string_view rest = std::string_view(output_).substr(sent_);
  const ssize_t count = ::send(fd_.get(), rest.data(), rest.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (count >= 0) {
    sent_ += static_cast<std::size_t>(count);
  } else if (errno != EAGAIN) {
    return end();
  }
  if (sent_ == output_.size()) return finish_response();
  writable_.start();
  patience_.start(receive_timeout_);
}

void Connection::finish_response() {
  writable_.stop();
  patience_.stop();
  output_ = {};
  if (parts_) {
    send_parts();
    return;
  }
  in_request_ = false;
  if (refused_) return linger();
  if (!keep_) return end();
  if (reader_.has_more()) return next_.start(0);
  static_cast<void>(reader_.next());
  if (!readable_.is_active()) readable_.start();
}

// A peer that has gone is noticed when something is sent. The next part is asked for only when the last has been sent.
Detached Connection::send_parts() {
  for (;;) {
    Result<std::string> part = co_await parts_->next();
    if (!part || finishing_) co_return end();
    if (!part->empty()) co_return send(std::move(*part));
  }
}

// If it closed with bytes unread, the connection would be reset under a peer that still sends a large body, before the
// peer reads why that is refused (RFC 9112, section 9.6).
void Connection::linger() {
  shutdown(fd_.get(), SHUT_WR);
  readable_.start();
  patience_.start(receive_timeout_);
}

void Connection::lose_patience() {
  // When the loop itself was late, the rest of the request already waits in the socket.
  char next = 0;
  if (!in_request_ && !refused_ && recv(fd_.get(), &next, 1, MSG_PEEK | MSG_DONTWAIT) > 0) return read();
  end();
}

void Connection::finish() {
  keep_ = false;
  finishing_ = true;
  if (refused_ && !in_request_) return end();
  // Who reads an answer in parts and leaves no room for the next is not waited for. It has to ask again anyway.
  if (parts_ && writable_.is_active()) return end();
  // nginx opens a connection to send a request at once, and would not send a POST again. So a connection's first
  // request is waited for, and so is the rest of one that has begun.
  if (!used_ || !reader_.is_idle()) return;
  // From here on nginx's next request fails before it is sent, and nginx tries elsewhere; one
  // that is already in the buffer is still served.
  shutdown(fd_.get(), SHUT_RD);
  read();
}

void Connection::end() {
  readable_.stop();
  writable_.stop();
  next_.stop();
  patience_.stop();
  events_.on_end(*this);
}

}  // namespace sessiond::httpd
