// What goes through a protected location besides plain requests: WebSockets, events, parts of files, gRPC. Each has a
// real application behind it, streams.py. (Uploads are in uploads_test.cc.)
#include <gtest/gtest.h>

#include <filesystem>

#include "integration/applications.h"
#include "integration/socket.h"

namespace sessiond::test {
namespace {

const std::string kUser = "%C3%A1lice";

class Through : public ::testing::Test {
 protected:
  struct Started {
    Started() {
      std::filesystem::create_directory(site.folder / "files");
      write_file(site.folder / "files/letters", "abcdefghijklmnopqrstuvwxyz");
      streams = std::make_unique<Process>(std::vector<std::string>{"tests/integration/streams.py", site.folder.path()}, site.folder / "streams.log");
      streams->wait_until([this] { return streams->log().find("ready") != std::string::npos; }, "streams.py");
    }
    Applications site{"tests/integration/through.conf"};
    std::unique_ptr<Process> streams;
  };
  static void SetUpTestSuite() { started_ = std::make_unique<Started>(); }
  static void TearDownTestSuite() { started_.reset(); }

  static void revoke(const Signed& one) {
    ASSERT_EQ(started_->site.web.send({"POST", "/api/v1/auth/logout", {one.bearer()}, {}}).status, 204);
  }
  // A connection on which this was asked.
  [[nodiscard]] static Fd ask(const std::string& path, const std::vector<std::string>& headers) {
    Fd connection = connect_to(started_->site.nginx.socket());
    std::string request = "GET " + path + " HTTP/1.1\r\nHost: example.org\r\n";
    for (const std::string& header : headers) request += header + "\r\n";
    write_all(connection.get(), request + "\r\n");
    return connection;
  }
  // What has come on it when `text` has, or its end.
  static std::string until(const Fd& connection, const std::string& text) {
    std::string all;
    for (std::string more; all.find(text) == std::string::npos; all += more) {
      more = read_some(connection.get());
      if (more.empty()) break;
    }
    return all;
  }
  // What a client of gRPC says of its calls.
  std::string calls(const std::vector<std::string>& metadata) {
    std::vector<std::string> command = {"tests/integration/grpc_client.py", site.http2_socket()};
    command.insert(command.end(), metadata.begin(), metadata.end());
    std::filesystem::remove(site.folder / "grpc.log");
    Process client(command, site.folder / "grpc.log", {"GRPC_VERBOSITY=NONE"});
    EXPECT_EQ(client.wait(), 0);
    return client.log();
  }

  static inline std::unique_ptr<Started> started_;
  Applications& site = started_->site;
  const Signed session = site.mint("álice");
};

const std::vector<std::string> kUpgrade = {"Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
                                           "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="};

std::vector<std::string> with_upgrade(std::vector<std::string> headers) {
  headers.insert(headers.end(), kUpgrade.begin(), kUpgrade.end());
  return headers;
}

// A client's text frame (RFC 6455, section 5.2), masked with zeros.
std::string frame(const std::string& text) {
  return std::string("\x81") + static_cast<char>(0x80 | text.size()) + std::string(4, '\0') + text;
}

TEST_F(Through, AWebSocketOpensForTheSignedInAndTellsTheApplicationWho) {
  for (const std::string& credential : {session.cookie(), session.bearer()}) {
    const Fd socket = ask("/app/socket", with_upgrade({credential}));
    const std::string opened = until(socket, "|None|");
    EXPECT_TRUE(opened.starts_with("HTTP/1.1 101 ")) << opened;
    EXPECT_NE(opened.find(kUser + "|None|None|"), std::string::npos) << opened;
    write_all(socket.get(), frame("hello"));
    EXPECT_NE(until(socket, "hello").find("hello"), std::string::npos);
  }
}

TEST_F(Through, AWebSocketOpensForNobodyElse) {
  const Signed gone = site.mint("bob");
  revoke(gone);
  for (const std::string& header : {std::string("X-Nothing: x"), session.cookie() + "x", gone.cookie(), gone.bearer()}) {
    EXPECT_TRUE(until(ask("/app/socket", with_upgrade({header})), "sign in first").starts_with("HTTP/1.1 401 ")) << header;
  }
  EXPECT_TRUE(until(ask("/app/socket", with_upgrade({session.cookie(), "X-Session-User: root"})), "}").starts_with("HTTP/1.1 400 "));
}

TEST_F(Through, AWebSocketThatIsOpenOutlivesItsSession) {
  const Fd socket = ask("/app/socket", with_upgrade({session.cookie()}));
  until(socket, "|None|");
  revoke(session);
  write_all(socket.get(), frame("still here"));
  EXPECT_NE(until(socket, "still here").find("still here"), std::string::npos);
}

TEST_F(Through, EventsComeBeforeTheirStreamEnds) {
  for (const char* path : {"/app/events", "/app/buffered/events?X-Accel-Buffering=no"}) {
    const Fd stream = ask(path, {session.cookie()});
    const std::string first = until(stream, "\n\n");
    EXPECT_NE(first.find("data: " + kUser + "|None|None|"), std::string::npos) << first;
    EXPECT_EQ(site.web.send({"GET", "/app/go-on", {session.cookie()}, {}}).status, 204);
    EXPECT_NE(until(stream, "the end").find("data: the end"), std::string::npos) << path;
    EXPECT_TRUE(until(ask(path, {}), "sign in first").starts_with("HTTP/1.1 401 ")) << path;
  }
}

TEST_F(Through, AFileComesInParts) {
  for (const char* path : {"/app/file", "/files/letters"}) {
    for (const bool http2 : {false, true}) {
      const auto part = [&](const std::vector<std::string>& headers) {
        // Of its own: libcurl 7.88 does not use a connection of HTTP/2 again.
        HttpClient client(http2 ? site.http2_socket() : site.nginx.socket(), HttpClient::Answers::kFromAStandIn);
        return client.send({"GET", path, headers, {}, false, http2});
      };
      const Response got = part({session.cookie(), "Range: bytes=2-5"});
      EXPECT_EQ(got.status, 206);
      EXPECT_EQ(got.header("content-range"), "bytes 2-5/26");
      EXPECT_EQ(got.body, "cdef");
      EXPECT_EQ(part({session.cookie(), "Range: bytes=2-5", "If-Range: Thu, 01 Jan 1970 00:00:00 GMT"}).body, "abcdefghijklmnopqrstuvwxyz");
      EXPECT_EQ(part({session.cookie(), "Range: bytes=30-"}).status, 416);
      expect_problem(part({"Range: bytes=2-5"}), 401, "unauthorized");
    }
  }
}

TEST_F(Through, GrpcIsCalledByTheSignedInAndToldWhoTheyAre) {
  const std::string who = kUser + "|None|None|";
  const std::string expected = "say " + who + "hello\ntalk " + who + "one\ntalk " + who + "two\n";
  EXPECT_EQ(calls({"authorization=Bearer " + session.token}), expected);
  EXPECT_EQ(calls({"cookie=__Host-session=" + session.token}), expected);
}

TEST_F(Through, GrpcIsUnauthenticatedForEverybodyElse) {
  const std::string refused = "say UNAUTHENTICATED\ntalk UNAUTHENTICATED\n";
  EXPECT_EQ(calls({}), refused);
  revoke(session);
  EXPECT_EQ(calls({"authorization=Bearer " + session.token}), refused);
  const Signed other = site.mint("bob");
  EXPECT_EQ(calls({"authorization=Bearer " + other.token, "x-session-user=root"}), "say INTERNAL\ntalk INTERNAL\n") << "nginx's 400";
}

}  // namespace
}  // namespace sessiond::test
