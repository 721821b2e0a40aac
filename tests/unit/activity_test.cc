// When a session was last used: what is read of it, and when a use is noted.
#include "session/activity.h"

#include <gtest/gtest.h>

#include <random>

namespace sessiond {
namespace {

TEST(Activity, IsReadAsItIsWrittenAndNotOtherwise) {
  EXPECT_EQ(parse_seen("1790000000000"), (Seen{1'790'000'000'000}));
  EXPECT_EQ(parse_seen("0"), (Seen{0}));
  EXPECT_EQ(parse_seen("1790000000000 3600000"), (Seen{1'790'000'000'000, 3'600'000}));
  EXPECT_EQ(parse_seen("9007199254740992 9007199254740992"), (Seen{9'007'199'254'740'992, 9'007'199'254'740'992}));
  for (const std::string_view bad : {"", " ", "-1", "x", "1 ", " 1", "1 x", "1 2 3", "1  2", "1 -2", "9223372036854775808", "9223372036854775807", "10000000000000000", "1 10000000000000000", "1 9223372036854775807", "1e3"}) {
    EXPECT_EQ(parse_seen(bad), std::nullopt) << bad;
  }
}

TEST(Activity, IsNotedOnceInFiveMinutes) {
  const Seen seen{1'790'000'000'000};
  EXPECT_FALSE(is_due(seen, seen.at));
  EXPECT_FALSE(is_due(seen, seen.at + 300'000));
  EXPECT_TRUE(is_due(seen, seen.at + 300'001));
  EXPECT_FALSE(is_due(seen, seen.at - 1'000'000)) << "a clock that was set back";
}

TEST(Activity, OfASessionWithAnIdleTimeIsNotedOnceInASixteenthOfItButNotOftenerThanInAMinuteNorMoreSeldomThanInFive) {
  for (const auto& [idle, noted_for] : {std::pair<Millis, Millis>{60'000, 60'000}, {900'000, 60'000}, {960'000, 60'000}, {3'600'000, 225'000}, {4'799'999, 299'999}, {4'800'000, 300'000}, {10 * kDay, 300'000}}) {
    const Seen seen{1'790'000'000'000, idle};
    EXPECT_FALSE(is_due(seen, seen.at + noted_for)) << idle;
    EXPECT_TRUE(is_due(seen, seen.at + noted_for + 1)) << idle;
  }
}

// Uses at random; what is noted of them decides the end.
TEST(Activity, ASessionEndsAfterNoLessThanItsIdleTimeOfSilenceAndNoMoreThanItsGranularityLater) {
  std::mt19937_64 random(18);
  for (const Millis idle : std::initializer_list<Millis>{60'000, 61'003, 900'000, 3'600'000, 10 * kDay}) {
    for (int session = 0; session < 1000; ++session) {
      Seen seen{1'790'000'000'000, idle};
      Millis used = seen.at;
      for (int use = 0; use < 50; ++use) {
        const Millis next = used + static_cast<Millis>(random() % static_cast<std::uint64_t>(idle + idle / 8));
        const Millis end = end_of(INT64_MAX, seen);
        ASSERT_GE(end - used, idle);
        ASSERT_LE(end - used, idle + std::min<Millis>(300'000, std::max<Millis>(60'000, idle / 16)));
        if (next >= end) break;
        used = next;
        if (is_due(seen, used)) seen.at = used;
      }
    }
  }
}

TEST(Activity, NeverMovesAnEndBeyondTheSessionsLifetime) {
  EXPECT_EQ(end_of(2'000'000, {1'000'000, 60'000}), 1'120'000);
  EXPECT_EQ(end_of(1'119'999, {1'000'000, 60'000}), 1'119'999);
  EXPECT_EQ(end_of(5, {1'000'000, 0}), 5);
  EXPECT_EQ(end_of(5'000'000, {1'000'000, 0}), 5'000'000) << "one that may be silent for as long";
}

TEST(KeptAddress, IsWholeOrANetworkInOneSpelling) {
  struct Case {
    const char* text;
    const char* full;
    const char* truncated;
  };
  for (const auto& [text, full, truncated] : {Case{"203.0.113.7", "203.0.113.7", "203.0.113.0/24"},
                                              Case{"255.255.255.255", "255.255.255.255", "255.255.255.0/24"},
                                              Case{"::ffff:203.0.113.7", "203.0.113.7", "203.0.113.0/24"},
                                              Case{"::FFFF:cb00:7107", "203.0.113.7", "203.0.113.0/24"},
                                              Case{"2001:DB8:0001:2:3:4:5:6", "2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"},
                                              Case{"2001:db8:1:ffff:ffff:ffff:255.255.255.255", "2001:db8:1:ffff:ffff:ffff:ffff:ffff", "2001:db8:1::/48"},
                                              Case{"::1", "::1", "::/48"}}) {
    EXPECT_TRUE(is_address(text));
    EXPECT_EQ(kept_address(text, RecordIp::kFull), full);
    EXPECT_EQ(kept_address(text, RecordIp::kTruncated), truncated);
    EXPECT_EQ(kept_address(text, RecordIp::kOff), "");
    EXPECT_LE(kept_address(text, RecordIp::kFull).size(), kMaxAddress);
  }
}

TEST(KeptAddress, OfWhatIsNoAddressIsNothing) {
  for (const std::string& text : {std::string(), std::string("unix:"), std::string("localhost"), std::string("1.2.3"), std::string("1.2.3.4.5"),
                                  std::string("256.1.1.1"), std::string(" 1.2.3.4"), std::string("1.2.3.4 "), std::string("1.2.3.4:80"), std::string("[::1]"),
                                  std::string("fe80::1%eth0"), std::string("::1/48"), std::string("1.2.3.4, 5.6.7.8"), std::string("1:2:3:4:5:6:7"),
                                  std::string("1.2.3.4\0", 8), std::string("::1\0x", 5), std::string(4000, '1'), std::string("\xff\xfe")}) {
    EXPECT_FALSE(is_address(text)) << text;
    for (const RecordIp how : {RecordIp::kFull, RecordIp::kTruncated}) EXPECT_EQ(kept_address(text, how), "") << text;
  }
}

}  // namespace
}  // namespace sessiond
