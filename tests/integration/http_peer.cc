#include "integration/http_peer.h"

#include <algorithm>

#include "integration/contract.h"

namespace sessiond::test {
namespace http1 {
namespace {

std::string bearer(const std::string& token) { return token.empty() ? "" : "Authorization: Bearer " + token + "\r\n"; }

std::string whole(const std::string& method, const std::string& path, const std::string& headers, std::string_view body) {
  const std::string host = headers.find("HOST: ") == std::string::npos ? "Host: sessiond\r\n" : "";
  const std::string length = body.empty() ? "" : "Content-Length: " + std::to_string(body.size()) + "\r\n";
  return method + " " + path + " HTTP/1.1\r\n" + host + headers + length + "\r\n" + std::string(body);
}

}  // namespace

std::string request(const std::string& method, const std::string& path, const std::string& token) {
  return whole(method, path, "X-Request-Id: 0123456789abcdef\r\n" + bearer(token), "");
}

std::string post(const std::string& path, const std::string& json, const std::string& token) {
  return whole("POST", path, bearer(token) + (json.empty() ? "" : "Content-Type: application/json\r\n"), json);
}

std::string request(const fastcgi::Parameters& parameters, std::string_view body) {
  std::string method;
  std::string path;
  std::string headers;
  for (const auto& [name, value] : parameters) {
    if (name == "REQUEST_METHOD") method = value;
    else if (name == "REQUEST_URI") path = value;
    else if (name == "CONTENT_TYPE") headers += "Content-Type: " + value + "\r\n";
    else if (name == "REQUEST_ID") headers += "X-Request-Id: " + value + "\r\n";
    else if (name.starts_with("HTTP_")) {
      std::string header = name.substr(5);
      std::ranges::replace(header, '_', '-');
      headers += header + ": " + value + "\r\n";
    }
  }
  return whole(method, path, headers, body);
}

}  // namespace http1

bool HttpPeer::write(std::string_view bytes) {
  asked_for_head_ = bytes.starts_with("HEAD ");
  return Peer::write(bytes);
}

Response HttpPeer::read_response() {
  while (buffer_.find("\r\n\r\n") == std::string::npos) read_more();
  const std::size_t end = buffer_.find("\r\n\r\n") + 4;
  Response response;
  response.status = std::stoi(buffer_.substr(buffer_.find(' ')));
  for (std::size_t at = 0; at < end; at = buffer_.find("\r\n", at) + 2) {
    add_header_line(response, buffer_.substr(at, buffer_.find("\r\n", at) - at));
  }
  const bool is_interim = response.status < 200;
  const bool has_body = !is_interim && !std::exchange(asked_for_head_, false);
  const std::size_t size = has_body ? std::stoul(response.header("content-length").value_or("0")) : 0;
  while (buffer_.size() < end + size) read_more();
  response.body = buffer_.substr(end, size);
  buffer_.erase(0, end + size);
  if (!is_interim) expect_contract(response, From::kWorker);
  return response;
}

}  // namespace sessiond::test
