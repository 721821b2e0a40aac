// What the check tells of a User, from the User as it was read.
#include "app/check_header.h"

#include <gtest/gtest.h>

namespace sessiond {
namespace {

json::Object user(const std::string& text) { return json::parse_object(text).value(); }

TEST(MakeCheckHeaders, TheyAreThoseWantedInTheirOrderWithTheValuesOfThatUser) {
  const std::vector<CheckHeader> wanted = {{"Remote-Groups", "groups"}, {"Remote-Email", "email"}, {"Remote-Age", "age"}};
  const auto headers = make_check_headers(wanted, user(R"({"email":"a@b","age":1.50,"groups":["a,b","c",["d"]],"more":"x"})"));
  ASSERT_TRUE(headers);
  EXPECT_EQ(*headers, (Headers{{"Remote-Groups", "a%2Cb,c"}, {"Remote-Email", "a@b"}, {"Remote-Age", "1.50"}}));
}

TEST(MakeCheckHeaders, NoneAreWantedByDefault) {
  const auto headers = make_check_headers({}, user(R"({"email":"a@b"})"));
  ASSERT_TRUE(headers);
  EXPECT_TRUE(headers->empty());
}

TEST(MakeCheckHeaders, TheyAreThreeKilobytesAtMostAndTheLongestIsNamed) {
  const std::vector<CheckHeader> wanted = {{"A", "a"}, {"B", "b"}};
  const auto made = [&](std::size_t size) { return make_check_headers(wanted, user(R"({"a":"xx","b":")" + std::string(size, 'y') + "\"}")); };
  EXPECT_TRUE(made(kMaxCheckHeaders - 4));
  const auto over = made(kMaxCheckHeaders - 3);
  ASSERT_FALSE(over);
  EXPECT_EQ(over.error().failure, Failure::kTooLarge);
  EXPECT_TRUE(over.error().text.ends_with("the longest header is B")) << over.error().text;
}

TEST(CheckHeader, HasANameOfLettersDigitsAndDashesAndAMemberEachOfALengthAtMost) {
  const std::string name = "azAZ09-" + std::string(57, 'x');
  const std::string member(255, 'm');
  const auto header = parse_check_header(name + ": " + member);
  ASSERT_TRUE(header) << header.error().text;
  EXPECT_EQ(*header, (CheckHeader{name, member}));
  EXPECT_FALSE(parse_check_header(name + "x: " + member));
  EXPECT_FALSE(parse_check_header(name + ": " + member + "m"));
  for (const char other : {'/', '@', '[', '`', '{', '_', ' '}) {
    EXPECT_FALSE(parse_check_header(std::string("A") + other + ": m")) << other;
  }
  EXPECT_FALSE(parse_check_header("0A: m")) << "it begins with a letter";
}

}  // namespace
}  // namespace sessiond
