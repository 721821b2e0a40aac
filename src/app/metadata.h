#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sessiond {

/// Texts that a login service keeps with a session, by name: `{"tenant":"acme"}`. For the internal realm only.

/// The most texts, the longest name, and the most bytes of all of it, percent-encoded as in the check's header.
inline constexpr std::size_t kMostMetadata = 16;
inline constexpr std::size_t kMaxMetadataName = 64;
inline constexpr std::size_t kMaxMetadata = 1024;

/// Reads a JSON object of texts, and returns it in the one form in which it is stored and shown; empty for an object
/// without members. A name is 1 to 64 letters, digits, `_`, `-` and `.`; a text has no control characters. Fails with
/// kBadRequest on anything else, and beyond the bounds above.
[[nodiscard]] Result<std::string> read_metadata(std::string_view json);

}  // namespace sessiond
