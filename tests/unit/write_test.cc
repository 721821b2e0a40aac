// JSON strings as they are written.
#include "json/write.h"

#include <gtest/gtest.h>

#include "json/parse.h"

namespace sessiond::json {
namespace {

std::string written(std::string_view text) {
  std::string out;
  append_string(out, text);
  return out;
}

TEST(JsonString, IsAppendedInQuotes) {
  std::string out = "[";
  append_string(out, "a");
  EXPECT_EQ(out, "[\"a\"");
  EXPECT_EQ(written(""), "\"\"");
}

TEST(JsonString, EscapesWhatJsonAsksFor) {
  EXPECT_EQ(written("\"\\"), R"("\"\\")");
  EXPECT_EQ(written("\n\t\r\b\f"), R"("\n\t\r\b\f")");
  EXPECT_EQ(written(std::string_view("\0\x1F", 2)), R"("\u0000\u001F")");
}

TEST(JsonString, KeepsUtf8AsItIs) { EXPECT_EQ(written("zo\xC3\xAB \xF0\x9F\x98\x80"), "\"zo\xC3\xAB \xF0\x9F\x98\x80\""); }

TEST(JsonString, IsReadBackAsItWas) {
  std::string every;
  for (int c = 0; c < 128; ++c) every += static_cast<char>(c);
  const std::string text = "{" + written("name") + ":" + written(every) + "}";
  const auto object = parse_object(text);
  ASSERT_TRUE(object);
  EXPECT_EQ(object->string("name"), every);
}

}  // namespace
}  // namespace sessiond::json
