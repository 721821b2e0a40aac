// Times as the contract writes them.
#include "base/clock.h"

#include <gtest/gtest.h>

namespace sessiond {
namespace {

TEST(Rfc3339, IsUtcWithThreeDecimals) {
  EXPECT_EQ(rfc3339(0), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(rfc3339(1'795'413'989'861), "2026-11-23T06:06:29.861Z");
  EXPECT_EQ(rfc3339(1), "1970-01-01T00:00:00.001Z");
  EXPECT_EQ(rfc3339(999), "1970-01-01T00:00:00.999Z");
}

TEST(Rfc3339, KnowsTheCalendar) {
  EXPECT_EQ(rfc3339(951'782'400'000), "2000-02-29T00:00:00.000Z");
  EXPECT_EQ(rfc3339(951'868'800'000), "2000-03-01T00:00:00.000Z");
  EXPECT_EQ(rfc3339(4'107'542'400'000), "2100-03-01T00:00:00.000Z");
  EXPECT_EQ(rfc3339(1'798'761'599'999), "2026-12-31T23:59:59.999Z");
}

TEST(Rfc3339, ReachesBackBeforeTheEpoch) {
  EXPECT_EQ(rfc3339(-1), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(rfc3339(-62'167'219'200'000), "0000-01-01T00:00:00.000Z");
}

TEST(Rfc3339, ShowsWhatItCannotWriteAsTheNearest) {
  EXPECT_EQ(rfc3339(INT64_MIN), "0000-01-01T00:00:00.000Z");
  EXPECT_EQ(rfc3339(INT64_MAX), "9999-12-31T23:59:59.999Z");
  EXPECT_EQ(rfc3339(253'402'300'799'999), "9999-12-31T23:59:59.999Z");
}

}  // namespace
}  // namespace sessiond
