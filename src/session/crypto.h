#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sessiond {

/// What the rest of the program needs of libsodium, and the only file that knows it.

/// Must succeed before anything else here is called. Throws at start-up if the system has no
/// source of random numbers.
void open_randomness();

/// Fills `bytes` from the system's cryptographic random source.
void fill_random(std::span<std::uint8_t> bytes);

/// A number drawn uniformly from [0, `below`).
[[nodiscard]] std::uint32_t uniform_random(std::uint32_t below);

/// BLAKE2b of `bytes`, `N` bytes long (RFC 7693, no key).
template <std::size_t N>
[[nodiscard]] std::array<std::uint8_t, N> blake2b(std::span<const std::uint8_t> bytes);

/// HMAC-SHA256 of `bytes` (RFC 2104), by a key of any length.
[[nodiscard]] std::array<std::uint8_t, 32> hmac_sha256(std::span<const std::uint8_t> key,
                                                       std::span<const std::uint8_t> bytes);

/// base64 with padding (RFC 4648, section 4). Both ways take a time that depends on the length alone.
[[nodiscard]] std::string base64(std::span<const std::uint8_t> bytes);
/// The bytes, at most `most`; nothing when the text is malformed.
[[nodiscard]] std::optional<std::vector<std::uint8_t>> parse_base64(std::string_view text, std::size_t most);

/// Whether two byte strings are the same; takes equally long wherever they differ.
[[nodiscard]] bool equal_in_constant_time(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b);

/// Overwrites a secret that is no longer needed.
void wipe(std::span<std::uint8_t> secret);

/// The bytes of `text`.
[[nodiscard]] inline std::span<const std::uint8_t> bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// `bytes` as text, to be stored or compared.
[[nodiscard]] inline std::string_view text_of(std::span<const std::uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace sessiond
