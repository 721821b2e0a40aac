#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/request.h"

namespace sessiond::httpd {

/// The most bytes that a request's line and header fields may take together.
inline constexpr std::size_t kMaxHead = 64UL * 1024;

/// How much of a request has come.
enum class Progress {
  kIncomplete,
  kComplete,
  kRefused,  // malformed or too large: answer so and close
};

/// Reads HTTP/1.x requests (RFC 9112) from the bytes of one connection, one after another. Stricter than the RFC
/// wherever two readers could disagree about where a request ends: Content-Length comes once and without
/// Transfer-Encoding, the one transfer coding is `chunked`, no line is folded, each line ends with CR LF. The target is
/// a path, and HTTP/1.1 has one Host. A body may be as long as JSON may be. The only class that uses the parser's
/// library, Boost.Beast.
class RequestReader {
 public:
  explicit RequestReader(http::Realm realm);
  ~RequestReader();
  RequestReader(const RequestReader&) = delete;
  RequestReader& operator=(const RequestReader&) = delete;

  /// Takes the next bytes that came. Must not be called when a request is complete or refused.
  [[nodiscard]] Progress take(std::string_view bytes);

  /// The request that is complete, once. Its views hold until `next`.
  [[nodiscard]] http::Request request();
  /// Whether the connection may have another request behind this one: not in HTTP/1.0.
  [[nodiscard]] bool keep_alive() const;
  /// Why the request was refused: kBadRequest, kHeadTooLarge or kTooLarge.
  [[nodiscard]] const Error& refusal() const { return *refusal_; }
  /// Whether the client of an incomplete request waits to be told that it may send the body (RFC 9110,
  /// section 10.1.1).
  [[nodiscard]] bool awaits_continue() const;

  /// Whether something came behind the complete request.
  [[nodiscard]] bool has_more() const { return at_ < buffer_.size(); }
  /// Forgets the complete request and looks at what has come behind it.
  [[nodiscard]] Progress next();
  /// Whether nothing has come of a request.
  [[nodiscard]] bool is_idle() const { return buffer_.empty(); }

 private:
  class Message;

  Progress read_on();
  Progress refuse(Failure failure, std::string text);

  http::Realm realm_;
  std::string buffer_;
  std::size_t at_ = 0;         // as far as the message has been read
  std::size_t head_size_ = 0;  // of a message whose head is whole
  std::unique_ptr<Message> message_;
  std::optional<Error> refusal_;
};

}  // namespace sessiond::httpd
