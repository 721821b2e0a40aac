// An event as a webhook.
#include "events/webhook.h"

#include <gtest/gtest.h>

namespace sessiond::events {
namespace {

TEST(Webhook, GoesWhereItsAddressSays) {
  const auto place = [](std::string_view url) {
    const Result<Target> target = parse_target(url);
    if (!target) return std::string("none");
    return target->server.host + " " + std::to_string(target->server.port) + (target->server.tls ? " tls " : " ") + target->host + " " + target->path;
  };
  EXPECT_EQ(place("https://example.org/hooks?a=b"), "example.org 443 tls example.org /hooks?a=b");
  EXPECT_EQ(place("https://example.org"), "example.org 443 tls example.org /");
  EXPECT_EQ(place("https://example.org?x"), "example.org 443 tls example.org /?x");
  EXPECT_EQ(place("http://127.0.0.1:8000/"), "127.0.0.1 8000 127.0.0.1:8000 /");
  EXPECT_EQ(place("http://[::1]:8000/x"), "::1 8000 [::1]:8000 /x");
  EXPECT_EQ(place("http://[::1]"), "::1 80 [::1] /");
  for (const char* const bad : {"", "example.org", "ftp://example.org", "https://", "https:///x", "https://:443/", "https://example.org:0/", "https://example.org:65536/",
                                "https://example.org:x/", "https://user:pw@example.org/", "https://user@example.org/", "https://user@[::1]/", "https://[user@::1]/", "https://example.org/a b", "https://example.org/\r\nX: y", "https://[::1/", "https://[::1]x/",
                                "https://example.org/#x", "HTTPS://example.org"}) {
    EXPECT_EQ(place(bad), "none") << bad;
  }
}

// The example of the Standard Webhooks specification's own libraries.
TEST(Webhook, IsSignedAsTheSpecificationSays) {
  const auto secret = WebhookSecret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
  ASSERT_TRUE(secret);
  EXPECT_EQ(secret->sign("msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", R"({"test": 2432232314})"), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

TEST(Webhook, WantsASecretOfTheRightLengthAndForm) {
  EXPECT_TRUE(WebhookSecret::parse("whsec_" + std::string(32, 'A')));
  EXPECT_TRUE(WebhookSecret::parse("whsec_" + std::string(84, 'A') + "AA=="));
  for (const std::string& bad : {std::string(), std::string("whsec_"), std::string(32, 'A'), "whsec_" + std::string(28, 'A'), "whsec_" + std::string(88, 'A'),
                                 "whsec_" + std::string(31, 'A'), "whsec_" + std::string(31, 'A') + "-", "whsec_" + std::string(32, 'A') + "\n"}) {
    EXPECT_FALSE(WebhookSecret::parse(bad)) << bad;
  }
}

TEST(Webhook, SaysWhatHappened) {
  const Entry ended{{1'790'000'000'000, 3}, {{"event", "ended"}, {"user", "u\"1"}}};
  EXPECT_EQ(webhook_body(ended), R"({"type":"session.ended","timestamp":"2026-09-21T14:13:20.000Z","data":{"id":"1790000000000-3","at":"2026-09-21T14:13:20.000Z","event":"ended","user":"u\"1"}})");
  const Entry disabled{{0, 0}, {{"event", "user-disabled"}}};
  EXPECT_TRUE(webhook_body(disabled).starts_with(R"({"type":"user.disabled",)"));
  const std::string request = webhook_request(*parse_target("http://localhost:81/x"), *WebhookSecret::parse("whsec_" + std::string(32, 'A')), disabled, 1'790'000'000'999);
  EXPECT_TRUE(request.starts_with("POST /x HTTP/1.1\r\nHost: localhost:81\r\n")) << request;
  EXPECT_NE(request.find("\r\nwebhook-id: 0-0\r\nwebhook-timestamp: 1790000000\r\nwebhook-signature: v1,"), std::string::npos) << request;
  EXPECT_NE(request.find("\r\nContent-Length: " + std::to_string(webhook_body(disabled).size()) + "\r\n"), std::string::npos) << request;
}

TEST(Webhook, IsTakenByWhoAnswersHttp) {
  EXPECT_EQ(parse_status("HTTP/1.1 204 No Content\r\n"), 204);
  EXPECT_EQ(parse_status("HTTP/1.0 500\r\nX: y"), 500);
  EXPECT_EQ(parse_status("HTTP/1.1 200\r\n"), 200);
  EXPECT_EQ(parse_status("HTTP/1.1 20"), std::nullopt);
  const std::string hints = "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n";
  EXPECT_EQ(parse_status(hints), std::nullopt);
  EXPECT_EQ(parse_status(hints.substr(0, hints.size() - 2)), std::nullopt);
  EXPECT_EQ(parse_status(hints + hints + "HTTP/1.1 204 No Content\r\n"), 204);
  EXPECT_EQ(parse_status("HTTP/1.1 101 Switching Protocols\r\n"), 101);
  EXPECT_EQ(parse_status("HTTP/1.1 102 Processing\r\nX: " + std::string(20'000, 'x')), 0);
  std::string endless;
  while (endless.size() < 20'000) endless += hints;
  EXPECT_EQ(parse_status(endless), 0);
  EXPECT_EQ(parse_status(std::string(2000, 'x')), 0);
  EXPECT_EQ(parse_status("HTTP/1.1 200 " + std::string(2000, 'x') + "\r\n"), 0);
  for (const char* const bad : {"\r\n", "HTTP/2 200\r\n", "HTTP/1.1 abc\r\n", "SSH-2.0-OpenSSH_9.2p1\r\n", "HTTP/1.1200 x\r\n", "HTTP/1.1 2000\r\n", "HTTP/1.1 -12\r\n", "HTTP/1.1 099\r\n"}) EXPECT_EQ(parse_status(bad), 0) << bad;
}

}  // namespace
}  // namespace sessiond::events
