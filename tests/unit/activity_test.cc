// When a session was last used: what is read of it, and when a use is noted.
#include "session/activity.h"

#include <gtest/gtest.h>

#include "store/rows.h"

namespace sessiond {
namespace {

TEST(Activity, IsReadAsItIsWrittenAndNotOtherwise) {
  EXPECT_EQ(parse_seen("1790000000000"), (Seen{1'790'000'000'000}));
  EXPECT_EQ(parse_seen("0"), (Seen{0}));
  for (const std::string_view bad : {"", " ", "-1", "x", "1 ", " 1", "1 x", "1 2 3", "1  2", "9223372036854775808", "1e3"}) {
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

}  // namespace
}  // namespace sessiond
