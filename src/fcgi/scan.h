#pragma once

#include <cstddef>
#include <span>

namespace sessiond::fcgi {

/// The most bytes that one request may take on the wire, headers of records included. nginx
/// sends at most 64 kB of parameters and our configuration lets at most 16 kB of body through.
inline constexpr std::size_t kMaxRequest = 128UL * 1024;

/// What the first bytes that wait on a FastCGI connection are.
enum class Scan {
  kIncomplete,  // the beginning of a request: wait for more
  kComplete,    // exactly one whole request
  kMalformed,   // anything else: the connection cannot be saved
};

/// Looks through a FastCGI 1.0 request without taking it: BEGIN_REQUEST for a responder, PARAMS
/// up to an empty one, STDIN up to an empty one, all with one request id, with parameters whose
/// lengths add up and padding only behind content. That is all that nginx ever sends. The rest of
/// the protocol (management records, multiplexing, aborts, other roles) is refused here, so that
/// libfcgi never reads what it cannot finish, and never has to answer it.
[[nodiscard]] Scan scan(std::span<const unsigned char> bytes);

}  // namespace sessiond::fcgi
