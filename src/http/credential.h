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

/// Whom a request is for: sessiond, or an application on whose behalf nginx asks. An application may have Bearer tokens
/// of its own.
enum class Addressee { kUs, kApplication };

/// Finds the request's one credential: `Authorization: Bearer` (RFC 6750) if it is there, otherwise the session cookie
/// of this name. Never both, and never the query or the body. In a request to an application, a Bearer token counts
/// only when it begins as our tokens do. Fails with kUnauthorized when there is none, and with kInvalidToken when it is
/// malformed or ambiguous (two Authorization headers, or two different session cookies).
[[nodiscard]] Result<Credential> find_credential(const Request& request, std::string_view cookie_name,
                                                 Addressee addressee = Addressee::kUs);

/// Whether a browser says that another site made this request: Sec-Fetch-Site is neither
/// `same-origin` nor `none`, or, without that header, Origin's host and port are not those of the
/// request's Host. A port that is left out, in either, is that of Origin's scheme.
[[nodiscard]] bool is_cross_site(const Request& request);

}  // namespace sessiond::http
