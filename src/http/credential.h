#pragma once

#include "base/result.h"
#include "http/request.h"
#include "session/token.h"

namespace sessiond::http {

/// The token that a request presents, well-formed but not yet confirmed by the store, and
/// whether a browser sent it by itself.
struct Credential {
  Token token;
  bool by_cookie = false;
};

/// Finds the request's one credential: `Authorization: Bearer` (RFC 6750) if it is there,
/// otherwise the session cookie, which has this name. Never both, never the query or the body. Fails with
/// kUnauthorized when there is none, and with kInvalidToken when it is malformed or ambiguous
/// (two Authorization headers, or two different session cookies).
[[nodiscard]] Result<Credential> find_credential(const Request& request, std::string_view cookie_name);

/// Whether a browser says that another site made this request: Sec-Fetch-Site is neither
/// `same-origin` nor `none`, or, without that header, Origin's host is not the request's Host.
[[nodiscard]] bool is_cross_site(const Request& request);

}  // namespace sessiond::http
