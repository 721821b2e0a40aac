// The session cookie: found by its exact name only, and set so that browsers guard it.
#include "http/cookie.h"

#include <gtest/gtest.h>

#include <vector>

namespace sessiond::http {
namespace {

CookieValue find(std::vector<std::string_view> headers) { return find_session_cookie(headers, kSessionCookie); }

TEST(SessionCookie, IsFoundWhereverItStands) {
  EXPECT_EQ(find({"__Host-session=abc"}).value, "abc");
  EXPECT_EQ(find({"a=1; __Host-session=abc; b=2"}).value, "abc");
  EXPECT_EQ(find({"a=1;__Host-session=abc"}).value, "abc");
  EXPECT_EQ(find({"a=1; \t__Host-session=abc \t; b"}).value, "abc");
  EXPECT_EQ(find({"a=1", "__Host-session=abc"}).value, "abc");
  EXPECT_EQ(find({"__Host-session=a=b"}).value, "a=b");
  EXPECT_EQ(find({"__Host-session="}).value, "");
}

TEST(SessionCookie, IsFoundAmongAThousand) {
  std::string header;
  for (int i = 0; i < 1000; ++i) header += "cookie" + std::to_string(i) + "=value; ";
  header += "__Host-session=abc";
  EXPECT_EQ(find({header}).value, "abc");
}

class OtherCookie : public ::testing::TestWithParam<std::string> {};

TEST_P(OtherCookie, DoesNotPoseAsIt) {
  const CookieValue found = find({GetParam()});
  EXPECT_EQ(found.value, std::nullopt);
  EXPECT_FALSE(found.ambiguous);
}

INSTANTIATE_TEST_SUITE_P(
    Headers, OtherCookie,
    ::testing::Values("", ";", "=", "=abc", "session=abc", "X__Host-session=abc", "x-__Host-session=abc",
                      "__Host-sessions=abc", "__host-session=abc", "__HOST-SESSION=abc", "__Host-session",
                      "__Host-session =abc", "a=__Host-session=abc", "a=\"; __Host-sessio n=abc\"",
                      // Without a name, the value is what follows: browsers show such a cookie like this.
                      "=__Host-session=abc",
                      // Spaces of Unicode, vertical tab, line ends: not to be trimmed.
                      "\xC2\xA0__Host-session=abc", "\xE2\x80\x80__Host-session=abc", "\x0B__Host-session=abc",
                      "\r\n__Host-session=abc", std::string("\0__Host-session=abc", 19),
                      std::string("__Host-session\0=abc", 19), "a=1, __Host-session=abc", "$__Host-session=abc"));

TEST(SessionCookie, TwiceWithOneValueIsFine) {
  const CookieValue found = find({"__Host-session=abc; __Host-session=abc", "__Host-session=abc"});
  EXPECT_EQ(found.value, "abc");
  EXPECT_FALSE(found.ambiguous);
}

TEST(SessionCookie, TwiceWithTwoValuesIsAmbiguous) {
  EXPECT_TRUE(find({"__Host-session=abc; __Host-session=abd"}).ambiguous);
  EXPECT_TRUE(find({"__Host-session=abc", "__Host-session=abd"}).ambiguous);
  EXPECT_TRUE(find({"__Host-session=abc; a=1; __Host-session="}).ambiguous);
  EXPECT_TRUE(find({"__Host-session=a; __Host-session=b; __Host-session=b"}).ambiguous);
}

TEST(SessionCookie, IsSetForThisHostOnlyOutOfReachOfScripts) {
  EXPECT_EQ(set_session_cookie({}, "abc", 60),
            "__Host-session=abc; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=60");
}

TEST(SessionCookie, GoesWithTheBrowserWhereThereIsNoAge) {
  EXPECT_EQ(set_session_cookie({.name = "s", .domain = ""}, "abc", std::nullopt), "s=abc; Path=/; Secure; HttpOnly; SameSite=Lax");
}

TEST(SessionCookie, IsSetAsItsOperatorSays) {
  EXPECT_EQ(set_session_cookie({.name = "__Secure-s", .domain = "example.org", .same_site = "None"}, "abc", 60),
            "__Secure-s=abc; Domain=example.org; Path=/; Secure; HttpOnly; SameSite=None; Max-Age=60");
  EXPECT_EQ(set_session_cookie({.name = "s", .domain = "", .same_site = "Strict", .secure = false}, "abc", 60),
            "s=abc; Path=/; HttpOnly; SameSite=Strict; Max-Age=60");
}

TEST(SessionCookie, IsClearedWithTheAttributesItWasSetWith) {
  for (const SessionCookie& cookie : {SessionCookie{}, SessionCookie{.name = "s", .domain = "example.org", .same_site = "Strict", .secure = false}}) {
    EXPECT_EQ(clear_session_cookie(cookie), set_session_cookie(cookie, "", 0));
  }
}

TEST(SessionCookie, HasADomainThatIsAHostsName) {
  const std::string label(63, 'a');
  const std::string long_one = label + "." + label + "." + label + "." + std::string(61, 'a');  // 253
  for (const std::string& domain : {std::string("example.org"), std::string("a.b"), std::string("A-1.xn--p1ai"), std::string("1.2.3.4.org"), long_one}) {
    EXPECT_TRUE(is_cookie_domain(domain)) << domain;
  }
  for (const std::string& domain :
       {std::string(), std::string("org"), std::string(".example.org"), std::string("example.org."), std::string("example..org"), std::string("."),
        std::string("-a.org"), std::string("a-.org"), std::string("a_b.org"), std::string("a b.org"), std::string("a.org; Path=/x"), std::string("a.org:443"),
        std::string("https://a.org"), std::string("*.org"), std::string("z\xC3\xAB.org"), std::string("a.org\r\n"), std::string("a\0.org", 6),
        std::string("127.0.0.1"), std::string("[::1]"), label + "a.org", long_one + "a"}) {
    EXPECT_FALSE(is_cookie_domain(domain)) << domain;
  }
}

// RFC 6265bis, section 5.7: the prefixes, in any case.
TEST(SessionCookie, WhosePrefixPromisesSomethingKeepsIt) {
  for (const char* name : {"__Host-s", "__host-s", "__HOST-s", "__Host-Http-s"}) {
    EXPECT_TRUE(forbids_domain(name)) << name;
    EXPECT_TRUE(demands_secure(name)) << name;
  }
  for (const char* name : {"__Secure-s", "__SECURE-s", "__Http-s"}) {
    EXPECT_FALSE(forbids_domain(name)) << name;
    EXPECT_TRUE(demands_secure(name)) << name;
  }
  for (const char* name : {"s", "session", "_Host-s", "__Host", "x__Host-s", "__Secures"}) {
    EXPECT_FALSE(forbids_domain(name)) << name;
    EXPECT_FALSE(demands_secure(name)) << name;
  }
}

// The token of RFC 9110, section 5.6.2.
TEST(SessionCookie, HasANameOfTokensCharactersOnly) {
  constexpr std::string_view kAllowed = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  for (int c = 0; c < 256; ++c) {
    const std::string name(1, static_cast<char>(c));
    EXPECT_EQ(is_cookie_name(name), kAllowed.find(name) != std::string_view::npos) << c;
  }
}

TEST(SessionCookie, HasWhateverNameIsAToken) {
  for (const std::string& name : {std::string("a"), std::string("__Host-session-8443"), std::string("__Secure-s"),
                                  std::string("!#$%&'*+-.^_`|~"), std::string(64, 'a')}) {
    EXPECT_TRUE(is_cookie_name(name)) << name;
    EXPECT_EQ(find_session_cookie(std::vector<std::string_view>{"x=1; " + name + "=abc"}, name).value, "abc") << name;
  }
  for (const std::string& name : {std::string(), std::string("a b"), std::string("a=b"), std::string("a;b"), std::string("a,b"),
                                  std::string("\"a\""), std::string("\xC3\xAB"), std::string("a\0b", 3), std::string("a\r\nb"),
                                  std::string(65, 'a')}) {
    EXPECT_FALSE(is_cookie_name(name)) << name;
  }
}

}  // namespace
}  // namespace sessiond::http
