// Codes that a person types into a CLI.
#include "session/grant.h"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <set>

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

// The bound on Pearson's chi-squared for 31 degrees of freedom: chance exceeds it once in a billion times.
constexpr double kBound = 105;

double chi_squared(const std::map<char, int>& counts, int total) {
  const double expected = total / 32.0;
  double sum = (32 - static_cast<double>(counts.size())) * expected;  // of characters that never came
  for (const auto& [c, count] : counts) sum += (count - expected) * (count - expected) / expected;
  return sum;
}

TEST(GrantCode, IsUniformInEveryPlaceAndHardlyEverTheSame) {
  constexpr int kCodes = 100'000;
  std::array<std::map<char, int>, kGrantCodeLength> in_place;
  std::map<char, int> in_all;
  std::set<std::string> codes;
  for (int i = 0; i < kCodes; ++i) {
    const std::string code = new_grant_code();
    for (std::size_t place = 0; place < kGrantCodeLength; ++place) {
      ++in_place[place][code[place]];
      ++in_all[code[place]];
    }
    codes.insert(code);
  }
  // Of 2^40 codes. Chance makes a pair of the same in 1 of 220 runs, but three pairs in 1 of 65 million.
  EXPECT_GE(codes.size(), kCodes - 2U);
  EXPECT_LT(chi_squared(in_all, kCodes * static_cast<int>(kGrantCodeLength)), kBound);
  for (const auto& counts : in_place) EXPECT_LT(chi_squared(counts, kCodes), kBound);
}

TEST(GrantCode, IsReadHoweverItIsTyped) {
  for (const char* typed : {"AB12CD34", "ab12cd34", "AB12-CD34", " ab12 cd34\n", "(AB12)_CD.34", "A\xC3\xA9"
                                                                                                  "B12CD34"}) {
    EXPECT_EQ(normalise_grant_code(typed), "AB12CD34") << typed;
  }
}

TEST(GrantCode, IsReadFromLettersAndDigitsAlone) {
  constexpr std::string_view kRead = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  for (int c = 0; c < 256; ++c) {
    const std::string typed = "AAAAAAA" + std::string(1, static_cast<char>(c));
    EXPECT_EQ(normalise_grant_code(typed).has_value(), kRead.find(static_cast<char>(c)) != std::string_view::npos) << c;
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
