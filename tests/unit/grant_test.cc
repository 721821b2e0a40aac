// Codes that a person types into a CLI.
#include "session/grant.h"

#include <gtest/gtest.h>

#include <map>

namespace sessiond {
namespace {

TEST(GrantCode, HasNoLookAlikes) {
  std::map<char, int> seen;
  for (int i = 0; i < 2000; ++i) {
    const std::string code = new_grant_code();
    ASSERT_EQ(code.size(), kGrantCodeLength);
    for (const char c : code) ++seen[c];
  }
  EXPECT_EQ(seen.size(), 32U);
  for (const char c : {'I', 'O', '0', '1'}) EXPECT_FALSE(seen.contains(c)) << c;
  // 16,000 characters, 500 of each expected, with a standard deviation of 22.
  for (const auto& [c, count] : seen) {
    EXPECT_GT(count, 500 - 8 * 22) << c;
    EXPECT_LT(count, 500 + 8 * 22) << c;
  }
}

TEST(GrantCode, IsReadHoweverItIsTyped) {
  for (const char* typed : {"AB12CD34", "ab12cd34", "AB12-CD34", " ab12 cd34\n", "(AB12)_CD.34", "A\xC3\xA9"
                                                                                                  "B12CD34"}) {
    EXPECT_EQ(normalise_grant_code(typed), "AB12CD34") << typed;
  }
}

TEST(GrantCode, IsExactlyEightLettersAndDigits) {
  for (const std::string& typed : {std::string(), std::string("AB12CD3"), std::string("AB12CD345"), std::string("--------"),
                                  std::string("\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9"), std::string(100'000, 'A'),
                                  std::string("AB12CD3\0", 8)}) {
    EXPECT_EQ(normalise_grant_code(typed), std::nullopt) << typed.size();
  }
}

TEST(GrantCode, IsStoredUnderAHashOfIt) {
  EXPECT_EQ(grant_name("AB12CD34").size(), 22U);
  EXPECT_EQ(grant_name("AB12CD34"), grant_name("AB12CD34"));
  EXPECT_NE(grant_name("AB12CD34"), grant_name("AB12CD35"));
}

}  // namespace
}  // namespace sessiond
