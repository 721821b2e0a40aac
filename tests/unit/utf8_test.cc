// UTF-8, and texts made fit to store and to show.
#include "base/utf8.h"

#include <gtest/gtest.h>

namespace sessiond {
namespace {

TEST(Utf8, IsWhatRfc3629Says) {
  for (const std::string_view good :
       {"", "abc", "\x7F", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80", "\xEF\xBF\xBF",
        "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF", "z\xC3\xAB\xF0\x9F\x98\x80"}) {
    EXPECT_TRUE(is_utf8(good)) << good;
  }
  EXPECT_TRUE(is_utf8(std::string_view("\0", 1)));
}

TEST(Utf8, IsNothingElse) {
  for (const std::string_view bad : {
           "\x80", "\xBF", "\xFE", "\xFF", "a\x80", "\xC0\x80", "\xC1\xBF", "\xE0\x80\x80", "\xE0\x9F\xBF",  // overlong
           "\xF0\x80\x80\x80", "\xF0\x8F\xBF\xBF",                                                             // overlong
           "\xED\xA0\x80", "\xED\xBF\xBF",                                                                     // surrogates
           "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xF8\x88\x80\x80\x80",                                     // too high
           "\xC3", "\xE2\x82", "\xF0\x9F\x98", "\xC3(", "\xE2\x82(", "\xF0\x9F\x98(", "\xC3\xC3\xAB",          // cut
       }) {
    EXPECT_FALSE(is_utf8(bad)) << bad;
  }
}

constexpr const char* kMark = "\xEF\xBF\xBD";  // U+FFFD

TEST(Presentable, KeepsTextAsItIs) {
  EXPECT_EQ(presentable("Mozilla/5.0 (\"z\xC3\xAB\xF0\x9F\x98\x80\") </script>", 512),
            "Mozilla/5.0 (\"z\xC3\xAB\xF0\x9F\x98\x80\") </script>");
}

TEST(Presentable, MarksControlCharactersAndBrokenBytes) {
  const std::string mark = kMark;
  EXPECT_EQ(presentable("a\nb", 512), "a" + mark + "b");
  EXPECT_EQ(presentable(std::string_view("\0\x1B\x7F", 3), 512), mark + mark + mark);
  EXPECT_EQ(presentable("\xC2\x85", 512), mark) << "a control character of C1";
  EXPECT_EQ(presentable("\xC2\xA0", 512), "\xC2\xA0") << "no control character";
  EXPECT_EQ(presentable("a\xFF\xC3(", 512), "a" + mark + mark + "(");
}

TEST(Presentable, EndsAtACharacterWithinItsLimit) {
  EXPECT_EQ(presentable("aaaa", 3), "aaa");
  EXPECT_EQ(presentable("aa\xC3\xAB", 4), "aa\xC3\xAB");
  EXPECT_EQ(presentable("aa\xC3\xAB", 3), "aa");
  EXPECT_EQ(presentable("\xF0\x9F\x98\x80", 3), "");
  EXPECT_EQ(presentable("a\xFF", 3), "a") << "the mark takes three bytes";
  EXPECT_EQ(presentable("a", 0), "");
}

TEST(Presentable, IsAlwaysUtf8AndWithinItsLimit) {
  std::string every;
  for (int c = 0; c < 256; ++c) every += static_cast<char>(c);
  for (std::size_t limit = 0; limit < 600; ++limit) {
    const std::string text = presentable(every, limit);
    EXPECT_TRUE(is_utf8(text));
    EXPECT_LE(text.size(), limit);
    EXPECT_EQ(presentable(text, limit), text);
  }
}

}  // namespace
}  // namespace sessiond
