// What a person may call a session.
#include "session/name.h"

#include <gtest/gtest.h>

namespace sessiond {
namespace {

TEST(Name, IsUpToSixtyFourCharactersOfAnyLanguage) {
  for (const char* name : {"work laptop", "a", "Büro-PC", "仕事用ノート", "حاسوب العمل", "O'Brien <i>\"&", "my 2nd phone (old)"}) {
    EXPECT_EQ(read_name(name), name);
  }
  EXPECT_EQ(read_name(std::string(64, 'x')), std::string(64, 'x'));
  EXPECT_EQ(read_name(std::string(65, 'x')), std::nullopt);
  std::string wide;
  for (int i = 0; i < 64; ++i) wide += "\xF0\x9F\x92\xBB";
  EXPECT_EQ(read_name(wide), wide) << "characters, not bytes";
  EXPECT_EQ(read_name(wide + "a"), std::nullopt);
  EXPECT_EQ(read_name("\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x92\xBB"), "\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x92\xBB") << "an emoji of two that are joined";
  EXPECT_EQ(read_name("\xD9\x85\xDB\x8C\xE2\x80\x8C\xD8\xAE"), "\xD9\x85\xDB\x8C\xE2\x80\x8C\xD8\xAE") << "Persian, whose letters are kept apart";
  EXPECT_EQ(read_name("laptop \xE2\x9D\xA4\xEF\xB8\x8F"), "laptop \xE2\x9D\xA4\xEF\xB8\x8F") << "what shows nothing may stand last";
}

TEST(Name, IsOneTextHoweverItsAccentsAreWritten) {
  EXPECT_EQ(read_name("Bu\xCC\x88ro"), "B\xC3\xBCro");
  std::string accents;
  for (int i = 0; i < 64; ++i) accents += "u\xCC\x88";
  EXPECT_EQ(read_name(accents)->size(), 64 * 2U);
}

TEST(Name, ShowsSomething) {
  for (const char* name : {"", " ", "\xC2\xA0", "\xE2\x80\x8D", "\xE3\x85\xA4", "\xE2\x80\x83 ", "\xE2\xA0\x80", "\xF0\x9D\x85\x99", "\xCC\x88"}) EXPECT_EQ(read_name(name), std::nullopt) << name;
}

TEST(Name, HasNoSpacesAtItsEnds) {
  EXPECT_EQ(read_name("  work  laptop \xC2\xA0\xE3\x80\x80"), "work  laptop");
  EXPECT_EQ(read_name(" " + std::string(63, 'x')), std::string(63, 'x'));
  EXPECT_EQ(read_name(" " + std::string(64, 'x')), std::nullopt);
}

// Emoji that this libutf8proc does not know yet.
TEST(Name, MayHaveCharactersOfALaterUnicodeButNoneThatWillNeverBe) {
  for (const char* name : {"\xF0\x9F\xAB\xBF my phone", "a\xF0\x9F\xAF\xBA", "a\xCD\xB8", "a\xF3\xA1\x80\x80"}) EXPECT_EQ(read_name(name), name);
  for (const std::string part : {"\xEF\xB7\x90", "\xEF\xB7\xAF", "\xEF\xBF\xBE", "\xEF\xBF\xBF", "\xF0\x9F\xBF\xBF", "\xE2\x81\xA5", "\xEF\xBF\xB0", "\xEF\xBF\xB8", "\xF3\xA0\x80\x80", "\xF3\xA0\x82\x80", "\xF3\xA0\xBF\xBF"}) {
    EXPECT_EQ(read_name("a" + part), std::nullopt) << part;
  }
}

TEST(Name, NeitherBreaksALineNorTurnsTheDirectionOfWhatFollows) {
  for (const std::string part : {"\n", "\r", "\t", "\x1B", "\x7F", "\xC2\x85", "\xE2\x80\xA8", "\xE2\x80\xA9", "\xE2\x80\xAE", "\xE2\x81\xA6", "\xEF\xBB\xBF", "\xEE\x80\x80"}) {
    EXPECT_EQ(read_name("a" + part + "b"), std::nullopt) << part;
  }
  EXPECT_EQ(read_name(std::string("a\0b", 3)), std::nullopt);
}

TEST(Name, IsUtf8) {
  for (const char* name : {"\xFF", "a\xC3", "\xC0\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80"}) EXPECT_EQ(read_name(name), std::nullopt);
}

TEST(Name, ThatIsVeryLongIsNone) {
  EXPECT_EQ(read_name(std::string(100'000, 'x')), std::nullopt);
  std::string accents = "a";
  for (int i = 0; i < 5000; ++i) accents += "\xCC\x88";
  EXPECT_EQ(read_name(accents), std::nullopt);
}

}  // namespace
}  // namespace sessiond
