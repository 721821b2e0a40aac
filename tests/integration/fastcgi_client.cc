#include "integration/fastcgi_client.h"

#include "integration/contract.h"

namespace sessiond::test {
namespace fastcgi {
namespace {

std::string length_of(std::string_view text) {
  const std::size_t size = text.size();
  if (size < 0x80) return {static_cast<char>(size)};
  return {static_cast<char>(0x80U | size >> 24U), static_cast<char>(size >> 16U), static_cast<char>(size >> 8U),
          static_cast<char>(size)};
}

}  // namespace

std::string record(unsigned type, std::string_view content, unsigned request_id, std::size_t padding) {
  std::string bytes = {1,
                       static_cast<char>(type),
                       static_cast<char>(request_id >> 8U),
                       static_cast<char>(request_id),
                       static_cast<char>(content.size() >> 8U),
                       static_cast<char>(content.size()),
                       static_cast<char>(padding),
                       0};
  bytes += content;
  bytes.append(padding, '\0');
  return bytes;
}

std::string begin(bool keep, unsigned role, unsigned request_id) {
  const std::string body = {static_cast<char>(role >> 8U), static_cast<char>(role), static_cast<char>(keep ? 1 : 0),
                            0, 0, 0, 0, 0};
  return record(kBeginRequest, body, request_id);
}

std::string pairs(const Parameters& parameters) {
  std::string bytes;
  for (const auto& [name, value] : parameters) bytes += length_of(name) + length_of(value) + name + value;
  return bytes;
}

std::string request(const Parameters& parameters, std::string_view body, bool keep) {
  std::string bytes = begin(keep);
  if (!parameters.empty()) bytes += record(kParams, pairs(parameters));
  bytes += record(kParams, "");
  if (!body.empty()) bytes += record(kStdin, body);
  return bytes + record(kStdin, "");
}

std::string request(const std::string& method, const std::string& path, const std::string& token, bool keep) {
  Parameters parameters = {{"REQUEST_METHOD", method}, {"REQUEST_URI", path}, {"REQUEST_ID", "0123456789abcdef"}};
  if (!token.empty()) parameters.emplace_back("HTTP_AUTHORIZATION", "Bearer " + token);
  return request(parameters, "", keep);
}

std::string post(const std::string& path, const std::string& json, const std::string& token) {
  Parameters parameters = {{"REQUEST_METHOD", "POST"}, {"REQUEST_URI", path}};
  if (!token.empty()) parameters.emplace_back("HTTP_AUTHORIZATION", "Bearer " + token);
  if (!json.empty()) parameters.emplace_back("CONTENT_TYPE", "application/json");
  return request(parameters, json);
}

}  // namespace fastcgi

Response FastCgiClient::read_response() {
  constexpr std::size_t kHeader = 8;
  std::string output;
  for (;;) {
    const auto byte = [&](std::size_t i) { return static_cast<std::size_t>(static_cast<unsigned char>(buffer_[i])); };
    const std::size_t content = buffer_.size() < kHeader ? 0 : byte(4) << 8U | byte(5);
    const std::size_t total = buffer_.size() < kHeader ? kHeader : kHeader + content + byte(6);
    if (buffer_.size() < total) {
      read_more();
      continue;
    }
    const std::size_t type = byte(1);
    if (type == fastcgi::kStdout) output += buffer_.substr(kHeader, content);
    buffer_.erase(0, total);
    if (type != fastcgi::kEndRequest) continue;
    Response response = parse_cgi_response(output);
    expect_contract(response, From::kWorker);
    return response;
  }
}

}  // namespace sessiond::test
