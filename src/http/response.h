#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "http/request.h"

namespace sessiond::http {

/// A body that is sent in parts, until either side ends it.
class Parts {
 public:
  Parts() = default;
  virtual ~Parts() = default;
  Parts(const Parts&) = delete;
  Parts& operator=(const Parts&) = delete;

  /// The next part, in a second at most; empty when there is none yet. A failure ends the body.
  virtual Task<Result<std::string>> next() = 0;
};

/// An answer. `body` is JSON, unless there is a Content-Type among the headers, or empty for none.
struct Response {
  int status = 200;
  Doubt doubt = Doubt::kNone;  // why it is a 401; never sent
  std::string body;
  std::vector<std::pair<std::string_view, std::string>> headers;
  std::shared_ptr<Parts> parts = nullptr;  // sent instead of `body`; only in the internal realm
};

/// 200 with a JSON body.
[[nodiscard]] Response ok(std::string json);

/// 204, no body.
[[nodiscard]] Response no_content();

/// The error shape of the contract, `{"code": …, "error": …}`, with the status and the headers
/// that belong to it: WWW-Authenticate (RFC 6750) on 401, Retry-After on 503.
[[nodiscard]] Response problem(const Error& error);

/// The same as OAuth's clients read it (RFC 6749, section 5.2): `error` is this word of OAuth's, and the sentence is
/// `error_description`, where characters that the RFC forbids, such as `"` and `\`, are replaced.
[[nodiscard]] Response oauth_problem(const Error& error, std::string_view word);

/// The 401 for a session whose proof of identity is too old or too weak (RFC 9470). `demand`: further parameters of the
/// challenge.
[[nodiscard]] Response insufficient_authentication(std::string_view demand);

/// The CGI response (RFC 3875, section 6) to send for `request`: with Cache-Control: no-store,
/// nosniff and the request's id; without the body for HEAD.
[[nodiscard]] std::string render_cgi(Response response, const Request& request);

/// Likewise the HTTP/1.1 response (RFC 9112), which says when its connection then closes. For a body in parts it is
/// only the head: the end of the connection ends the body.
[[nodiscard]] std::string render_http(Response response, const Request& request, bool keep_alive);

}  // namespace sessiond::http
