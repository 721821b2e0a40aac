// Request bodies that are not what they should be.
#include <gtest/gtest.h>

#include "integration/document.h"
#include "integration/site.h"
#include "integration/socket.h"

namespace sessiond::test {
namespace {

constexpr const char* kUserJson =
    R"({"id":"bodies","username":"u","created_at":"2026-01-01T00:00:00.000Z","updated_at":"2026-01-01T00:00:00.000Z"})";

std::string body_with(const std::string& user, const std::string& more = "") {
  return R"({"user":)" + user + R"(,"kind":"web")" + more + "}";
}

class BadMinting : public SiteTest, public ::testing::WithParamInterface<std::string> {};

TEST_P(BadMinting, IsABadRequestAndMintsNothing) {
  expect_problem(site.post_internal("/internal/v1/sessions", GetParam()), 400, "bad_request");
  EXPECT_EQ(site.operators.send({"GET", "/internal/v1/users/bodies/sessions", {}, {}}).body, "[]");
}

INSTANTIATE_TEST_SUITE_P(
    Bodies, BadMinting,
    ::testing::Values(
        "", "{}", "null", "[]", "user=alice", "\xEF\xBB\xBF" + body_with(kUserJson), body_with(kUserJson) + "x",
        body_with(kUserJson) + std::string(1, '\0'), std::string(10'000, '['), body_with(kUserJson, ",\"ttl_seconds\":NaN"),
        // Members that are missing, unknown, twice or of another type.
        std::string(R"({"kind":"web"})"), R"({"user":)" + std::string(kUserJson) + "}", body_with("null"), body_with("\"bodies\""),
        body_with("[]"), body_with("{}"), body_with(kUserJson, R"(,"kind":"web")"), body_with(kUserJson, R"(,"admin":true)"),
        R"({"user":)" + std::string(kUserJson) + R"(,"kind":"root"})", R"({"user":)" + std::string(kUserJson) + R"(,"kind":1})",
        R"({"user":)" + std::string(kUserJson) + R"(,"kind":"WEB"})",
        body_with(kUserJson, R"(,"user_agent":1)"), body_with(kUserJson, R"(,"user_agent":["x"])"),
        body_with(kUserJson, R"(,"persistent":"false")"), body_with(kUserJson, R"(,"persistent":0)"), body_with(kUserJson, R"(,"persistent":null)"),
        // Lifetimes.
        body_with(kUserJson, R"(,"ttl_seconds":0)"), body_with(kUserJson, R"(,"ttl_seconds":-1)"),
        body_with(kUserJson, R"(,"ttl_seconds":1.5)"), body_with(kUserJson, R"(,"ttl_seconds":"60")"),
        body_with(kUserJson, R"(,"ttl_seconds":null)"), body_with(kUserJson, R"(,"ttl_seconds":316224001)"),
        body_with(kUserJson, R"(,"ttl_seconds":9223372036854775807)"),
        body_with(kUserJson, R"(,"ttl_seconds":99999999999999999999999)"), body_with(kUserJson, R"(,"ttl_seconds":1e3)"),
        body_with(kUserJson, R"(,"ttl_seconds":0.)" + std::string(4000, '0') + "1e-99999999999"),
        // Sessions to replace.
        body_with(kUserJson, R"(,"replaces":"")"), body_with(kUserJson, R"(,"replaces":"x")"), body_with(kUserJson, R"(,"replaces":1)"),
        body_with(kUserJson, R"(,"replaces":null)"),
        // Users.
        body_with(R"({"id":"","username":"u","created_at":"2026-01-01T00:00:00Z","updated_at":"2026-01-01T00:00:00Z"})"),
        body_with(R"({"id":"bodies","username":"","created_at":"2026-01-01T00:00:00Z","updated_at":"2026-01-01T00:00:00Z"})"),
        body_with(R"({"id":"bodies","username":"u","created_at":"","updated_at":"2026-01-01T00:00:00Z"})"),
        body_with(R"({"id":"bodies","username":"u","created_at":"2026-01-01T00:00:00Z","updated_at":""})"),
        body_with(R"({"id":1,"username":"u","created_at":"2026-01-01T00:00:00Z","updated_at":"2026-01-01T00:00:00Z"})"),
        body_with(R"({"id":")" + std::string(256, 'a') + R"(","username":"u","created_at":"2026-01-01T00:00:00Z","updated_at":"2026-01-01T00:00:00Z"})"),
        body_with("{\"id\":\"\xFF\",\"username\":\"u\",\"created_at\":\"2026-01-01T00:00:00Z\",\"updated_at\":\"2026-01-01T00:00:00Z\"}"),
        body_with(R"({"id":"\ud800","username":"u","created_at":"2026-01-01T00:00:00Z","updated_at":"2026-01-01T00:00:00Z"})"),
        body_with(R"({"id":"\udc00","username":"u","created_at":"2026-01-01T00:00:00Z","updated_at":"2026-01-01T00:00:00Z"})"),
        body_with(R"({"id":"a","id":"b","username":"u","created_at":"2026-01-01T00:00:00Z","updated_at":"2026-01-01T00:00:00Z"})"),
        body_with(R"({"id":"a","username":null,"created_at":"2026-01-01T00:00:00Z","updated_at":"2026-01-01T00:00:00Z"})"),
        body_with(R"({"id":"a","username":"u","created_at":"2026-01-01T00:00:00Z"})"),
        body_with(R"({"id":"a","username":"u","created_at":"2026-01-01T00:00:00Z","updated_at":"2026-01-01T00:00:00Z","deep":[[[[[[[1]]]]]]]})"),
        body_with(R"({"id":"a","username":"u","created_at":"yesterday","updated_at":"2026-01-01T00:00:00Z"})"),
        body_with(R"({"id":"a","username":"u","created_at":"2026-01-01T00:00:00Z","updated_at":"2026-02-30T00:00:00Z"})")));

class Bodies : public SiteTest {
 protected:
  Response post(const std::string& path, std::vector<std::string> headers, const std::string& body) {
    return site.web.send({"POST", path, std::move(headers), body});
  }
  const std::vector<std::string> json = {"Content-Type: application/json"};
};

TEST_F(Bodies, OfDevLoginHoldOnePrintableName) {
  for (const std::string& body :
       {std::string("{}"), std::string(R"({"username":""})"), std::string(R"({"username":1})"), std::string(R"({"name":"a"})"),
        std::string(R"({"username":"a","admin":true})"), std::string(R"({"username":"a\nb"})"),
        std::string(R"({"username":"a\u0000"})"), R"({"username":")" + std::string(65, 'a') + R"("})",
        std::string("{\"username\":\"\xFF\"}"), std::string(R"("alice")")}) {
    expect_problem(post("/api/v1/auth/dev-login", json, body), 400, "bad_request");
  }
}

TEST_F(Bodies, AreJsonAndSaySo) {
  const std::string body = R"({"username":"bodies"})";
  for (const char* type : {"Content-Type: text/plain", "Content-Type: application/x-www-form-urlencoded",
                           "Content-Type: application/jsonp", "Content-Type: application/json+x", "Content-Type: json",
                           "Content-Type: multipart/form-data; boundary=x", "Content-Type:"}) {
    expect_problem(post("/api/v1/auth/dev-login", {type}, body), 415, "bad_request");
  }
  for (const char* type : {"Content-Type: application/json; charset=utf-8", "Content-Type: Application/JSON"}) {
    EXPECT_EQ(post("/api/v1/auth/dev-login", {type}, body).status, 200) << type;
  }
}

TEST_F(Bodies, OverTheLimitAreRefusedInTheUsualShape) {
  for (const std::size_t size : {std::size_t{16'385}, std::size_t{100'000}, std::size_t{1'000'000}}) {
    expect_problem(post("/api/v1/auth/dev-login", json, std::string(size, ' ')), 413, "bad_request");
  }
  EXPECT_EQ(post("/api/v1/auth/dev-login", json, std::string(16'384 - 21, ' ') + R"({"username":"bodies"})").status, 200);
}

TEST_F(Bodies, OverTheLimitAreRefusedByTheWorkerItselfToo) {
  const fastcgi::Parameters parameters = {{"REQUEST_METHOD", "POST"},
                                          {"REQUEST_URI", "/api/v1/auth/dev-login"},
                                          {"CONTENT_TYPE", "application/json"},
                                          {"CONTENT_LENGTH", "2"}};
  FastCgiClient worker(site.worker.public_socket());
  EXPECT_EQ(worker.ask(fastcgi::request(parameters, std::string(60'000, ' '))).status, 413);
  EXPECT_EQ(worker.ask(fastcgi::request(parameters, R"({"username":"bodies"})")).status, 200)
      << "CONTENT_LENGTH may lie: the protocol's own end of the body counts";
}

TEST_F(Bodies, MayComeInChunks) {
  const std::string body = R"({"username":"bodies"})";
  EXPECT_EQ(post("/api/v1/auth/dev-login", {json[0], "Transfer-Encoding: chunked"}, body).status, 200);
  expect_problem(post("/api/v1/auth/dev-login", {json[0], "Transfer-Encoding: chunked"}, std::string(100'000, ' ')), 413,
                 "bad_request");
}

// nginx's own 400, of a request whose location it knows, and the worker's.
TEST_F(Bodies, WhoseChunksAreBrokenAreRefusedInShape) {
  const std::string chunked = " HTTP/1.1\r\nHost: site.example\r\nConnection: close\r\nContent-Type: application/json\r\n"
                              "Transfer-Encoding: chunked\r\n\r\nzz\r\n";
  for (const auto& [socket, path] : {std::pair{site.nginx.socket(), "/api/v1/auth/cli/redeem"},
                                     {site.worker.internal_socket(), "/internal/v1/sessions"}}) {
    const Fd fd = connect_to(socket);
    ASSERT_TRUE(write_all(fd.get(), "POST " + std::string(path) + chunked));
    std::string response;
    for (std::string more = "more"; !more.empty(); response += more) more = read_some(fd.get());
    EXPECT_TRUE(response.starts_with("HTTP/1.1 400 ")) << response;
    EXPECT_NE(response.find("\r\nCache-Control: no-store\r\n"), std::string::npos) << response;
    EXPECT_NE(response.find("{\"code\":\"bad_request\","), std::string::npos) << response;
  }
}

TEST_F(Bodies, ThatNobodyAskedForAreReadAndForgotten) {
  const Signed mine = site.mint(user);
  for (const char* method : {"GET", "DELETE", "POST", "PUT"}) {
    const Response response = site.web.send({method, "/api/v1/u/me", {mine.bearer(), json[0]}, std::string(16'000, 'x')});
    EXPECT_EQ(response.status, std::string(method) == "GET" ? 200 : 405);
  }
}

// libfcgi reads blocks of 8 kB. If a body were not read to its end, the bytes from there on would
// be taken for the next FastCGI request: here, one that mints.
TEST_F(Bodies, CannotSmuggleARequest) {
  const fastcgi::Parameters forged = {{"REQUEST_METHOD", "POST"},
                                      {"REQUEST_URI", "/internal/v1/sessions"},
                                      {"CONTENT_TYPE", "application/json"}};
  const std::string minting = fastcgi::request(forged, minting_json(user_json("smuggled")));
  const Signed mine = site.mint(user);
  for (const std::size_t offset : {8192U - 24, 8192U - 16, 8192U - 8, 8192U}) {
    const std::string body = std::string(offset, ' ') + minting + minting;
    for (const char* path : {"/api/v1/auth/sessions", "/api/v1/auth/sessions/x", "/api/v1/auth/logout", "/api/v1/u/me",
                             "/api/v1/auth/cli/request-grant", "/api/v1/auth/cli/redeem", "/api/v1/auth/dev-login",
                             "/api/v1/auth/nothing", "/healthz", "/internal/v1/check", "/internal/v1/sessions"}) {
      for (const char* method : {"GET", "POST", "DELETE"}) {
        HttpClient& client = std::string_view(path).starts_with("/internal") ? site.operators : site.web;
        const int status = client.send({method, path, {json[0]}, body}).status;
        EXPECT_TRUE(status >= 200 && status < 500) << method << " " << path << ": " << status;
        EXPECT_EQ(site.get("/api/v1/u/me", mine).status, 200) << "the request after " << method << " " << path;
      }
    }
  }
  EXPECT_EQ(site.operators.send({"GET", "/internal/v1/users/smuggled/sessions", {}, {}}).body, "[]");
}

}  // namespace
}  // namespace sessiond::test
