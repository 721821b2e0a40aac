// Request bodies as the handlers read them, and what is said of those that are not right.
#include "app/body.h"

#include <gtest/gtest.h>

namespace sessiond {
namespace {

const std::string kUser = R"({"id":"alice","username":"u","created_at":"2026-01-01T00:00:00Z","updated_at":"2026-01-02T00:00:00Z"})";

http::Request json_request(std::string body) {
  http::Request request;
  request.content_type.value = "application/json";
  request.body = std::move(body);
  return request;
}

std::string minting(const std::string& user, const std::string& more = "") {
  return R"({"user":)" + user + R"(,"kind":"web")" + more + "}";
}

std::string complaint(const std::string& body) {
  const auto read = read_minting(json_request(body), {});
  return read ? "none" : read.error().text;
}

TEST(Body, MaySayMoreOfItsJsonAfterTheMediaType) {
  for (const char* type : {"application/json", "application/json;charset=utf-8", "application/json ; charset=utf-8",
                           "Application/JSON"}) {
    http::Request request = json_request("{}");
    request.content_type.value = type;
    EXPECT_TRUE(read_json(request)) << type;
  }
}

TEST(Body, OfAnotherMediaTypeOrOfTwoIsRefused) {
  for (const char* type : {"", "text/json", "application/jsonp", "application/json5", "application/json-patch+json"}) {
    http::Request request = json_request("{}");
    request.content_type.value = type;
    const auto read = read_json(request);
    ASSERT_FALSE(read) << type;
    EXPECT_EQ(read.error().failure, Failure::kUnsupportedMediaType);
  }
  http::Request twice = json_request("{}");
  twice.content_type.repeated = true;
  const auto read = read_json(twice);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().failure, Failure::kUnsupportedMediaType);
}

http::Request form_request(std::string body) {
  http::Request request;
  request.content_type.value = "application/x-www-form-urlencoded";
  request.body = std::move(body);
  return request;
}

TEST(Body, OfAnOAuthClientIsAFormAndNothingElse) {
  const std::string token = format_token({});
  for (const char* type : {"application/x-www-form-urlencoded;charset=UTF-8", "Application/X-WWW-Form-URLEncoded"}) {
    http::Request request = form_request("token=" + token);
    request.content_type.value = type;
    ASSERT_TRUE(read_token(request)) << type;
    EXPECT_EQ(format_token(read_token(request)->value()), token);
  }
  for (const char* type : {"", "application/json", "multipart/form-data", "application/x-www-form-urlencodedx"}) {
    http::Request request = form_request("token=" + token);
    request.content_type.value = type;
    ASSERT_FALSE(read_token(request)) << type;
    EXPECT_EQ(read_token(request).error().failure, Failure::kUnsupportedMediaType);
    EXPECT_FALSE(read_json(form_request("{}")));
    request.body.clear();
    EXPECT_EQ(read_token(request).error().text, "the form has no token") << type;
  }
}

TEST(Body, OfAnOAuthClientMayHoldATokenThatIsNone) {
  for (const char* body : {"token=x", "token=ses_", "token=%00"}) {
    ASSERT_TRUE(read_token(form_request(body))) << body;
    EXPECT_FALSE(*read_token(form_request(body))) << body;
  }
}

TEST(Body, OfAnOAuthClientIs16KilobytesAtMost) {
  const auto padded = [](std::size_t size) { return form_request("token=x&" + std::string(size - 8, '&')); };
  EXPECT_TRUE(read_token(padded(16'384)));
  ASSERT_FALSE(read_token(padded(16'385)));
  EXPECT_EQ(read_token(padded(16'385)).error().failure, Failure::kTooLarge);
}

TEST(Body, OfADeviceHasAClientIdThatCanBeShown) {
  EXPECT_EQ(*read_client_id(form_request("scope=x&client_id=p%C3%A4th+cli")), "p\xC3\xA4th cli");
  EXPECT_EQ(*read_client_id(form_request("client_id=" + std::string(64, 'x'))), std::string(64, 'x'));
  for (const std::string& value : {std::string(), std::string(65, 'x'), std::string("%0A"), std::string("%00"), std::string("%FF"),
                                  std::string("+"), std::string("a%E2%80%AEb"), std::string("a&client_id=a")}) {
    ASSERT_FALSE(read_client_id(form_request("client_id=" + value))) << value;
    EXPECT_EQ(read_client_id(form_request("client_id=" + value)).error().failure, Failure::kBadRequest);
  }
}

TEST(Body, OfAMintingNamesTheUsersMemberThatIsMissingEmptyOrNoText) {
  for (const std::string name : {"id", "username", "created_at", "updated_at"}) {
    const std::size_t value = kUser.find(':', kUser.find("\"" + name + "\"")) + 1;
    const std::size_t length = kUser.find_first_of(",}", value) - value;
    for (const char* wrong : {"\"\"", "null", "1", "{}"}) {
      std::string user = kUser;
      user.replace(value, length, wrong);
      EXPECT_EQ(complaint(minting(user)), "the User needs a string \"" + name + "\"") << user;
    }
  }
}

TEST(Body, OfAMintingSaysThatItsUserIsNoObject) {
  for (const char* user : {"null", "1", "\"alice\"", "[]", R"(["id"])"}) {
    EXPECT_EQ(complaint(minting(user)), "\"user\" is missing or no object") << user;
  }
  EXPECT_EQ(complaint(R"({"kind":"web"})"), "\"user\" is missing or no object");
}

TEST(Body, OfAMintingWithoutAUserAgentMaySayNull) {
  const auto read = read_minting(json_request(minting(kUser, R"(,"user_agent":null)")), {});
  ASSERT_TRUE(read);
  EXPECT_EQ(read->user_agent, "");
}

TEST(Body, OfAMintingSaysHowAPersonSignedInAndNothingElse) {
  const auto read = read_minting(json_request(minting(kUser, R"(,"auth_time":"1970-01-01T00:00:00Z","amr":["5","otp"])")), {});
  ASSERT_TRUE(read) << read.error().text;
  EXPECT_EQ(read->authentication.at, 0);
  EXPECT_EQ(read->authentication.amr, "5,otp");
  for (const char* methods : {"[5]", "[true]", "[null]", R"([["otp"]])", R"([""])", R"("otp")"}) {
    EXPECT_TRUE(complaint(minting(kUser, std::string(R"(,"amr":)") + methods)).starts_with("\"amr\" is an array")) << methods;
  }
}

TEST(Body, OfAMintingCallsTheDeviceAsAPersonWouldNameIt) {
  const auto device = [](const std::string& text) { return minting(kUser, ",\"device\":" + text); };
  for (const char* none : {"null", "\"\""}) EXPECT_EQ(read_minting(json_request(device(none)), {})->device, "") << none;
  EXPECT_EQ(read_minting(json_request(device("\" Brave on Windows 11 \"")), {})->device, "Brave on Windows 11");
  EXPECT_EQ(read_minting(json_request(device("\"" + std::string(64, 'a') + "\"")), {})->device, std::string(64, 'a'));
  for (const std::string& text : {std::string("a\\nb"), std::string("\xE2\x80\xAE"), std::string("  "), std::string(65, 'a')}) {
    EXPECT_EQ(complaint(device("\"" + text + "\"")), "\"device\" is null or up to 64 characters, one of them visible and none a control character") << text;
  }
  for (const char* other : {"1", "{}", "[\"a\"]", "true"}) EXPECT_EQ(complaint(device(other)), "\"device\" is a string or null") << other;
}

TEST(Body, OfADevLoginHoldsANameOfAtMost64Bytes) {
  const auto login = [](std::size_t size) {
    return read_dev_login(json_request(R"({"username":")" + std::string(size, 'a') + "\"}"));
  };
  EXPECT_FALSE(login(0));
  ASSERT_TRUE(login(64));
  EXPECT_EQ(*login(64), std::string(64, 'a'));
  EXPECT_FALSE(login(65));
}

}  // namespace
}  // namespace sessiond
