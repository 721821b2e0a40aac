// Bodies of any size reach an application behind a login whole, or are refused for want of a session.
#include <gtest/gtest.h>
#include <sodium.h>

#include "integration/applications.h"
#include "integration/socket.h"

namespace sessiond::test {
namespace {

std::string sha256(const std::string& text) {
  std::array<unsigned char, crypto_hash_sha256_BYTES> hash{};
  crypto_hash_sha256(hash.data(), reinterpret_cast<const unsigned char*>(text.data()), text.size());
  std::array<char, 2 * hash.size() + 1> hex{};
  return sodium_bin2hex(hex.data(), hex.size(), hash.data(), hash.size());
}

class AnUpload : public ApplicationsTest {};
class Uploads : public ApplicationsTest, public ::testing::WithParamInterface<std::size_t> {};

TEST_P(Uploads, ReachTheApplicationWholeOrAreRefused) {
  std::string body(GetParam(), '\0');
  for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>(i * i / 251);
  const std::string hash = sha256(body);
  for (const char* path : {"/app/", "/app/unbuffered/"}) {
    for (const bool unsized : {false, true}) {
      for (const bool http2 : {false, true}) {
        SCOPED_TRACE(std::string(path) + (http2 ? " HTTP/2" : " HTTP/1.1") + (unsized ? " unsized" : ""));
        HttpClient client(http2 ? site.http2_socket() : site.nginx.socket(), HttpClient::Answers::kFromAStandIn);
        const Response answer = client.send({"POST", path, {session.cookie()}, body, unsized, http2});
        EXPECT_EQ(answer.status, 200) << answer.body;
        EXPECT_EQ(told(answer, "Body-Hash"), hash);
        EXPECT_EQ(told(answer, "X-Session-User"), user);
      }
      SCOPED_TRACE(path);
      expect_problem(site.web.send({"POST", path, {}, body, unsized}), 401, "unauthorized");
    }
  }
}

// What nginx allows for the check's own location unless told otherwise, and one more; 50 MB.
INSTANTIATE_TEST_SUITE_P(Sizes, Uploads, ::testing::Values(0, 1, 1'048'576, 1'048'577, 50'000'000));

// A frame of HTTP/2 (RFC 9113, section 4.1) on stream 1, or on none for settings.
std::string frame(char type, char flags, const std::string& payload) {
  const std::size_t size = payload.size();
  std::string head{static_cast<char>(size >> 16U), static_cast<char>(size >> 8U), static_cast<char>(size), type, flags, 0, 0, 0, 0};
  if (type != '\4') head.back() = '\1';
  return head + payload;
}

// A header field that is no part of any table (RFC 7541, section 6.2.2).
std::string field(const std::string& name, const std::string& value) {
  std::string text(1, '\0');
  for (const std::string& part : {name, value}) text += static_cast<char>(part.size()) + part;
  return text;
}

// libcurl gives up on an answer that comes before its upload has ended, so this says it by hand.
TEST_F(AnUpload, OverHttp2IsRefusedBeforeItHasEnded) {
  for (const char* path : {"/app/", "/app/unbuffered/"}) {
    const std::string head = field(":method", "POST") + field(":scheme", "http") + field(":path", path) +
                             field(":authority", "example.org") + field("content-length", "1048577");
    const Fd connection = connect_to(site.http2_socket());
    ASSERT_TRUE(write_all(connection.get(), "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame('\4', '\0', "") +
                                                frame('\1', '\4', head) + frame('\0', '\0', std::string(16'384, 'x'))));
    std::string answer;
    while (answer.find("sign in first") == std::string::npos) {
      const std::string more = read_some(connection.get());
      ASSERT_FALSE(more.empty()) << path << ": " << answer;
      answer += more;
    }
  }
}

}  // namespace
}  // namespace sessiond::test
