// Tokens: each has exactly one spelling, and nothing else is one.
#include "session/token.h"

#include <gtest/gtest.h>

#include <array>
#include <set>

#include "session/base64url.h"

namespace sessiond {
namespace {

// A token whose bytes are 0, 1, 2, … 63.
Token counting_token(Kind kind) {
  Token token;
  token.kind = kind;
  std::uint8_t next = 0;
  for (std::uint8_t& byte : token.ref.bytes) byte = next++;
  for (std::uint8_t& byte : token.id.bytes) byte = next++;
  for (std::uint8_t& byte : token.secret.bytes) byte = next++;
  return token;
}

constexpr const char* kCounting =
    "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0-Pw";

TEST(Token, IsWrittenAsPrefixAndBase64url) {
  EXPECT_EQ(format_token(counting_token(Kind::kWeb)), std::string("ses_") + kCounting);
  EXPECT_EQ(format_token(counting_token(Kind::kCli)), std::string("pat_") + kCounting);
}

TEST(Token, ReadsWhatItWrites) {
  for (const Kind kind : {Kind::kWeb, Kind::kCli}) {
    const Token token = counting_token(kind);
    const auto read = parse_token(format_token(token));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->kind, kind);
    EXPECT_EQ(read->ref, token.ref);
    EXPECT_EQ(read->id, token.id);
    EXPECT_EQ(read->secret.bytes, token.secret.bytes);
  }
}

TEST(Token, EveryByteOfItCounts) {
  const std::string text = format_token(counting_token(Kind::kWeb));
  for (std::size_t i = 0; i < text.size(); ++i) {
    for (unsigned byte = 0; byte < 256; ++byte) {
      std::string mutated = text;
      mutated[i] = static_cast<char>(byte);
      const auto read = parse_token(mutated);
      // Either no token at all, or one that is written just so: never another spelling of the same.
      if (read) {
        EXPECT_EQ(format_token(*read), mutated);
      }
    }
  }
}

TEST(Token, NoPartOfOneIsOne) {
  const std::string text = format_token(counting_token(Kind::kCli));
  for (std::size_t length = 0; length < text.size(); ++length) EXPECT_FALSE(parse_token(text.substr(0, length)));
  for (std::size_t start = 1; start <= text.size(); ++start) EXPECT_FALSE(parse_token(text.substr(start)));
}

std::string counting(const std::string& prefix, const std::string& end = "") { return prefix + kCounting + end; }

class NoToken : public ::testing::TestWithParam<std::string> {};

TEST_P(NoToken, IsRefused) { EXPECT_FALSE(parse_token(GetParam())); }

INSTANTIATE_TEST_SUITE_P(
    Texts, NoToken,
    ::testing::Values(counting(""), counting("_"), counting("SES_"), counting("Ses_"), counting("ses-"),
                      counting("ses"), counting("ses__"), counting("abc_"), counting(" ses_"),
                      counting("ses_", "="), counting("ses_", "=="), counting("ses_", "A"), counting("ses_", "AAAA"),
                      counting("ses_", " "), counting("ses_", "\n"), counting("ses_", std::string(1, '\0')),
                      counting("ses_", std::string(100'000, 'A')),
                      // The last character holds 4 bits of the token and 2 that must be 0.
                      counting("ses_").replace(89, 1, "x"), counting("ses_").replace(89, 1, "y"),
                      counting("ses_").replace(89, 1, "z"),
                      // The other alphabet's characters.
                      counting("ses_").replace(88, 1, "+"), counting("ses_").replace(88, 1, "/"),
                      counting("ses_").replace(40, 1, std::string(1, '\0')), counting("ses_").replace(40, 1, "\xC3\xA9")));

TEST(Token, TheOnlyStoredTraceOfASecretIsItsBlake2b) {
  // RFC 7693's function with 32 bytes of output, of 32 zero bytes.
  const SecretHash hash = hash_of(Secret{});
  EXPECT_EQ(base64url(hash), "iesNaoppHa4s0V7QNpkxzgqUnsr6XD-T-BIYM2RuFcM");
}

TEST(Token, TenThousandSecretsDifferAndTheirBytesAreUniform) {
  constexpr int kSecrets = 10'000;
  std::set<std::array<std::uint8_t, 32>> secrets;
  std::array<int, 256> counts{};
  for (int i = 0; i < kSecrets; ++i) {
    const Secret secret = new_secret();
    secrets.insert(secret.bytes);
    for (const std::uint8_t byte : secret.bytes) ++counts[byte];
  }
  EXPECT_EQ(secrets.size(), kSecrets);
  double chi_squared = 0;
  constexpr double kExpected = kSecrets * 32 / 256.0;
  for (const int count : counts) chi_squared += (count - kExpected) * (count - kExpected) / kExpected;
  EXPECT_LT(chi_squared, 412) << "of 255 degrees of freedom: chance exceeds it once in a billion times";
}

}  // namespace
}  // namespace sessiond
