#include "session/grant.h"

#include "session/base64url.h"
#include "session/crypto.h"

namespace sessiond {

std::string new_grant_code() {
  constexpr std::string_view kAlphabet = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
  static_assert(kAlphabet.size() == 32);
  std::string code;
  for (std::size_t i = 0; i < kGrantCodeLength; ++i) code += kAlphabet[uniform_random(kAlphabet.size())];
  return code;
}

std::optional<std::string> normalise_grant_code(std::string_view typed) {
  std::string code;
  for (const char c : typed) {
    if (c >= 'a' && c <= 'z') {
      code += static_cast<char>(c - 'a' + 'A');
    } else if ((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) {
      code += c;
    }
  }
  if (code.size() != kGrantCodeLength) return std::nullopt;
  return code;
}

std::string grant_name(std::string_view code) { return base64url(blake2b<16>(bytes_of(code))); }

}  // namespace sessiond
