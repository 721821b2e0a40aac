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

bool equal_in_constant_time(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

void wipe(std::span<std::uint8_t> secret) { sodium_memzero(secret.data(), secret.size()); }

}  // namespace sessiond
