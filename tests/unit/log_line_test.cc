#include <gtest/gtest.h>

#include <array>

#include "log/line.h"

namespace sessiond::log {
namespace {

constexpr std::array<Field, 3> kFields = {{{"event", "ended"}, {"user", "alice"}, {"user_agent", "Mozilla/5.0 (X11; \"x\")"}}};

TEST(LogLine, IsTheSameBehindTheQueue) {
  const std::string packed = pack("ended session 7", kFields);
  const Line line = unpack(packed);
  EXPECT_EQ(line.text, "ended session 7");
  ASSERT_EQ(line.fields.size(), kFields.size());
  for (std::size_t i = 0; i < kFields.size(); ++i) {
    EXPECT_EQ(line.fields[i].name, kFields[i].name);
    EXPECT_EQ(line.fields[i].value, kFields[i].value);
  }
  EXPECT_TRUE(unpack(pack("text", {})).fields.empty());
}

TEST(LogLine, KeepsAValueThatIsEmptyOrHasAnEqualsSign) {
  const std::array<Field, 2> fields = {{{"a", ""}, {"b", "=x="}}};
  const std::string packed = pack("", fields);
  const Line line = unpack(packed);
  ASSERT_EQ(line.fields.size(), 2U);
  EXPECT_EQ(line.fields[0].value, "");
  EXPECT_EQ(line.fields[1].name, "b");
  EXPECT_EQ(line.fields[1].value, "=x=");
}

// Whatever a client sends, it adds no line and no field.
TEST(LogLine, CannotBeForged) {
  const std::array<Field, 1> fields = {{{"user", "alice\n2026 error\x1f" "event=minted actor=root\x7f\x80"}}};
  const std::string packed = pack("a\nb\x1f" "c=d", fields);
  const Line line = unpack(packed);
  EXPECT_EQ(line.text, "a\\x0ab\\x1fc=d");
  ASSERT_EQ(line.fields.size(), 1U);
  const std::string text = render_text(line);
  EXPECT_EQ(text.find('\n'), std::string::npos);
  EXPECT_NE(text.find("user=\"alice"), std::string::npos) << text;
  EXPECT_EQ(text.find("\" event="), std::string::npos) << text;
}

TEST(LogLine, AsTextQuotesWhatHasBlanksQuotesOrEqualsSigns) {
  EXPECT_EQ(render_text({"ended", {{"user", "alice"}, {"actor", "a b"}, {"kind", ""}, {"address", "a=\"b\\"}}}),
            R"(ended user=alice actor="a b" kind="" address="a=\"b\\")");
}

TEST(LogLine, AsJsonIsOneObjectOfTexts) {
  EXPECT_EQ(render_json("2026-11-29T00:00:00.000Z", "info", {"a \"b\"", {{"user", "\xc3\xa4\\"}}}),
            R"({"time":"2026-11-29T00:00:00.000Z","level":"info","message":"a \"b\"","user":"ä\\"})");
}

TEST(LogLine, ForTheJournalHasItsNamesAndOurs) {
  const std::vector<std::string> expected = {"MESSAGE=ended", "PRIORITY=6", "SYSLOG_IDENTIFIER=sessiond", "SESSIOND_USER_AGENT=curl"};
  EXPECT_EQ(render_journal(6, {"ended", {{"user_agent", "curl"}}}), expected);
}

}  // namespace
}  // namespace sessiond::log
