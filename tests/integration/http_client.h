#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "integration/response.h"

namespace sessiond::test {

struct HttpRequest {
  std::string method = "GET";
  std::string path;                  // sent as it is, dots and all
  std::vector<std::string> headers;  // `Name: value`, or `Name:` to send none of that name
  std::optional<std::string> body;
  bool unsized = false;  // do not say how long the body is: chunked in HTTP/1.1
  bool http2 = false;    // in cleartext, without asking first
};

/// An HTTP client, as a browser or a CLI is one, on a Unix socket or at an `address:port`. Keeps its connection. When
/// $RESPONSE_LOG names a file, each response is added to it as a line of JSON:
/// `{"realm", "method", "path", "status", "headers": {name: value}, "body"}`. The test fails where an
/// answer on a route of sessiond's is not as the contract promises of all.
class HttpClient {
 public:
  enum class Answers { kFromTheWorker, kFromAStandIn };

  /// What a stand-in for the worker answers is neither recorded nor held to the contract.
  explicit HttpClient(std::string socket, Answers answers = Answers::kFromTheWorker);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// Throws when no answer comes.
  Response send(const HttpRequest& request);

 private:
  std::string socket_;
  Answers answers_;
  void* curl_;
};

}  // namespace sessiond::test
