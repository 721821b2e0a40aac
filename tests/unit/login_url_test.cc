// Where people sign in, and where they go back to.
#include "app/login_url.h"

#include <gtest/gtest.h>

namespace sessiond {
namespace {

TEST(LoginUrl, IsAPathOfTheSiteOrAUrlOfTheWeb) {
  for (const std::string& url : {std::string("/"), std::string("/login"), std::string("/login?from=gate&x=%20"), std::string("/a//b"), std::string("https://login.example.org"),
                                 std::string("http://localhost:8080/in"), std::string("https://[::1]:8443/?a=b@c"), "/" + std::string(1023, 'a')}) {
    EXPECT_TRUE(is_login_url(url)) << url;
  }
  for (const std::string& url :
       {std::string(), std::string("login"), std::string("//evil.example"), std::string("/\\evil.example"), std::string("\\evil.example"), std::string("https://"),
        std::string("https:///login"), std::string("https://?x"), std::string("https://:443/"), std::string("https:/login"), std::string("HTTPS://a.org"),
        std::string("javascript:alert(1)"), std::string("ftp://a.org/"), std::string("https://user@a.org/"), std::string("https://a.org\\b"), std::string("/login#top"),
        std::string("/log in"), std::string("/login\r\nX: y"), std::string("/login\0", 7), std::string("/\xC3\xA9"), std::string("/\""), "/" + std::string(1024, 'a')}) {
    EXPECT_FALSE(is_login_url(url)) << url;
  }
}

TEST(LoginUrl, HasAParameterOfPlainCharacters) {
  for (const std::string& name : {std::string("rd"), std::string("return_to-2.~"), std::string(64, 'a')}) EXPECT_TRUE(is_parameter_name(name)) << name;
  for (const std::string& name : {std::string(), std::string("a b"), std::string("a=b"), std::string("a&b"), std::string("a%20"), std::string("\xC3\xA9"), std::string(65, 'a')}) {
    EXPECT_FALSE(is_parameter_name(name)) << name;
  }
}

http::Request asked(std::string_view uri) {
  http::Request request;
  request.forwarded_proto.set("https");
  request.forwarded_host.set("example.org:8443");
  request.forwarded_uri.set(uri);
  return request;
}

TEST(LoginLink, SaysOnTheSameSiteThePathAndElsewhereTheWholeAddress) {
  EXPECT_EQ(login_link({"/login", "rd"}, asked("/app"), "&max_age=300"), "/login?rd=%2Fapp&max_age=300");
  EXPECT_EQ(login_link({"/login", "rd"}, asked("/app/?x=1&y=2")), "/login?rd=%2Fapp%2F%3Fx%3D1%26y%3D2");
  EXPECT_EQ(login_link({"https://login.example.org/?a=b", "to"}, asked("/app")),
            "https://login.example.org/?a=b&to=https%3A%2F%2Fexample.org%3A8443%2Fapp");
}

TEST(LoginLink, EncodesEveryByteThatIsNotPlain) {
  std::string all = "/";
  for (int byte = 1; byte < 256; ++byte) all += static_cast<char>(byte);
  all += '\0';
  http::Request request = asked(all);
  request.forwarded_host.value = "a\r\nb&c";
  for (const Login& login : {Login{"/login", "rd"}, Login{"https://a.org/", "rd"}}) {
    const std::string link = login_link(login, request);
    const std::string address = link.substr(link.find("rd=") + 3);
    EXPECT_EQ(address.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~%"), std::string::npos) << address;
    EXPECT_EQ(http::percent_decode(address), (login.url == "/login" ? "" : "https://a\r\nb&c") + all);
  }
}

TEST(LoginLink, LeavesOutWhatNobodySaidOrSaidTwice) {
  EXPECT_EQ(login_link({"/login", "rd"}, {}), "/login?rd=");
  http::Request twice = asked("/app");
  twice.forwarded_uri.set("/app");
  EXPECT_EQ(login_link({"/login", "rd"}, twice), "/login?rd=");
  for (http::Header http::Request::*part : {&http::Request::forwarded_proto, &http::Request::forwarded_host}) {
    http::Request request = asked("/app");
    request.*part = {};
    EXPECT_EQ(login_link({"/login", "rd"}, request), "/login?rd=%2Fapp");
    EXPECT_EQ(login_link({"https://a.org/", "rd"}, request), "https://a.org/?rd=");
  }
}

TEST(LoginLink, LeavesOutAnAddressOfMoreThan4kB) {
  const std::string most = "/" + std::string(kMaxReturn - 3, 'a');  // %2F
  EXPECT_EQ(login_link({"/login", "rd"}, asked(most)), "/login?rd=%2F" + most.substr(1));
  EXPECT_EQ(login_link({"/login", "rd"}, asked(most + "a")), "/login?rd=");
}

}  // namespace
}  // namespace sessiond
