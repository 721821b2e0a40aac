#pragma once

#include <string>

#include "integration/response.h"
#include "integration/site.h"

namespace sessiond::test {

inline constexpr const char* kDevicePage = "https://site.example/device";

/// The two codes of a client that waits.
struct Waiting {
  std::string device_code;
  std::string user_code;
};

/// A worker's clients that begin the conversation (RFC 8628), and the browsers that decide, all at its own public
/// socket, past nginx.
class Devices {
 public:
  explicit Devices(std::string socket) : socket_(std::move(socket)) {}

  [[nodiscard]] Response post_form(const std::string& path, const std::string& form, const std::string& user_agent = "") const;
  /// POST /oauth/device_authorization, which must succeed.
  [[nodiscard]] Waiting begin(const std::string& client_id = "path-cli") const;
  /// POST /oauth/token
  [[nodiscard]] Response poll(const std::string& device_code, const std::string& client_id = "path-cli", const std::string& user_agent = "") const;
  /// POST /api/v1/auth/devices/{find, approve, deny}
  [[nodiscard]] Response decide(const std::string& what, const std::string& user_code, const Signed& caller) const;

 private:
  std::string socket_;
};

/// What an answer to `begin` says.
[[nodiscard]] Waiting waiting_of(const Response& begun);

/// Where the client waits in Redis.
[[nodiscard]] std::string key_of(const Waiting& waiting);

/// A failure in OAuth's own shape (RFC 6749, section 5.2). Adds failures.
void expect_oauth(const Response& response, int status, const std::string& word);

}  // namespace sessiond::test
