#include "integration/devices.h"

#include "integration/document.h"
#include "session/grant.h"

namespace sessiond::test {

Response Devices::post_form(const std::string& path, const std::string& form, const std::string& user_agent) const {
  FastCgiClient worker(socket_);
  fastcgi::Parameters parameters = {{"REQUEST_METHOD", "POST"},
                                    {"REQUEST_URI", path},
                                    {"REQUEST_ID", "0123456789abcdef0123456789abcdef"},
                                    {"CONTENT_TYPE", "application/x-www-form-urlencoded"},
                                    {"REMOTE_ADDR", "203.0.113.7"},
                                    {"SESSION_PLACE", "Oslo, NO"}};
  if (!user_agent.empty()) parameters.emplace_back("HTTP_USER_AGENT", user_agent);
  return worker.ask(fastcgi::request(parameters, form));
}

Waiting Devices::begin(const std::string& client_id) const {
  return waiting_of(post_form("/oauth/device_authorization", "scope=anything&client_id=" + client_id, "path-cli/0.8 (macOS)"));
}

Response Devices::poll(const std::string& device_code, const std::string& client_id, const std::string& user_agent) const {
  return post_form("/oauth/token",
                   "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&client_id=" + client_id + "&device_code=" + device_code,
                   user_agent);
}

Response Devices::decide(const std::string& what, const std::string& user_code, const Signed& caller) const {
  FastCgiClient worker(socket_);
  return worker.ask(fastcgi::request({{"REQUEST_METHOD", "POST"},
                                      {"REQUEST_URI", "/api/v1/auth/devices/" + what},
                                      {"REQUEST_ID", "0123456789abcdef0123456789abcdef"},
                                      {"HTTP_AUTHORIZATION", "Bearer " + caller.token},
                                      {"CONTENT_TYPE", "application/json"}},
                                     R"({"code":")" + user_code + "\"}"));
}

Waiting waiting_of(const Response& begun) {
  if (begun.status != 200) throw std::runtime_error("no client may wait: " + begun.body);
  const Document codes(begun.body);
  return {codes["device_code"].GetString(), codes["user_code"].GetString()};
}

std::string key_of(const Waiting& waiting) {
  return "sessiond:grant:device:" + grant_name(normalise_grant_code(waiting.user_code).value());
}

void expect_oauth(const Response& response, int status, const std::string& word) {
  EXPECT_EQ(response.status, status) << response.body;
  EXPECT_EQ(response.header("content-type"), "application/json");
  EXPECT_EQ(response.header("cache-control"), "no-store");
  const Document problem(response.body);
  EXPECT_STREQ(problem["error"].GetString(), word.c_str()) << response.body;
  const std::string text = problem["error_description"].GetString();
  EXPECT_NE(text, "");
  for (const char c : text) EXPECT_TRUE(c >= ' ' && c <= '~' && c != '"' && c != '\\') << text;
}

}  // namespace sessiond::test
