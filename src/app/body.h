#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "app/check_header.h"
#include "base/result.h"
#include "http/request.h"
#include "json/parse.h"
#include "session/session.h"
#include "session/token.h"
#include "store/sessions.h"

namespace sessiond {

/// Reads a request's body as a JSON object. kUnsupportedMediaType unless the request says
/// `application/json`; otherwise as json::parse_object.
[[nodiscard]] Result<json::Object> read_json(const http::Request& request);

/// What `POST /internal/v1/sessions` is asked to mint. `lifetime` is 0, and `idle` nothing, where the body leaves it to
/// the kind's default. Refuses a User whose `headers` would be too long for the check's answer.
[[nodiscard]] Result<Minting> read_minting(const http::Request& request, std::span<const CheckHeader> headers);

/// What `POST /internal/v1/sessions/{id}/reauthenticated` tells: whose session it is, and the new proof.
struct Reauthentication {
  std::string user_id;
  Authentication proof;
};
[[nodiscard]] Result<Reauthentication> read_reauthentication(const http::Request& request);

/// The User, JSON, in the body of `PUT /internal/v1/users/{user_id}`: a view of the body. Refuses a User likewise.
[[nodiscard]] Result<std::string_view> read_user(const http::Request& request, std::string_view user_id,
                                                 std::span<const CheckHeader> headers);

/// What `PATCH /api/v1/auth/sessions/{id}` calls the session, `{"name": string or null}`; empty for null.
[[nodiscard]] Result<std::string> read_new_name(const http::Request& request);

/// The code, normalised, in the body of a redemption: `{"code": string}`.
[[nodiscard]] Result<std::string> read_code(const http::Request& request);

/// The token in the form that an OAuth client sends (RFC 7009 and 7662, section 2.1); nothing when it is malformed.
/// kUnsupportedMediaType unless the request says `application/x-www-form-urlencoded`; otherwise as http::read_field.
[[nodiscard]] Result<std::optional<Token>> read_token(const http::Request& request);

/// What a client sends to wait for a person (RFC 8628, section 3.1): its client_id, as a name (see session/name.h). Its
/// scope is not read. Fails as read_token.
[[nodiscard]] Result<std::string> read_client_id(const http::Request& request);

/// The field of this name of a form that an OAuth client sends. Fails as read_token.
[[nodiscard]] Result<std::string> read_form_field(const http::Request& request, std::string_view name);

/// The username in the body of a dev login.
[[nodiscard]] Result<std::string> read_dev_login(const http::Request& request);

}  // namespace sessiond
