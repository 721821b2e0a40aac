#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace sessiond {

/// base64url without padding, RFC 4648 section 5. Both ways take a time that depends on the
/// length alone, for what is written or read may be a secret.

[[nodiscard]] std::string base64url(std::span<const std::uint8_t> bytes);

/// Fills `bytes`, at most 100. False unless `text` is the one way to write exactly that many
/// bytes: no padding, no white space, no stray bits in the last character.
[[nodiscard]] bool parse_base64url(std::string_view text, std::span<std::uint8_t> bytes);

}  // namespace sessiond
