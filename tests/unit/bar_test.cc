// Since when a user's sessions count.
#include "session/bar.h"

#include <gtest/gtest.h>

#include <string>

namespace sessiond {
namespace {

// Minted at 1'700'000'000'000 ms.
const Uuid kSession = *parse_uuid("018bcfe5-6800-7abc-8000-00000000abcd");
const Uuid kOtherSession = *parse_uuid("018bcfe5-6800-7abc-8000-00000000abce");
constexpr Millis kMintedAt = 1'700'000'000'000;

TEST(Bar, KeepsOutWhatWasMintedAtItsInstantAndEarlier) {
  ASSERT_EQ(minted_at(kSession), kMintedAt);
  EXPECT_FALSE(Bar{}.keeps_out(kSession));
  EXPECT_FALSE(Bar{.not_before = kMintedAt - 1}.keeps_out(kSession));
  EXPECT_TRUE(Bar{.not_before = kMintedAt}.keeps_out(kSession));
  EXPECT_TRUE(Bar{.not_before = kMintedAt + 1}.keeps_out(kSession));
}

TEST(Bar, SparesOneSession) {
  const Bar bar{.not_before = kMintedAt, .spared = kSession};
  EXPECT_FALSE(bar.keeps_out(kSession));
  EXPECT_TRUE(bar.keeps_out(kOtherSession));
}

TEST(Bar, OfADisabledUserSparesNone) {
  EXPECT_TRUE((Bar{.not_before = 0, .spared = kSession, .disabled = true}).keeps_out(kSession));
}

TEST(Bar, IsReadAsTheScriptsWriteIt) {
  EXPECT_EQ(parse_bar("1700000000000"), Bar{.not_before = kMintedAt});
  EXPECT_EQ(parse_bar("1700000000000 018bcfe5-6800-7abc-8000-00000000abcd"), (Bar{.not_before = kMintedAt, .spared = kSession}));
  EXPECT_EQ(parse_bar("1700000000000 disabled"), (Bar{.not_before = kMintedAt, .disabled = true}));
}

TEST(Bar, IsNoOtherText) {
  for (const char* text : {"", " ", "x", "-1", "+1", "1 ", "1  ", "1 x", "1 Disabled", "disabled", "1 disabled ", "1 018bcfe5-6800-7abc-8000-00000000abc",
                           "1 018bcfe5-6800-7abc-8000-00000000abcd disabled", "1.5", "1e3", "9223372036854775808", "1\n"}) {
    EXPECT_EQ(parse_bar(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace sessiond
