#include "events/webhook.h"

#include <algorithm>

#include "base/text.h"
#include "base/version.h"
#include "json/write.h"
#include "session/crypto.h"

namespace sessiond::events {
namespace {

constexpr std::size_t kShortestSecret = 24;  // bytes
constexpr std::size_t kLongestSecret = 64;
constexpr std::size_t kLongestUrl = 2000;
constexpr std::size_t kLongestLine = 1024;
constexpr std::size_t kLongestHeads = 16UL * 1024;  // of what comes before the answer
constexpr int kHttps = 443;
constexpr int kHttp = 80;

Error expected() { return {Failure::kBadRequest, "an address such as https://example.org/hooks/sessions"}; }

bool can_be_in_url(char c) {
  return c > ' ' && c < '\x7f' && c != '"' && c != '<' && c != '>' && c != '\\' && c != '#';
}

// `host`, `host:port`, `[::1]` or `[::1]:port`.
Result<Endpoint> parse_server(std::string_view text, bool tls) {
  Endpoint like_this;
  like_this.unix_path.clear();
  like_this.tls = tls;
  std::string_view host = text;
  std::string_view after;
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) return expected();
    host = text.substr(1, close - 1);
    after = text.substr(close + 1);
  } else if (const std::size_t colon = text.find(':'); colon != std::string_view::npos) {
    host = text.substr(0, colon);
    after = text.substr(colon);
  }
  int port = tls ? kHttps : kHttp;
  if (!after.empty()) {
    const auto number = after.starts_with(':') ? parse_number<int>(after.substr(1)) : std::nullopt;
    if (!number) return expected();
    port = *number;
  }
  const auto server = host.empty() ? std::nullopt : endpoint_at(host, port, like_this);
  if (!server) return expected();
  return *server;
}

// `HTTP/1.1 200 OK` (RFC 9112, section 4); 0 for any other line.
int status_in(std::string_view line) {
  constexpr std::size_t kStatusAt = 9;
  constexpr std::size_t kStatusEnd = 12;
  if (line.size() < kStatusEnd || !line.starts_with("HTTP/1.") || line[kStatusAt - 1] != ' ') return 0;
  if (line.size() > kStatusEnd && line[kStatusEnd] != ' ') return 0;
  const int status = parse_number<int>(line.substr(kStatusAt, kStatusEnd - kStatusAt)).value_or(0);
  return status >= 100 ? status : 0;
}

// Says that the answer is still to come (RFC 9110, section 15.2). After 101 none does.
bool is_interim(int status) { return status >= 100 && status < 200 && status != 101; }

}  // namespace

Result<Target> parse_target(std::string_view url) {
  const bool tls = url.starts_with("https://");
  if (!tls && !url.starts_with("http://")) return expected();
  if (url.size() > kLongestUrl || !std::ranges::all_of(url, can_be_in_url)) return expected();
  url.remove_prefix(url.find("//") + 2);
  const std::size_t end = std::min(url.find_first_of("/?"), url.size());
  const std::string_view host = url.substr(0, end);
  const std::string_view path = url.substr(end);
  const Result<Endpoint> server = parse_server(host, tls);
  if (!server) return server.error();
  Target target{*server, std::string(host), std::string(path.starts_with('/') ? "" : "/")};
  target.path += path;
  return target;
}

std::optional<WebhookSecret> WebhookSecret::parse(std::string_view text) {
  constexpr std::string_view kPrefix = "whsec_";
  if (!text.starts_with(kPrefix)) return std::nullopt;
  auto key = parse_base64(text.substr(kPrefix.size()), kLongestSecret);
  if (!key || key->size() < kShortestSecret) return std::nullopt;
  return WebhookSecret(std::move(*key));
}

std::string WebhookSecret::sign(std::string_view id, std::string_view timestamp, std::string_view body) const {
  std::string text(id);
  text.append(".").append(timestamp).append(".").append(body);
  return "v1," + base64(hmac_sha256(key_, bytes_of(text)));
}

std::string webhook_body(const Entry& entry) {
  constexpr std::string_view kOfUsers = "user-";
  const std::string_view event = entry.find("event");
  const bool of_user = event.starts_with(kOfUsers);
  std::string type = of_user ? "user." : "session.";
  type += of_user ? event.substr(kOfUsers.size()) : event;
  std::string body = R"({"type":)";
  json::append_string(body, type);
  body.append(R"(,"timestamp":")").append(rfc3339(entry.id.at)).append(R"(","data":)").append(json_of(entry));
  return body + "}";
}

std::string webhook_request(const Target& target, const WebhookSecret& secret, const Entry& entry, Millis now) {
  const std::string body = webhook_body(entry);
  const std::string id = format_entry_id(entry.id);
  const std::string timestamp = std::to_string(now / 1000);
  std::string request = "POST " + target.path + " HTTP/1.1\r\nHost: " + target.host + "\r\n";
  request.append("User-Agent: sessiond/").append(kVersion).append("\r\nContent-Type: application/json\r\n");
  request.append("Content-Length: ").append(std::to_string(body.size())).append("\r\nConnection: close\r\n");
  request.append("webhook-id: ").append(id).append("\r\nwebhook-timestamp: ").append(timestamp).append("\r\n");
  request.append("webhook-signature: ").append(secret.sign(id, timestamp, body)).append("\r\n\r\n");
  return request + body;
}

std::optional<int> parse_status(std::string_view answer) {
  std::size_t heads = 0;  // bytes of those that have come
  for (;;) {
    const std::string_view rest = answer.substr(heads);
    const std::size_t end = rest.find("\r\n");
    if (end == std::string_view::npos && rest.size() <= kLongestLine) return std::nullopt;
    if (end >= kLongestLine) return 0;
    const int status = status_in(rest.substr(0, end));
    if (!is_interim(status)) return status;
    const std::size_t head = rest.find("\r\n\r\n");
    if (head == std::string_view::npos) return rest.size() > kLongestHeads ? std::optional(0) : std::nullopt;
    heads += head + 4;
    if (heads > kLongestHeads) return 0;
  }
}

}  // namespace sessiond::events
