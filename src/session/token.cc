#include "session/token.h"

#include <algorithm>

#include "session/base64url.h"

namespace sessiond {
namespace {

constexpr std::string_view kWebPrefix = "ses_";
constexpr std::string_view kCliPrefix = "pat_";
constexpr std::size_t kRefSize = 16;
constexpr std::size_t kIdSize = 16;

using Packed = std::array<std::uint8_t, kRefSize + kIdSize + kSecretSize>;

}  // namespace

Secret new_secret() {
  Secret secret;
  fill_random(secret.bytes);
  return secret;
}

SecretHash hash_of(const Secret& secret) { return blake2b<32>(secret.bytes); }

bool begins_as_token(std::string_view text) { return text.starts_with(kWebPrefix) || text.starts_with(kCliPrefix); }

std::optional<Token> parse_token(std::string_view text) {
  Token token;
  if (text.starts_with(kWebPrefix)) {
    token.kind = Kind::kWeb;
  } else if (text.starts_with(kCliPrefix)) {
    token.kind = Kind::kCli;
  } else {
    return std::nullopt;
  }
  Packed packed;
  const bool parsed = parse_base64url(text.substr(kWebPrefix.size()), packed);
  if (parsed) {
    std::copy_n(packed.data(), kRefSize, token.ref.bytes.begin());
    std::copy_n(packed.data() + kRefSize, kIdSize, token.id.bytes.begin());
    std::copy_n(packed.data() + kRefSize + kIdSize, kSecretSize, token.secret.bytes.begin());
  }
  wipe(packed);
  if (!parsed) return std::nullopt;
  return token;
}

std::string format_token(const Token& token) {
  Packed packed;
  auto* next = std::copy(token.ref.bytes.begin(), token.ref.bytes.end(), packed.begin());
  next = std::copy(token.id.bytes.begin(), token.id.bytes.end(), next);
  std::copy(token.secret.bytes.begin(), token.secret.bytes.end(), next);
  std::string text{token.kind == Kind::kWeb ? kWebPrefix : kCliPrefix};
  text += base64url(packed);
  wipe(packed);
  return text;
}

}  // namespace sessiond
