#include "redis/channel.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <new>
#include <optional>

#include "base/text.h"

namespace sessiond {
namespace {

struct ContextDeleter {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
using Context = std::unique_ptr<SSL_CTX, ContextDeleter>;

// OpenSSL's own words for the first thing that went wrong.
std::string openssl_text() {
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  const char* reason = ERR_reason_error_string(code);
  if (reason != nullptr) return reason;
  return ERR_SYSTEM_ERROR(code) ? errno_text(ERR_GET_REASON(code)) : "unknown";
}

Error unusable(const std::string& what, const std::string& file) {
  return {Failure::kUnavailable, "cannot use the " + what + " " + file + ": " + openssl_text()};
}

// A key that wants a passphrase: nobody is there to be asked for it.
int no_passphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*data*/) { return 0; }

std::optional<Error> load(SSL_CTX* context, const TlsIdentity& identity) {
  if (identity.ca_file.empty()) {
    SSL_CTX_set_default_verify_paths(context);
  } else if (SSL_CTX_load_verify_locations(context, identity.ca_file.c_str(), nullptr) != 1) {
    return unusable("file of redis-ca-file", identity.ca_file);
  }
  if (identity.cert_file.empty()) return std::nullopt;
  SSL_CTX_set_default_passwd_cb(context, no_passphrase);
  if (SSL_CTX_use_certificate_chain_file(context, identity.cert_file.c_str()) != 1) {
    return unusable("certificate", identity.cert_file);
  }
  if (SSL_CTX_use_PrivateKey_file(context, identity.key_file.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(context) != 1) {
    return unusable("private key", identity.key_file);
  }
  return std::nullopt;
}

// Sets the name that the certificate must have. A server with several certificates is told it, too (RFC 6066), unless
// it is an address.
bool expect_name(SSL* ssl, const std::string& name) {
  const std::string address = name.substr(0, name.find('%'));
  if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), address.c_str()) == 1) return true;
  SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  return SSL_set1_host(ssl, name.c_str()) == 1 && SSL_set_tlsext_host_name(ssl, name.c_str()) == 1;
}

}  // namespace

void Channel::SslDeleter::operator()(ssl_st* ssl) const { SSL_free(ssl); }

Result<Done> Channel::begin_tls(const TlsIdentity& identity, const std::string& host) {
  without_tls_ = identity.without_tls;
  ERR_clear_error();
  const Context context(SSL_CTX_new(TLS_client_method()));
  if (context == nullptr) throw std::bad_alloc();
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION);
  // What is still to be sent may lie elsewhere the next time, and may have become longer.
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  if (const std::optional<Error> error = load(context.get(), identity)) return *error;

  ssl_.reset(SSL_new(context.get()));
  if (ssl_ == nullptr) throw std::bad_alloc();
  const std::string& name = identity.server_name.empty() ? host : identity.server_name;
  if (!expect_name(ssl_.get(), name)) return Error{Failure::kUnavailable, "no certificate can have the name " + name};
  if (SSL_set_fd(ssl_.get(), fd_.get()) != 1) throw std::bad_alloc();
  SSL_set_connect_state(ssl_.get());
  return Done{};
}

Result<Channel::Need> Channel::shake_hands() {
  ERR_clear_error();
  errno = 0;
  const int result = SSL_do_handshake(ssl_.get());
  if (result == 1) return Need::kNothing;
  const int error = errno;
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ: return Need::kRead;
    case SSL_ERROR_WANT_WRITE: return Need::kWrite;
    default: break;
  }
  if (const long verdict = SSL_get_verify_result(ssl_.get()); verdict != X509_V_OK) {
    return Error{Failure::kUnavailable,
                 std::string("its certificate is not trusted: ") + X509_verify_cert_error_string(verdict)};
  }
  const unsigned long code = ERR_peek_error();
  if (code == 0) {
    return Error{Failure::kUnavailable,
                 "the connection ended in the TLS handshake" + (error == 0 ? std::string() : ": " + errno_text(error))};
  }
  const bool is_plain = ERR_GET_REASON(code) == SSL_R_WRONG_VERSION_NUMBER;
  return Error{Failure::kUnavailable, is_plain ? "it speaks no TLS, and so is written " + without_tls_
                                               : "the TLS handshake failed: " + openssl_text()};
}

ssize_t Channel::receive(std::span<char> into) {
  if (ssl_ == nullptr) return recv(fd_.get(), into.data(), into.size(), 0);
  ERR_clear_error();
  errno = 0;
  return settle(SSL_read(ssl_.get(), into.data(), static_cast<int>(std::min<std::size_t>(into.size(), INT_MAX))));
}

ssize_t Channel::send(std::string_view bytes) {
  if (ssl_ == nullptr) return ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  ERR_clear_error();
  errno = 0;
  return settle(SSL_write(ssl_.get(), bytes.data(), static_cast<int>(std::min<std::size_t>(bytes.size(), INT_MAX))));
}

// The result of a call of OpenSSL, in the words of recv(2) and send(2).
ssize_t Channel::settle(int result) {
  if (result > 0) return result;
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE: errno = EAGAIN; return -1;
    case SSL_ERROR_ZERO_RETURN: return 0;
    case SSL_ERROR_SYSCALL: return errno == 0 ? 0 : -1;
    default: break;
  }
  if (ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING) return 0;
  tls_failure_ = "TLS: " + openssl_text();
  errno = EPROTO;
  return -1;
}

std::string Channel::reason() const { return tls_failure_.empty() ? errno_text(errno) : tls_failure_; }

}  // namespace sessiond
