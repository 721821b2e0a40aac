#include "session/base64url.h"

#include <gtest/gtest.h>
#include <sodium.h>

#include <array>
#include <vector>

#include "session/crypto.h"

namespace sessiond {
namespace {

std::string by_libsodium(const std::vector<std::uint8_t>& bytes) {
  std::string text(sodium_base64_encoded_len(bytes.size(), sodium_base64_VARIANT_URLSAFE_NO_PADDING), '\0');
  sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  text.pop_back();  // a final NUL
  return text;
}

TEST(Base64url, IsWrittenAsLibsodiumWritesItAndReadBack) {
  for (std::size_t length = 0; length <= 100; ++length) {
    std::vector<std::uint8_t> bytes(length);
    if (length > 0) fill_random(bytes);
    const std::string text = base64url(bytes);
    EXPECT_EQ(text, by_libsodium(bytes));
    std::vector<std::uint8_t> read(length);
    EXPECT_TRUE(parse_base64url(text, read));
    EXPECT_EQ(read, bytes);
  }
}

TEST(Base64url, OfMoreThanAHundredBytesIsNeverReadAtAll) {
  std::vector<std::uint8_t> bytes(101);
  EXPECT_THROW(static_cast<void>(parse_base64url(base64url(bytes), bytes)), std::length_error);
}

TEST(Base64url, HasTheVectorsOfTheRfc) {
  EXPECT_EQ(base64url(bytes_of("")), "");
  EXPECT_EQ(base64url(bytes_of("f")), "Zg");
  EXPECT_EQ(base64url(bytes_of("fo")), "Zm8");
  EXPECT_EQ(base64url(bytes_of("foo")), "Zm9v");
  EXPECT_EQ(base64url(bytes_of("foob")), "Zm9vYg");
  EXPECT_EQ(base64url(bytes_of("\xFB\xFF\xBF")), "-_-_");
}

// Of the 65,536 ways to put two characters, one byte has 256.
TEST(Base64url, ReadsOneSpellingOfEachByteAndNothingElse) {
  std::array<std::uint8_t, 1> byte{};
  int read = 0;
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; ++second) {
      const std::string text = {static_cast<char>(first), static_cast<char>(second)};
      if (!parse_base64url(text, byte)) continue;
      ++read;
      EXPECT_EQ(base64url(byte), text);
    }
  }
  EXPECT_EQ(read, 256);
}

TEST(Base64url, RefusesEveryOtherLength) {
  std::array<std::uint8_t, 3> bytes{};
  for (std::size_t length = 0; length < 10; ++length) {
    EXPECT_EQ(parse_base64url(std::string(length, 'A'), bytes), length == 4);
  }
}

}  // namespace
}  // namespace sessiond
