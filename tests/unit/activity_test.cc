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
  for (const std::string_view bad : {"", " ", "-1", "x", "1 ", " 1", "1 x", "1 2 3", "1  2", "1 -2", "9223372036854775808", "9223372036854775807", "1 9223372036854775807", "1e3"}) {
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

TEST(Activity, OfASessionWithAnIdleTimeIsNotedOnceInASixteenthOfItOrAMinute) {
  for (const auto& [idle, noted_for] : {std::pair<Millis, Millis>{60'000, 60'000}, {900'000, 60'000}, {960'000, 60'000}, {3'600'000, 225'000}, {10 * kDay, 54'000'000}}) {
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
        ASSERT_LE(end - used, idle + std::max<Millis>(60'000, idle / 16));
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
}

}  // namespace
}  // namespace sessiond
