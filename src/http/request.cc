#include "http/request.h"

#include <array>
#include <cstdint>

#include "base/hex.h"
#include "session/crypto.h"

namespace sessiond::http {

void Header::set(std::string_view text) {
  repeated = value.has_value();
  value = text;
}

Method parse_method(std::string_view name) {
  if (name == "GET") return Method::kGet;
  if (name == "HEAD") return Method::kHead;
  if (name == "POST") return Method::kPost;
  if (name == "PUT") return Method::kPut;
  if (name == "PATCH") return Method::kPatch;
  if (name == "DELETE") return Method::kDelete;
  return Method::kOther;
}

bool is_header_safe(std::string_view text) {
  std::uint8_t odd = 0;  // no branch and nothing wider than a byte, so that the compiler does 16 at a time
  for (const char c : text) odd |= static_cast<std::uint8_t>(c < 0x21) | static_cast<std::uint8_t>(c > 0x7E);
  return odd == 0 && !text.empty();
}

void set_target(Request& request, std::string_view target) {
  request.path = target.substr(0, target.find('?'));
  request.has_query = request.path.size() < target.size();
  if (request.has_query) request.query = target.substr(request.path.size() + 1);
}

Request read_request(const char* const* environment, Realm realm, std::string& path_buffer) {
  Request request;
  request.realm = realm;
  std::string_view uri;
  std::string_view script_name;
  std::string_view path_info;
  std::string_view query_string;
  for (; *environment != nullptr; ++environment) {
    const std::string_view parameter = *environment;
    const std::size_t equals = parameter.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string_view name = parameter.substr(0, equals);
    const std::string_view value = parameter.substr(equals + 1);

    if (name.starts_with("HTTP_")) {
      const std::string_view header = name.substr(5);
      if (header == "AUTHORIZATION") request.authorization.set(value);
      else if (header == "COOKIE") request.cookies.push_back(value);
      else if (header == "HOST") request.host.set(value);
      else if (header == "ORIGIN") request.origin.set(value);
      else if (header == "SEC_FETCH_SITE") request.fetch_site.set(value);
      else if (header == "USER_AGENT") request.user_agent.set(value);
      else if (header == "TRACEPARENT") request.trace.set(value);
      else if (header == "ACCEPT") request.accept.set(value);
    } else if (name == "REQUEST_METHOD") {
      request.method = parse_method(value);
    } else if (name == "REQUEST_URI") {
      uri = value;
    } else if (name == "SCRIPT_NAME") {
      script_name = value;
    } else if (name == "PATH_INFO") {
      path_info = value;
    } else if (name == "QUERY_STRING") {
      query_string = value;
    } else if (name == "REQUEST_ID") {
      request.request_id = value;
    } else if (name == "CONTENT_TYPE") {
      request.content_type.set(value);
    } else if (name == "REMOTE_ADDR") {
      request.client_address.set(value);
    } else if (name == "SESSION_PLACE") {
      request.client_place.set(value);
    } else if (name == "SESSION_PASSIVE") {
      request.passive.set(value);
    }
  }
  if (uri.empty()) {
    path_buffer.assign(script_name).append(path_info);
    request.path = path_buffer;
    request.query = query_string;
    request.has_query = !query_string.empty();
    return request;
  }
  set_target(request, uri);
  return request;
}

std::string percent_encode(std::string_view text, std::string_view also) {
  std::string encoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool at_an_end = i == 0 || i + 1 == text.size();
    const bool plain = c >= ' ' && c < '\x7F' && c != '%' && (c != ' ' || !at_an_end);
    if (plain && also.find(c) == std::string_view::npos) {
      encoded += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    encoded += '%';
    encoded += kUpperHexDigits[byte >> 4U];
    encoded += kUpperHexDigits[byte & 0xFU];
  }
  return encoded;
}

std::string_view trace_of(const Request& request) {
  constexpr std::size_t kLength = 55;  // bytes, in version 00, the only one so far
  const std::string_view trace = request.trace.value.value_or("");
  return trace.size() == kLength && is_header_safe(trace) ? trace : std::string_view();
}

std::string new_request_id() {
  std::array<std::uint8_t, 16> bytes{};
  fill_random(bytes);
  std::string id;
  for (const std::uint8_t byte : bytes) append_hex(id, byte);
  return id;
}

std::optional<std::string> percent_decode(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const int high = hex_value(text[i + 1]);
    const int low = hex_value(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    decoded += static_cast<char>(high << 4 | low);
    i += 2;
  }
  return decoded;
}

}  // namespace sessiond::http
