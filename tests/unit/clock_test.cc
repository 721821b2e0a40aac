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

TEST(Rfc3339, IsReadWithAnyFractionAndOffset) {
  for (const char* time : {"2026-11-23T06:06:29.861Z", "2026-11-23T06:06:29Z", "2026-11-23t06:06:29z", "2026-11-23T06:06:29.123456789012+23:59",
                           "2026-11-23T06:06:29-00:00", "2024-02-29T00:00:00Z", "2000-02-29T00:00:00Z", "2016-12-31T23:59:60Z",
                           "0000-01-01T00:00:00Z", "9999-12-31T23:59:59.9Z"}) {
    EXPECT_TRUE(is_rfc3339(time)) << time;
  }
}

TEST(Rfc3339, IsNothingElse) {
  for (const char* time : {"", "Z", "2026-11-23", "2026-11-23T06:06:29", "2026-11-23T06:06Z", "2026-11-23 06:06:29Z", "2026-11-23T06:06:29.Z",
                           "2026-11-23T06:06:29,5Z", "2026-11-23T06:06:29.5", "2026-11-23T06:06:29+0100", "2026-11-23T06:06:29+01",
                           "2026-11-23T06:06:29+24:00", "2026-11-23T06:06:29+01:60", "2026-11-23T06:06:29+1a:00", "2026-11-23T06:06:29ZZ", "2026-11-23T06:06:29 Z",
                           "2026-02-29T00:00:00Z", "2100-02-29T00:00:00Z", "2026-00-01T00:00:00Z", "2026-13-01T00:00:00Z", "2026-04-31T00:00:00Z",
                           "2026-01-00T00:00:00Z", "2026-11-23T24:00:00Z", "2026-11-23T06:60:00Z", "2026-11-23T06:06:61Z", "-026-11-23T06:06:29Z",
                           "+2026-11-23T06:06:29Z", "20261123T060629Z", "1790000000", "2026-11-23T06:06:2\xD9Z"}) {
    EXPECT_FALSE(is_rfc3339(time)) << time;
  }
}

TEST(Rfc3339, IsReadToTheMillisecond) {
  EXPECT_EQ(parse_rfc3339("2026-11-23T06:06:29.861Z"), 1'795'413'989'861);
  EXPECT_EQ(parse_rfc3339("2026-11-23T06:06:29.861999999999999999999Z"), 1'795'413'989'861);
  EXPECT_EQ(parse_rfc3339("2026-11-23T06:06:29.86Z"), 1'795'413'989'860);
  EXPECT_EQ(parse_rfc3339("2026-11-23T06:06:29.8Z"), 1'795'413'989'800);
  EXPECT_EQ(parse_rfc3339("2026-11-23T06:06:29Z"), 1'795'413'989'000);
  EXPECT_EQ(parse_rfc3339("2026-11-23T07:36:29.861+01:30"), 1'795'413'989'861);
  EXPECT_EQ(parse_rfc3339("2026-11-22T23:06:29.861-07:00"), 1'795'413'989'861);
  EXPECT_EQ(parse_rfc3339("2016-12-31T23:59:60Z"), parse_rfc3339("2017-01-01T00:00:00Z"));
  EXPECT_EQ(parse_rfc3339("1969-12-31T23:59:59.999Z"), -1);
  for (const Millis at : {Millis{0}, Millis{951'782'400'000}, Millis{-62'167'219'200'000}, Millis{253'402'300'799'999}}) EXPECT_EQ(parse_rfc3339(rfc3339(at)), at);
}

TEST(Duration, IsAWholeNumberAndAUnit) {
  for (const auto& [text, millis] : {std::pair("1s", 1000), {"90s", 90'000}, {"30m", 1'800'000}, {"12h", 43'200'000}, {"10d", 864'000'000}}) {
    EXPECT_EQ(parse_duration(text, 10 * kDay), millis) << text;
  }
  for (const char* text : {"", "s", "1", "0s", "-1s", "1.5h", " 1s", "1s ", "1w", "1S", "11d", "241h", "99999999999999999999s", "1ss"}) {
    EXPECT_EQ(parse_duration(text, 10 * kDay), std::nullopt) << text;
  }
}

TEST(Rfc3339, KnowsTheCalendar) {
  EXPECT_EQ(rfc3339(951'782'400'000), "2000-02-29T00:00:00.000Z");
  EXPECT_EQ(rfc3339(951'868'800'000), "2000-03-01T00:00:00.000Z");
  EXPECT_EQ(rfc3339(4'107'542'400'000), "2100-03-01T00:00:00.000Z");
  EXPECT_EQ(rfc3339(1'798'761'599'999), "2026-12-31T23:59:59.999Z");
}

TEST(Millis, AreTakenOffATextAndLeaveTheRest) {
  std::string_view text = "1790000000000 60000x";
  EXPECT_EQ(take_millis(text), 1'790'000'000'000);
  EXPECT_EQ(text, " 60000x");
  EXPECT_EQ(take_millis(text), std::nullopt);
  text.remove_prefix(1);
  EXPECT_EQ(take_millis(text), 60'000);
  EXPECT_EQ(text, "x");
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
