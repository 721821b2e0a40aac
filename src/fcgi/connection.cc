#include "fcgi/connection.h"

#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <stdexcept>

#include "fcgi/scan.h"

namespace sessiond::fcgi {
namespace {

constexpr double kLookAgain = 0.005;  // seconds until an incomplete request is looked at again

// Bytes of a response in one turn of the loop. A Unix socket counts as writable while three quarters
// of its buffer, of 208 kB unless the system says otherwise, are free. libfcgi writes 8 kB at a time,
// and the kernel takes up to twice their size for each.
constexpr std::size_t kPiece = 32UL * 1024;

void set_timeout(int fd, int option, double seconds) {
  const auto whole = static_cast<time_t>(seconds);
  const timeval time{whole, static_cast<suseconds_t>((seconds - static_cast<double>(whole)) * 1e6)};
  setsockopt(fd, SOL_SOCKET, option, &time, sizeof time);
}

std::string read_body(FCGX_Stream* in) {
  std::string body;
  std::array<char, 4096> block;
  int count = 0;
  while ((count = FCGX_GetStr(block.data(), static_cast<int>(block.size()), in)) > 0) {
    body.append(block.data(), static_cast<std::size_t>(count));
  }
  return body;
}

}  // namespace

void open_library() {
  if (FCGX_Init() != 0) throw std::runtime_error("libfcgi cannot start");
}

Connection::Connection(ev::loop_ref loop, Fd fd, double receive_timeout, const Events& events)
    : events_(events),
      receive_timeout_(receive_timeout),
      fd_(std::move(fd)),
      readable_(loop),
      again_(loop),
      writable_(loop),
      patience_(loop) {
  set_timeout(fd_.get(), SO_RCVTIMEO, receive_timeout);
  set_timeout(fd_.get(), SO_SNDTIMEO, receive_timeout);
  FCGX_InitRequest(&request_, -1, 0);  // no listening socket: it must never accept by itself
  request_.ipcFd = fd_.get();
  request_.keepConnection = 1;  // or its own clean-up before the first request would close ours
  request_.detached = 1;        // or its closing would wait for the peer, up to two seconds
  readable_.set<Connection, &Connection::on_readable>(this);
  again_.set<Connection, &Connection::look>(this);
  writable_.set<Connection, &Connection::send_piece>(this);
  writable_.set(fd_.get(), ev::WRITE);
  patience_.set<Connection, &Connection::end>(this);
  readable_.start(fd_.get(), ev::READ);
}

Connection::~Connection() { FCGX_Free(&request_, 0); }

void Connection::on_readable() {
  if (in_request_) {
    // nginx sends nothing before it has its answer, so it has gone: sending the answer will fail.
    readable_.stop();
    return;
  }
  look();
}

void Connection::look() {
  again_.stop();
  // One buffer a thread is enough: it is needed only between the two calls here.
  thread_local std::array<unsigned char, kMaxRequest> waiting;
  const ssize_t count = recv(fd_.get(), waiting.data(), waiting.size(), MSG_PEEK | MSG_DONTWAIT);
  if (count < 0 && errno == EAGAIN) return;
  if (count <= 0) return end();

  switch (scan({waiting.data(), static_cast<std::size_t>(count)})) {
    case Scan::kComplete: return take_request();
    case Scan::kMalformed: return end();
    case Scan::kIncomplete: {
      // The descriptor stays readable while the request is incomplete, so it is polled by a timer instead of watched.
      const ev_tstamp now = again_.loop.now();
      if (waiting_since_ == 0) waiting_since_ = now;
      if (now - waiting_since_ > receive_timeout_) return end();
      readable_.stop();
      again_.start(kLookAgain, 0);
      return;
    }
  }
}

void Connection::take_request() {
  waiting_since_ = 0;
  used_ = true;
  if (FCGX_Accept_r(&request_) != 0) {
    fd_.release();  // libfcgi has closed it
    return end();
  }
  keep_ = keep_ && request_.keepConnection != 0;
  http::Request request = http::read_request(request_.envp, http::Realm::kPublic, path_buffer_);
  // To the end: bytes left here would be taken for the next request.
  request.body = read_body(request_.in);
  in_request_ = true;
  events_.on_request(*this, std::move(request));
}

void Connection::respond(http::Response response, const http::Request& request) {
  response_ = http::render_cgi(std::move(response), request);
  sent_ = 0;
  send_piece();
}

void Connection::send_piece() {
  const std::string_view piece = std::string_view(response_).substr(sent_, kPiece);
  const int count = FCGX_PutStr(piece.data(), static_cast<int>(piece.size()), request_.out);
  sent_ += piece.size();
  if (count == EOF || sent_ == response_.size()) return finish_request();
  writable_.start();
  patience_.start(receive_timeout_);
}

void Connection::finish_request() {
  writable_.stop();
  patience_.stop();
  response_ = {};
  request_.keepConnection = 1;  // it is ours to close
  FCGX_Finish_r(&request_);
  in_request_ = false;
  if (request_.ipcFd == -1) {
    fd_.release();  // the write failed and libfcgi has closed it
    return end();
  }
  if (!keep_) return end();
  readable_.start();
}

void Connection::finish() {
  keep_ = false;
  // nginx opens a connection to send a request at once, and would not send a POST again. So a connection's first
  // request is waited for, and so is the rest of one that has begun.
  if (in_request_ || !used_ || waiting_since_ != 0) return;
  // From here on nginx's next request fails before it is sent, and nginx tries elsewhere; one
  // that is already in the buffer is still served.
  shutdown(fd_.get(), SHUT_RD);
  look();
}

void Connection::end() {
  readable_.stop();
  again_.stop();
  writable_.stop();
  patience_.stop();
  events_.on_end(*this);
}

}  // namespace sessiond::fcgi
