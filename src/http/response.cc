#include "http/response.h"

#include <algorithm>

#include "json/write.h"

namespace sessiond::http {
namespace {

constexpr std::size_t kUsualHead = 512;  // bytes

struct Wire {
  int status;
  std::string_view code;
};

// The one place where a failure becomes a status and a code of the contract's closed set.
Wire wire_of(Failure failure) {
  switch (failure) {
    case Failure::kBadRequest: return {400, "bad_request"};
    case Failure::kUnauthorized: return {401, "unauthorized"};
    case Failure::kInvalidToken: return {401, "unauthorized"};
    case Failure::kForbidden: return {403, "forbidden"};
    case Failure::kNotFound: return {404, "not_found"};
    case Failure::kMethodNotAllowed: return {405, "bad_request"};
    case Failure::kConflict: return {409, "conflict"};
    case Failure::kTooLarge: return {413, "bad_request"};
    case Failure::kHeadTooLarge: return {431, "bad_request"};
    case Failure::kUnsupportedMediaType: return {415, "bad_request"};
    case Failure::kTooManyRequests: return {429, "bad_request"};
    case Failure::kInternal: return {500, "internal_error"};
    case Failure::kUnavailable: return {503, "internal_error"};
  }
  return {500, "internal_error"};
}

std::string_view reason_of(int status) {
  switch (status) {
    case 200: return "200 OK";
    case 201: return "201 Created";
    case 204: return "204 No Content";
    case 400: return "400 Bad Request";
    case 401: return "401 Unauthorized";
    case 403: return "403 Forbidden";
    case 404: return "404 Not Found";
    case 405: return "405 Method Not Allowed";
    case 409: return "409 Conflict";
    case 413: return "413 Content Too Large";
    case 415: return "415 Unsupported Media Type";
    case 429: return "429 Too Many Requests";
    case 431: return "431 Request Header Fields Too Large";
    case 503: return "503 Service Unavailable";
    default: return "500 Internal Server Error";
  }
}

// `description` is OAuth's member; empty: none.
Response refusal(const Wire& wire, std::string_view error, std::string_view description = {}) {
  Response response;
  response.status = wire.status;
  response.body = "{\"code\":";
  json::append_string(response.body, wire.code);
  response.body += ",\"error\":";
  json::append_string(response.body, error);
  if (!description.empty()) {
    response.body += ",\"error_description\":";
    json::append_string(response.body, description);
  }
  response.body += '}';
  return response;
}

void append_header(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  out += ": ";
  out += value;
  out += "\r\n";
}

void add_headers(Response& response, Failure failure) {
  if (failure == Failure::kUnauthorized) response.headers.emplace_back("WWW-Authenticate", "Bearer");
  if (failure == Failure::kInvalidToken)
    response.headers.emplace_back("WWW-Authenticate", "Bearer error=\"invalid_token\"");
  if (failure == Failure::kUnavailable || failure == Failure::kTooManyRequests)
    response.headers.emplace_back("Retry-After", "1");
}

}  // namespace

Response ok(std::string json) {
  Response response;
  response.body = std::move(json);
  return response;
}

Response no_content() {
  Response response;
  response.status = 204;
  return response;
}

Response problem(const Error& error) {
  Response response = refusal(wire_of(error.failure), error.text);
  add_headers(response, error.failure);
  response.doubt = error.doubt;
  return response;
}

Response insufficient_authentication(std::string_view demand) {
  Response response = refusal(wire_of(Failure::kUnauthorized), "this wants a newer or a stronger proof of who you are");
  response.doubt = Doubt::kStale;
  response.headers.emplace_back("WWW-Authenticate",
                                std::string("Bearer error=\"insufficient_user_authentication\"").append(demand));
  return response;
}

Response oauth_problem(const Error& error, std::string_view word) {
  std::string text = error.text;
  const auto is_forbidden = [](char c) { return c == '"' || c == '\\' || c < ' ' || c > '~'; };
  std::ranges::replace_if(text, is_forbidden, '\'');
  Response response = refusal(wire_of(error.failure), word, text);
  add_headers(response, error.failure);
  return response;
}

namespace {

bool has_type(const Response& response) {
  return std::ranges::any_of(response.headers, [](const auto& header) { return header.first == "Content-Type"; });
}

// What follows the line that says the status, in CGI and in HTTP alike.
std::string append_rest(std::string out, Response response, const Request& request) {
  if (!response.body.empty() && !has_type(response)) append_header(out, "Content-Type", "application/json");
  if (response.status != 204 && !response.parts)
    append_header(out, "Content-Length", std::to_string(response.body.size()));
  append_header(out, "Cache-Control", "no-store");
  append_header(out, "X-Content-Type-Options", "nosniff");
  // nginx sends a safe one. Any other peer must not add a header with it either.
  if (is_header_safe(request.request_id)) append_header(out, "X-Request-Id", request.request_id);
  for (const auto& [name, value] : response.headers) append_header(out, name, value);
  out += "\r\n";
  if (request.method == Method::kHead) return out;
  if (response.body.size() >= kUsualHead) {
    response.body.insert(0, out);  // a long body exists only once
    return std::move(response.body);
  }
  out += response.body;
  return out;
}

}  // namespace

std::string render_cgi(Response response, const Request& request) {
  std::string out;
  out.reserve(kUsualHead);
  append_header(out, "Status", reason_of(response.status));
  return append_rest(std::move(out), std::move(response), request);
}

std::string render_http(Response response, const Request& request, bool keep_alive) {
  std::string out;
  out.reserve(kUsualHead);
  out += "HTTP/1.1 ";
  out += reason_of(response.status);
  out += "\r\n";
  if (!keep_alive) append_header(out, "Connection", "close");
  return append_rest(std::move(out), std::move(response), request);
}

}  // namespace sessiond::http
