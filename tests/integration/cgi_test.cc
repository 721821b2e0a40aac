// The same binary as a CGI program: the routes and the bytes of the long-running worker.
#include <gtest/gtest.h>

#include <regex>

#include "integration/site.h"

namespace sessiond::test {
namespace {

using fastcgi::Parameters;

/// What the program prints when a CGI server starts it with these variables and this body.
std::string run_as_cgi(const Site& site, const Parameters& variables, const std::string& body = "",
                       const std::vector<std::string>& arguments = {}) {
  const TempDir folder;
  write_file(folder / "body", body);
  std::vector<std::string> environment = {"GATEWAY_INTERFACE=CGI/1.1", "SESSIOND_REDIS=" + site.redis.socket(),
                                          "SESSIOND_CONFIG=/dev/null", "SESSIOND_DEV_LOGIN=true"};
  for (const auto& [name, value] : variables) environment.push_back(name + "=" + value);
  std::vector<std::string> words = {"sh", "-c", "exec \"$@\" < " + (folder / "body") + " 2> " + (folder / "err"), "-", worker_program()};
  words.insert(words.end(), arguments.begin(), arguments.end());
  Process program(words, folder / "out", environment);
  EXPECT_EQ(program.wait(), 0);
  return program.log();
}

/// Minting differs from one time to the next; everything else may not.
std::string without_secrets(std::string text) {
  text = std::regex_replace(text, std::regex("[A-Za-z0-9]+_[A-Za-z0-9_-]{86}"), "TOKEN");
  text = std::regex_replace(text, std::regex("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), "ID");
  text = std::regex_replace(text, std::regex(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)"), "TIME");
  return std::regex_replace(text, std::regex("\"code\":\"[A-Z0-9]{8}\""), "CODE");
}

class Cgi : public SiteTest {
 protected:
  /// Asks the CGI program and the worker the same and compares all that they answer. The status.
  int compare(Parameters variables, const std::string& body = "", const std::string& realm = "public") {
    variables.emplace_back("REQUEST_ID", "0123456789abcdef0123456789abcdef");
    if (!body.empty()) {
      variables.emplace_back("CONTENT_TYPE", "application/json");
      variables.emplace_back("CONTENT_LENGTH", std::to_string(body.size()));
    }
    const Response expected = realm == "public"
                                  ? FastCgiClient(site.worker.public_socket()).ask(fastcgi::request(variables, body))
                                  : HttpPeer(site.worker.internal_socket()).ask(http1::request(variables, body));
    variables.emplace_back("SESSIOND_CGI_REALM", realm);
    const Response answered = parse_cgi_response(run_as_cgi(site, variables, body));
    EXPECT_EQ(without_secrets(all_of(answered)), without_secrets(all_of(expected)));
    return answered.status;
  }

  static Parameters request(const std::string& method, const std::string& path, const std::string& token = "") {
    Parameters variables = {{"REQUEST_METHOD", method}, {"REQUEST_URI", path}, {"HTTP_HOST", "localhost"}};
    if (!token.empty()) variables.emplace_back("HTTP_AUTHORIZATION", "Bearer " + token);
    return variables;
  }
};

TEST_F(Cgi, AnswersAsTheWorkerDoes) {
  const Signed caller = site.mint(user, {.user_agent = "Firefox"});
  site.mint(user);
  EXPECT_EQ(compare(request("GET", "/api/v1/auth/sessions", caller.token)), 200);
  EXPECT_EQ(compare(request("HEAD", "/api/v1/auth/sessions", caller.token)), 200);
  EXPECT_EQ(compare(request("GET", "/api/v1/u/me", caller.token)), 200);
  EXPECT_EQ(compare(request("GET", "/api/v1/u/me")), 401);
  EXPECT_EQ(compare(request("GET", "/api/v1/u/me", "web_not-a-token")), 401);
  EXPECT_EQ(compare(request("DELETE", "/api/v1/auth/sessions/nonsense", caller.token)), 404);
  EXPECT_EQ(compare(request("PUT", "/api/v1/auth/sessions", caller.token)), 405);
  EXPECT_EQ(compare(request("GET", "/nowhere")), 404);
  EXPECT_EQ(compare(request("POST", "/api/v1/auth/cli/request-grant", caller.token)), 200);
  EXPECT_EQ(compare(request("GET", "/readyz")), 200);
  EXPECT_EQ(compare(request("GET", "/healthz")), 200);
  EXPECT_EQ(compare(request("POST", "/api/v1/auth/dev-login"), R"({"username":"someone"})"), 200);
  EXPECT_EQ(compare(request("POST", "/api/v1/auth/dev-login"), R"({"username":)"), 400);
  EXPECT_EQ(compare(request("POST", "/api/v1/auth/dev-login"), std::string(17 * 1024, ' ')), 413);
}

TEST_F(Cgi, RevokesForGood) {
  const Signed caller = site.mint(user);
  const Response revoked = parse_cgi_response(run_as_cgi(site, request("POST", "/api/v1/auth/logout", caller.token)));
  EXPECT_EQ(revoked.status, 204);
  EXPECT_EQ(site.list(caller).status, 401);
}

TEST_F(Cgi, IsOfThePublicRealmUnlessItsOperatorSaysOtherwise) {
  const std::string minting = minting_json(user_json(user));
  EXPECT_EQ(compare(request("POST", "/internal/v1/sessions"), minting), 404);
  EXPECT_EQ(compare(request("POST", "/internal/v1/sessions"), minting, "internal"), 201);
}

// A CGI server puts a query string without `=` on the command line (RFC 3875, section 4.4).
TEST_F(Cgi, ListensToNothingOnItsCommandLine) {
  const Parameters variables = request("POST", "/internal/v1/sessions?--cgi-realm+internal");
  for (const auto& arguments : std::vector<std::vector<std::string>>{
           {"--cgi-realm", "internal"}, {"mint", "root"}, {"--dump-options"}, {"--no-such-option"}}) {
    EXPECT_EQ(parse_cgi_response(run_as_cgi(site, variables, "", arguments)).status, 404) << arguments[0];
  }
}

TEST_F(Cgi, ReadsNoMoreThanTheContentLengthAndRefusesLess) {
  Parameters variables = request("POST", "/api/v1/auth/dev-login");
  variables.emplace_back("CONTENT_TYPE", "application/json");
  const std::string body = R"({"username":"someone"})";
  auto with_length = [&](const std::string& length) {
    Parameters all = variables;
    all.emplace_back("CONTENT_LENGTH", length);
    return all;
  };
  EXPECT_EQ(parse_cgi_response(run_as_cgi(site, with_length(std::to_string(body.size())), body + "more")).status, 200);
  EXPECT_EQ(parse_cgi_response(run_as_cgi(site, with_length("1000"), body)).status, 400);
  EXPECT_EQ(parse_cgi_response(run_as_cgi(site, with_length("99999999999999999999"), body)).status, 400);
}

TEST_F(Cgi, SaysThatRedisIsAway) {
  Parameters variables = request("GET", "/readyz");
  variables.emplace_back("SESSIOND_REDIS", "/nonexistent/redis.sock");
  EXPECT_EQ(parse_cgi_response(run_as_cgi(site, variables)).status, 503);
}

}  // namespace
}  // namespace sessiond::test
