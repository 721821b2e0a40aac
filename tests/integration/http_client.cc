#include "integration/http_client.h"

#include <curl/curl.h>

#include <cstdlib>
#include <fstream>
#include <stdexcept>

#include "integration/contract.h"
#include "integration/process.h"
#include "json/write.h"

namespace sessiond::test {
namespace {

std::size_t take_body(const char* data, std::size_t, std::size_t size, void* response) {
  static_cast<Response*>(response)->body.append(data, size);
  return size;
}

std::size_t give_body(char* room, std::size_t, std::size_t size, void* rest) {
  auto& body = *static_cast<std::string_view*>(rest);
  const std::size_t given = body.copy(room, size);
  body.remove_prefix(given);
  return given;
}

std::size_t take_header(const char* data, std::size_t, std::size_t size, void* response) {
  const std::string_view line(data, size);
  auto& answer = *static_cast<Response*>(response);
  if (line.starts_with("HTTP/")) answer.headers.clear();  // after an interim response
  else add_header_line(answer, line);
  return size;
}

void append_member(std::string& json, std::string_view name, std::string_view value) {
  json::append_string(json, name);
  json += ':';
  json::append_string(json, value);
}

// Which realm a socket is the door of. The internal one's is the worker's own.
std::string_view realm_of(const std::string& socket) {
  return socket.ends_with("internal.sock") ? "internal" : "public";
}

// Whether a request is sessiond's to answer: by a route of its own, or in the internal realm, which has no
// other. What an application, a page or openapi.json says is not under the contract, and a path with dots, or
// with a dot or slash that is encoded, leads nginx to any of these.
bool is_ours(const std::string& socket, const std::string& path) {
  if (realm_of(socket) == "internal") return true;
  const std::string route = path.substr(0, path.find('?'));
  if (route.find("..") != std::string::npos || route.find("%2") != std::string::npos) return false;
  return route.starts_with("/api/v1/auth/") || route == "/api/v1/u/me" || route.starts_with("/oauth/") || route == "/healthz" || route == "/readyz";
}

void record(const std::string& socket, const HttpRequest& request, const Response& response) {
  const char* file = std::getenv("RESPONSE_LOG");
  if (file == nullptr || request.path.starts_with("/app/")) return;  // what an application says is not ours
  std::string line = "{";
  append_member(line, "realm", realm_of(socket));
  line += ',';
  append_member(line, "method", request.method);
  line += ',';
  append_member(line, "path", request.path);
  line += ",\"status\":" + std::to_string(response.status) + ",\"headers\":{";
  std::string before;
  for (const auto& [name, value] : response.headers) {
    if (name == before) continue;
    if (!before.empty()) line += ',';
    append_member(line, name, *response.header(name));
    before = name;
  }
  line += "},";
  append_member(line, "body", response.body);
  line += "}\n";
  std::ofstream(file, std::ios::app) << line;
}

}  // namespace

HttpClient::HttpClient(std::string socket, Answers answers)
    : socket_(std::move(socket)), answers_(answers), curl_(curl_easy_init()) {}
HttpClient::~HttpClient() { curl_easy_cleanup(curl_); }

Response HttpClient::send(const HttpRequest& request) {
  Response response;
  curl_slist* headers = curl_slist_append(nullptr, "Expect:");
  for (const std::string& header : request.headers) headers = curl_slist_append(headers, header.c_str());
  if (request.unsized && !request.http2) headers = curl_slist_append(headers, "Transfer-Encoding: chunked");
  std::string_view unsized_body;
  const bool is_unix = socket_.starts_with('/');
  const std::string url = "http://" + (is_unix ? "localhost" : socket_);

  curl_easy_reset(curl_);
  if (is_unix) curl_easy_setopt(curl_, CURLOPT_UNIX_SOCKET_PATH, socket_.c_str());
  curl_easy_setopt(curl_, CURLOPT_PROXY, "");
  curl_easy_setopt(curl_, CURLOPT_URL, url.c_str());
  // In an URL, some versions of libcurl leave out a `?` that nothing follows.
  curl_easy_setopt(curl_, CURLOPT_REQUEST_TARGET, request.path.c_str());
  curl_easy_setopt(curl_, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl_, CURLOPT_TIMEOUT, static_cast<long>(kPatience.count()));
  if (request.http2) curl_easy_setopt(curl_, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE);
  if (request.body && request.unsized) {
    unsized_body = *request.body;
    curl_easy_setopt(curl_, CURLOPT_POST, 1L);
    curl_easy_setopt(curl_, CURLOPT_READFUNCTION, give_body);
    curl_easy_setopt(curl_, CURLOPT_READDATA, &unsized_body);
  } else if (request.body) {
    curl_easy_setopt(curl_, CURLOPT_POSTFIELDSIZE, static_cast<long>(request.body->size()));
    curl_easy_setopt(curl_, CURLOPT_POSTFIELDS, request.body->c_str());
  }
  if (request.method == "HEAD") curl_easy_setopt(curl_, CURLOPT_NOBODY, 1L);
  else curl_easy_setopt(curl_, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  curl_easy_setopt(curl_, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(curl_, CURLOPT_WRITEFUNCTION, take_body);
  curl_easy_setopt(curl_, CURLOPT_WRITEDATA, &response);
  curl_easy_setopt(curl_, CURLOPT_HEADERFUNCTION, take_header);
  curl_easy_setopt(curl_, CURLOPT_HEADERDATA, &response);
  const CURLcode code = curl_easy_perform(curl_);
  curl_slist_free_all(headers);
  if (code != CURLE_OK) throw std::runtime_error(request.method + " " + request.path + ": " + curl_easy_strerror(code));

  long status = 0;
  curl_easy_getinfo(curl_, CURLINFO_RESPONSE_CODE, &status);
  response.status = static_cast<int>(status);
  if (answers_ == Answers::kFromAStandIn) return response;
  const From from = realm_of(socket_) == "internal" ? From::kWorker : From::kNginx;
  if (is_ours(socket_, request.path)) expect_contract(response, from, request.method + " " + request.path);
  record(socket_, request, response);
  return response;
}

}  // namespace sessiond::test
