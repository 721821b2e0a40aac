#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "events/entry.h"
#include "redis/address.h"

namespace sessiond::events {

/// Where webhooks are sent.
struct Target {
  Endpoint server;
  std::string host;  // with the port where one is written, as the header Host has it
  std::string path;  // and query
};

/// Reads `https://host[:port][/path]`, or `http://` likewise. Fails with what was expected.
[[nodiscard]] Result<Target> parse_target(std::string_view url);

/// What signs webhooks, and is never shown. Written as `whsec_` and base64 of 24 to 64 bytes (Standard Webhooks).
class WebhookSecret {
 public:
  /// Nothing for any other text.
  [[nodiscard]] static std::optional<WebhookSecret> parse(std::string_view text);

  /// The value of the header webhook-signature, by HMAC-SHA256.
  [[nodiscard]] std::string sign(std::string_view id, std::string_view timestamp, std::string_view body) const;

 private:
  explicit WebhookSecret(std::vector<std::uint8_t> key) : key_(std::move(key)) {}
  std::vector<std::uint8_t> key_;
};

/// The event as a webhook's body: its `type`, which is `session.` or `user.` and what happened, its `timestamp`, and as
/// `data` the event.
[[nodiscard]] std::string webhook_body(const Entry& entry);

/// The whole HTTP/1.1 request (Standard Webhooks 1.0), sent at the time `now`. Whoever gets one twice knows it by its
/// webhook-id.
[[nodiscard]] std::string webhook_request(const Target& target, const WebhookSecret& secret, const Entry& entry,
                                          Millis now);

/// The status of an HTTP/1.1 answer that begins so: nothing while it has not come, 0 when it is none. What comes before
/// it, with a status from 100 to 199, is left out.
[[nodiscard]] std::optional<int> parse_status(std::string_view answer);

}  // namespace sessiond::events
