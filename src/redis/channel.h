#pragma once

#include <sys/types.h>

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/result.h"

struct ssl_st;

namespace sessiond {

/// Whom TLS trusts, and who we are to it. The files are PEM, and are read at each connect, so that a renewed
/// one needs no restart.
struct TlsIdentity {
  std::string ca_file;                   // who may sign the server's certificate; empty for the system's authorities
  std::string cert_file;                 // our own, for a server that asks for one; empty for none
  std::string key_file;                  // of cert_file
  std::string server_name;               // that the certificate has to have; empty for the host that was connected to
  std::string without_tls = "redis://";  // how the address of a server that speaks no TLS begins, for people
};

/// What goes over a connected socket that does not block: bytes as they are or, after `begin_tls`, under TLS 1.2
/// or 1.3 (RFC 8446) with the server's chain and name verified. There is no way to leave the verification out.
/// The only one that knows OpenSSL.
class Channel {
 public:
  Channel() = default;
  explicit Channel(Fd fd) : fd_(std::move(fd)) {}

  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] explicit operator bool() const { return static_cast<bool>(fd_); }

  /// Prepares TLS with the server `host`, a name or an address. Fails when a file cannot be used. No byte is
  /// sent before `shake_hands`.
  [[nodiscard]] Result<Done> begin_tls(const TlsIdentity& identity, const std::string& host);

  /// What the socket must be ready for before the next call.
  enum class Need { kNothing, kRead, kWrite };
  /// Goes on with the handshake, until it needs nothing. Fails, with a reason for people, when the server is not
  /// who it has to be or speaks no TLS.
  [[nodiscard]] Result<Need> shake_hands();

  /// As recv(2): the number of bytes, 0 at the end, -1 with errno, which is EAGAIN where there are none yet. All
  /// that has come is taken when `into` has at least the 16 kB of a record.
  [[nodiscard]] ssize_t receive(std::span<char> into);
  /// As send(2), likewise. After -1 the same bytes come first in the next call.
  [[nodiscard]] ssize_t send(std::string_view bytes);
  /// Why the last call that failed did, for people.
  [[nodiscard]] std::string reason() const;

 private:
  struct SslDeleter {
    void operator()(ssl_st* ssl) const;
  };

  ssize_t settle(int result);

  Fd fd_;
  std::unique_ptr<ssl_st, SslDeleter> ssl_;  // null for bytes as they are
  std::string without_tls_;                  // TlsIdentity's
  std::string tls_failure_;
};

}  // namespace sessiond
