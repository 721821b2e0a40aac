#include "base/text.h"

#include <gtest/gtest.h>

#include <string>

namespace sessiond {
namespace {

TEST(IsPlain, LooksAtEveryByteOfEveryPlace) {
  for (std::size_t length = 1; length <= 40; ++length) {
    EXPECT_TRUE(is_plain(std::string(length, ' ')));
    for (std::size_t place = 0; place < length; ++place) {
      for (const char odd : {'"', '\\', '\0', '\x1F', '\x7F', '\x80', '\xFF', '\n'}) {
        std::string text(length, '~');
        text[place] = odd;
        EXPECT_FALSE(is_plain(text)) << length << ' ' << place << ' ' << static_cast<int>(odd);
      }
    }
  }
}

TEST(IsPlain, TakesAllOfPrintableAsciiButTwo) {
  int plain = 0;
  for (int byte = 0; byte < 256; ++byte) plain += is_plain(std::string(1, static_cast<char>(byte))) ? 1 : 0;
  EXPECT_EQ(plain, 95 - 2);
  EXPECT_TRUE(is_plain(""));
}

}  // namespace
}  // namespace sessiond
