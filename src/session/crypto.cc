#include "session/crypto.h"

#include <sodium.h>

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

std::array<std::uint8_t, 32> hmac_sha256(std::span<const std::uint8_t> key, std::span<const std::uint8_t> bytes) {
  std::array<std::uint8_t, crypto_auth_hmacsha256_BYTES> sum{};
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, key.data(), key.size());
  crypto_auth_hmacsha256_update(&state, bytes.data(), bytes.size());
  crypto_auth_hmacsha256_final(&state, sum.data());
  sodium_memzero(&state, sizeof state);
  return sum;
}

std::string base64(std::span<const std::uint8_t> bytes) {
  constexpr int kForm = sodium_base64_VARIANT_ORIGINAL;
  std::string text(sodium_base64_encoded_len(bytes.size(), kForm), '\0');
  sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(), kForm);
  text.pop_back();  // the NUL that it writes
  return text;
}

std::optional<std::vector<std::uint8_t>> parse_base64(std::string_view text, std::size_t most) {
  std::vector<std::uint8_t> bytes(most);
  std::size_t size = 0;
  const int done = sodium_base642bin(bytes.data(), bytes.size(), text.data(), text.size(), nullptr, &size, nullptr,
                                     sodium_base64_VARIANT_ORIGINAL);
  if (done != 0) return std::nullopt;
  bytes.resize(size);
  return bytes;
}

bool equal_in_constant_time(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

void wipe(std::span<std::uint8_t> secret) { sodium_memzero(secret.data(), secret.size()); }

}  // namespace sessiond
