#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "session/crypto.h"
#include "session/session.h"

namespace sessiond {

inline constexpr std::size_t kSecretSize = 32;  // bytes

/// The part of a token that nobody can guess: 256 random bits. Wiped when it goes.
struct Secret {
  std::array<std::uint8_t, kSecretSize> bytes{};

  Secret() = default;
  Secret(const Secret&) = default;
  Secret& operator=(const Secret&) = default;
  ~Secret() { wipe(bytes); }
};

/// What is stored of a secret: its BLAKE2b, 32 bytes. A random secret needs no salt.
using SecretHash = std::array<std::uint8_t, 32>;

/// A bearer secret that proves a session. On the wire:
///
///     <ses|pat>_<base64url of ref (16 bytes), session id (16), secret (32)>
///
/// `ses` is a web session's, `pat` a CLI's. The session's key follows from the token alone, so
/// there is no index of tokens, and a malformed one is refused without asking Redis.
struct Token {
  Kind kind = Kind::kWeb;
  UserRef ref;
  Uuid id;
  Secret secret;
};

[[nodiscard]] Secret new_secret();
[[nodiscard]] SecretHash hash_of(const Secret& secret);

/// Whether `text` begins as every token does, and as nobody else's should.
[[nodiscard]] bool begins_as_token(std::string_view text);

/// Reads a token. Each token has exactly one spelling; anything else is refused.
[[nodiscard]] std::optional<Token> parse_token(std::string_view text);

[[nodiscard]] std::string format_token(const Token& token);

}  // namespace sessiond
