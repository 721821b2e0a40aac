#include "session/crypto.h"

#include <sodium.h>

#include <algorithm>
#include <stdexcept>

namespace sessiond {

void open_randomness() {
  if (sodium_init() < 0) throw std::runtime_error("libsodium found no source of random numbers");
}

void fill_random(std::span<std::uint8_t> bytes) { randombytes_buf(bytes.data(), bytes.size()); }

std::uint32_t uniform_random(std::uint32_t below) { return randombytes_uniform(below); }

template <std::size_t N>
std::array<std::uint8_t, N> blake2b(std::span<const std::uint8_t> bytes) {
  static_assert(N >= crypto_generichash_BYTES_MIN && N <= crypto_generichash_BYTES_MAX);
  std::array<std::uint8_t, N> hash;
  crypto_generichash(hash.data(), N, bytes.data(), bytes.size(), nullptr, 0);
  return hash;
}
template std::array<std::uint8_t, 16> blake2b<16>(std::span<const std::uint8_t>);
template std::array<std::uint8_t, 32> blake2b<32>(std::span<const std::uint8_t>);

bool equal_in_constant_time(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string base64url(std::span<const std::uint8_t> bytes) {
  constexpr int kVariant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
  std::string text(sodium_base64_encoded_len(bytes.size(), kVariant), '\0');
  sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(), kVariant);
  text.pop_back();  // libsodium counts and writes a final NUL
  return text;
}

bool parse_base64url(std::string_view text, std::span<std::uint8_t> bytes) {
  // libsodium 1.0.18 takes some bytes above 0x7F for characters of the alphabet.
  if (std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) > 0x7F; })) return false;
  std::size_t length = 0;
  const char* end = nullptr;
  const int failed = sodium_base642bin(bytes.data(), bytes.size(), text.data(), text.size(), nullptr, &length, &end,
                                       sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  return failed == 0 && length == bytes.size() && end == text.data() + text.size();
}

void wipe(std::span<std::uint8_t> secret) { sodium_memzero(secret.data(), secret.size()); }

}  // namespace sessiond
