// Raw bytes on a FastCGI connection: the scan that decides when libfcgi may read, and libfcgi
// itself behind it.

#include <ev++.h>
#include <sys/socket.h>

#include <chrono>
#include <optional>
#include <string>

#include "fcgi/connection.h"
#include "fcgi/scan.h"
#include "fuzz/fuzz.h"
#include "http/response.h"

using namespace sessiond;

namespace {

constexpr double kTimeout = 1;  // seconds; only a read that blocks takes as long

std::span<const unsigned char> bytes_of(std::string_view text) {
  return {reinterpret_cast<const unsigned char*>(text.data()), text.size()};
}

// A request is recognised with its last byte, neither before nor beyond; and what cannot become one
// never does.
void check_scan(std::string_view bytes) {
  const fcgi::Scan verdict = fcgi::scan(bytes_of(bytes));
  const std::size_t step = bytes.size() / 512 + 1;
  bool malformed = false;
  for (std::size_t size = 0; size < bytes.size(); size += step) {
    const fcgi::Scan earlier = fcgi::scan(bytes_of(bytes.substr(0, size)));
    if (verdict != fcgi::Scan::kMalformed) PROMISE(earlier == fcgi::Scan::kIncomplete);
    if (malformed) PROMISE(earlier == fcgi::Scan::kMalformed);
    malformed = malformed || earlier == fcgi::Scan::kMalformed || earlier == fcgi::Scan::kComplete;
  }
  if (verdict == fcgi::Scan::kComplete) {
    PROMISE(fcgi::scan(bytes_of(bytes.substr(0, bytes.size() - 1))) == fcgi::Scan::kIncomplete);
    PROMISE(fcgi::scan(bytes_of(std::string(bytes) + '\1')) == fcgi::Scan::kMalformed);
  }
}

std::string read_all(int fd) {
  std::string all;
  char block[65536];
  ssize_t count = 0;
  while ((count = recv(fd, block, sizeof block, MSG_DONTWAIT)) > 0) all.append(block, static_cast<std::size_t>(count));
  return all;
}

// FCGI_KEEP_CONN in the first record, BEGIN_REQUEST.
bool asks_to_keep(std::string_view request) { return (static_cast<unsigned char>(request[10]) & 1U) != 0; }

// What a connection made of some bytes.
struct Outcome {
  int requests = 0;
  bool ended = false;
};

// Gives a Connection the bytes, twice if it keeps the connection, and answers what it announces.
void check_connection(std::string_view bytes) {
  static ev::default_loop loop;
  int pair[2];
  PROMISE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
  const Fd nginx(pair[0]);
  Fd worker(pair[1]);

  Outcome outcome;
  Events events;
  events.on_request = [&outcome](Connection& connection, http::Request request) {
    ++outcome.requests;
    connection.respond(http::ok("{}"), request);
  };
  events.on_end = [&outcome](Connection&) { outcome.ended = true; };
  fcgi::Connection connection(loop, std::move(worker), kTimeout, events);

  const fcgi::Scan verdict = fcgi::scan(bytes_of(bytes));
  for (int turn = 1; turn <= 2 && !outcome.ended; ++turn) {
    PROMISE(send(nginx.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT) ==
            static_cast<ssize_t>(bytes.size()));
    const auto start = std::chrono::steady_clock::now();
    loop.run(ev::NOWAIT);
    PROMISE(std::chrono::steady_clock::now() - start < std::chrono::duration<double>(kTimeout * 0.9));
    PROMISE(outcome.requests == (verdict == fcgi::Scan::kComplete ? turn : 0));
    const bool ends = verdict == fcgi::Scan::kMalformed || (verdict == fcgi::Scan::kComplete && !asks_to_keep(bytes));
    PROMISE(outcome.ended == ends);
    if (verdict != fcgi::Scan::kComplete) break;
    const std::string answer = read_all(nginx.get());
    PROMISE(answer.find("Status: 200 OK\r\n") != std::string::npos && answer.size() % 8 == 0);
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const bool opened = (fcgi::open_library(), signal(SIGPIPE, SIG_IGN), true);
  static_cast<void>(opened);
  const std::string_view bytes = fuzz::text_of_input(data, size);
  check_scan(bytes);
  if (!bytes.empty()) check_connection(bytes);
  return 0;
}
