// Which credential a request presents, and whether another site made it.
#include "http/credential.h"

#include <gtest/gtest.h>

#include "http/cookie.h"

namespace sessiond::http {
namespace {

std::string token_text(std::uint8_t fill, Kind kind = Kind::kWeb) {
  Token token;
  token.kind = kind;
  token.id.bytes.fill(fill);
  return format_token(token);
}

const std::string kOne = token_text(1);
const std::string kTwo = token_text(2, Kind::kCli);

class FindCredential : public ::testing::Test {
 protected:
  void authorization(std::string value) {
    authorization_ = std::move(value);
    request.authorization.value = authorization_;
  }
  void cookie(std::string value) {
    cookie_ = std::move(value);
    request.cookies = {cookie_};
  }
  Failure failure(Addressee addressee = Addressee::kUs) {
    const auto found = find_credential(request, kSessionCookie, addressee);
    return found ? Failure::kInternal : found.error().failure;
  }

  Request request;

 private:
  std::string authorization_;
  std::string cookie_;
};

TEST_F(FindCredential, ReadsABearerToken) {
  authorization("Bearer " + kTwo);
  const auto found = find_credential(request, kSessionCookie);
  ASSERT_TRUE(found);
  EXPECT_EQ(format_token(found->token), kTwo);
  EXPECT_FALSE(found->by_cookie);
}

TEST_F(FindCredential, TheSchemesNameHasNoCase) {
  authorization("bEARER   " + kTwo);
  EXPECT_TRUE(find_credential(request, kSessionCookie));
}

TEST_F(FindCredential, ReadsTheCookie) {
  cookie("a=1; __Host-session=" + kOne);
  const auto found = find_credential(request, kSessionCookie);
  ASSERT_TRUE(found);
  EXPECT_EQ(format_token(found->token), kOne);
  EXPECT_TRUE(found->by_cookie);
}

TEST_F(FindCredential, TheHeaderWinsOverTheCookie) {
  authorization("Bearer " + kTwo);
  cookie("__Host-session=" + kOne);
  EXPECT_EQ(format_token(find_credential(request, kSessionCookie)->token), kTwo);
}

TEST_F(FindCredential, ABadHeaderIsNotRescuedByAGoodCookie) {
  authorization("Bearer nonsense");
  cookie("__Host-session=" + kOne);
  EXPECT_EQ(failure(), Failure::kInvalidToken);
}

TEST_F(FindCredential, AnotherSchemeLeavesTheCookieItsSay) {
  // A site may guard its staging with a password of its own, which a browser sends everywhere.
  authorization("Basic YTpi");
  cookie("__Host-session=" + kOne);
  EXPECT_TRUE(find_credential(request, kSessionCookie)->by_cookie);
}

TEST_F(FindCredential, AnApplicationsOwnBearerLeavesTheCookieItsSay) {
  for (const std::string& value : {std::string("Bearer eyJhbGciOiJIUzI1NiJ9.e30.c2Vz"), std::string("Bearer nonsense"),
                                   "Bearer SES_" + kOne.substr(4), "Bearer x" + kOne, std::string("Bearer ses"),
                                   std::string("Bearer"), std::string("Basic YTpi"), "Token " + kOne}) {
    authorization(value);
    request.cookies = {};
    EXPECT_EQ(failure(Addressee::kApplication), Failure::kUnauthorized) << value;
    cookie("__Host-session=" + kTwo);
    const auto found = find_credential(request, kSessionCookie, Addressee::kApplication);
    ASSERT_TRUE(found) << value;
    EXPECT_TRUE(found->by_cookie);
    EXPECT_EQ(format_token(found->token), kTwo);
  }
}

TEST_F(FindCredential, AtAnApplicationASessionsBearerStillWinsOverTheCookie) {
  cookie("__Host-session=" + kTwo);
  authorization("bearer  " + kOne);
  const auto found = find_credential(request, kSessionCookie, Addressee::kApplication);
  ASSERT_TRUE(found);
  EXPECT_EQ(format_token(found->token), kOne);
  EXPECT_FALSE(found->by_cookie);
}

TEST_F(FindCredential, AtAnApplicationABadBearerOfASessionIsNotRescuedByTheCookie) {
  cookie("__Host-session=" + kTwo);
  for (const std::string& value : {std::string("Bearer ses_"), std::string("Bearer pat_nonsense"), "Bearer " + kOne + "x"}) {
    authorization(value);
    EXPECT_EQ(failure(Addressee::kApplication), Failure::kInvalidToken) << value;
  }
  authorization("Bearer eyJhbGciOiJIUzI1NiJ9.e30.c2Vz");
  request.authorization.repeated = true;
  EXPECT_EQ(failure(Addressee::kApplication), Failure::kInvalidToken);
}

TEST_F(FindCredential, NothingAtAllIsToSignInFirst) {
  EXPECT_EQ(failure(), Failure::kUnauthorized);
  cookie("session=" + kOne);
  EXPECT_EQ(failure(), Failure::kUnauthorized);
}

TEST_F(FindCredential, TwoOfAKindAreAmbiguous) {
  authorization("Bearer " + kOne);
  request.authorization.repeated = true;
  EXPECT_EQ(failure(), Failure::kInvalidToken);

  request.authorization = {};
  cookie("__Host-session=" + kOne + "; __Host-session=" + kTwo);
  EXPECT_EQ(failure(), Failure::kInvalidToken);
}

TEST_F(FindCredential, MalformedTokensAreInvalid) {
  for (const std::string& text : {std::string("Bearer"), std::string("Bearer "), "Bearer x" + kOne,
                                 "Bearer " + kOne + " ", "Bearer " + kOne + "," + kTwo, "Bearer \t" + kOne,
                                 "Bearer \"" + kOne + "\""}) {
    authorization(text);
    EXPECT_EQ(failure(), Failure::kInvalidToken) << text;
  }
  request.authorization = {};
  cookie("__Host-session=\"" + kOne + "\"");
  EXPECT_EQ(failure(), Failure::kInvalidToken);
}

struct Site {
  std::optional<std::string_view> fetch_site;
  std::optional<std::string_view> origin;
  std::optional<std::string_view> host;
  bool cross;
};

class CrossSite : public ::testing::TestWithParam<Site> {};

TEST_P(CrossSite, IsToldByTheBrowsersHeaders) {
  Request request;
  request.fetch_site.value = GetParam().fetch_site;
  request.origin.value = GetParam().origin;
  request.host.value = GetParam().host;
  EXPECT_EQ(is_cross_site(request), GetParam().cross);
}

INSTANTIATE_TEST_SUITE_P(
    Headers, CrossSite,
    ::testing::Values(
        // Sec-Fetch-Site decides where it is sent.
        Site{"same-origin", {}, "example.com", false}, Site{"none", {}, "example.com", false},
        Site{"cross-site", {}, "example.com", true}, Site{"same-site", {}, "example.com", true},
        Site{"", {}, "example.com", true}, Site{"Same-Origin", {}, "example.com", true},
        Site{"same-origin", "https://evil.example", "example.com", false},
        Site{"cross-site", "https://example.com", "example.com", true},
        // Without it, Origin's host must be the request's.
        Site{{}, "https://example.com", "example.com", false}, Site{{}, "https://EXAMPLE.com", "example.COM", false},
        Site{{}, "https://example.com:8443", "example.com:8443", false},
        Site{{}, "https://example.com:8443", "example.com", true},
        Site{{}, "https://evil.example", "example.com", true}, Site{{}, "https://example.com.evil", "example.com", true},
        Site{{}, "https://evil.example/example.com", "example.com", true}, Site{{}, "null", "example.com", true},
        Site{{}, "", "example.com", true}, Site{{}, "example.com", "example.com", true},
        Site{{}, "https://example.com", {}, true},
        // A port that is left out is the one of Origin's scheme.
        Site{{}, "https://example.com", "example.com:443", false}, Site{{}, "http://example.com", "example.com:80", false},
        Site{{}, "HTTPS://example.com", "example.com:443", false}, Site{{}, "https://example.com", "example.com:", false},
        Site{{}, "https://example.com:443", "example.com", false}, Site{{}, "https://example.com", "example.com:80", true},
        Site{{}, "http://example.com", "example.com:443", true}, Site{{}, "https://example.com", "example.com:8443", true},
        Site{{}, "http://example.com:443", "example.com", true}, Site{{}, "ftp://example.com", "example.com:443", true},
        Site{{}, "https://evil.example", "example.com:443", true}, Site{{}, "https://443", "example.com:443", true},
        Site{{}, "https://", ":443", true}, Site{{}, "https://:443", "", true},
        // An IPv6 address has colons of its own.
        Site{{}, "https://[2001:db8::1]", "[2001:db8::1]", false}, Site{{}, "https://[2001:db8::1]", "[2001:db8::1]:443", false},
        Site{{}, "http://[2001:db8::1]:8080", "[2001:db8::1]:8080", false},
        Site{{}, "http://[2001:db8::1]", "[2001:db8::1]:8080", true}, Site{{}, "http://[2001:db8::1]", "[2001:db8::2]", true},
        Site{{}, "http://[2001:db8::80]", "[2001:db8:]", true},
        // Neither: no browser of today, or a program.
        Site{{}, {}, "example.com", false}, Site{{}, {}, {}, false}));

TEST(CrossSiteHeaders, ThatComeTwiceAreNotTrusted) {
  for (Header Request::* header : {&Request::fetch_site, &Request::origin, &Request::host}) {
    Request request;
    request.fetch_site.value = "same-origin";
    request.origin.value = "https://example.com";
    request.host.value = "example.com";
    EXPECT_FALSE(is_cross_site(request));
    (request.*header).repeated = true;
    EXPECT_TRUE(is_cross_site(request));
  }
}

}  // namespace
}  // namespace sessiond::http
