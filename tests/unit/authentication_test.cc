// How a person proved who they are: what may be told of it, and how it is stored.
#include "session/authentication.h"

#include <gtest/gtest.h>

#include <vector>

namespace sessiond {
namespace {

TEST(Authentication, ComesBackFromTheFieldAsItWas) {
  const std::vector<Authentication> all = {{1'795'413'989'861, "2fa", "pwd,otp"}, {0, "", ""}, {std::nullopt, "urn:mace:incommon:iap:silver", ""}, {std::nullopt, "", "hwk"}, {}};
  for (const Authentication& authentication : all) {
    const std::string field = format_authentication(authentication);
    EXPECT_EQ(parse_authentication(field), authentication) << field;
  }
  EXPECT_EQ(format_authentication(all[0]), "1795413989861 2fa pwd,otp");
}

TEST(Authentication, IsNotKnownWhereNothingWasTold) {
  EXPECT_FALSE(Authentication{}.is_known());
  EXPECT_TRUE((Authentication{0, "", ""}.is_known()));
  EXPECT_TRUE((Authentication{std::nullopt, "2fa", ""}.is_known()));
  EXPECT_TRUE((Authentication{std::nullopt, "", "pwd"}.is_known()));
}

TEST(Authentication, IsNothingInAnyOtherText) {
  const std::string word(64, 'a');
  for (const std::string& field :
       {std::string(), std::string("1"), std::string("1 2fa"), std::string("1 2fa pwd "), std::string("1 2fa pwd otp"), std::string(" 1 2fa pwd"), std::string("-1 2fa pwd"), std::string("+1 2fa pwd"),
        std::string("1.5 2fa pwd"), std::string("x 2fa pwd"), std::string("9007199254740993 2fa pwd"), std::string("99999999999999999999 2fa pwd"), std::string("1 a\"b pwd"), std::string("1 a,b pwd"),
        std::string("1 2fa pwd,"), std::string("1 2fa ,pwd"), std::string("1 2fa pwd,,otp"), std::string("1 2fa p\\wd"), std::string("1 2fa pwd\r\nX-Session-User: root"), std::string("1 z\xC3\xAB pwd"),
        std::string("1 2fa\0 pwd", 10), "1 " + word + "a pwd", "1 2fa " + word + "a", std::string("1 2fa a,b,c,d,e,f,g,h,i,j,k")}) {
    EXPECT_EQ(parse_authentication(field), std::nullopt) << field;
  }
  EXPECT_TRUE(parse_authentication("9007199254740992 " + word + " a,b,c,d,e,f,g,h,i," + word));
}

TEST(AuthWord, IsSafeQuotedInAHeaderAndInAListWithCommas) {
  for (int c = 0; c < 256; ++c) {
    const bool odd = c <= ' ' || c >= 0x7F || c == '"' || c == '\\' || c == ',';
    EXPECT_EQ(is_auth_word(std::string("a") + static_cast<char>(c)), !odd) << c;
  }
  EXPECT_FALSE(is_auth_word(""));
}

}  // namespace
}  // namespace sessiond
