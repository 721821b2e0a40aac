#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sessiond {

/// Texts that a login service keeps with a session, by name: `{"tenant":"acme"}`. For the internal realm only.

/// The most of them, the longest name, and the longest that all of it may be where the check puts it into a header:
/// percent-encoded, bytes.
inline constexpr std::size_t kMostMetadata = 16;
inline constexpr std::size_t kMaxMetadataName = 64;
inline constexpr std::size_t kMaxMetadata = 1024;

/// Reads a JSON object of texts, and writes it the one way in which it is stored and shown; empty for one of none.
/// A name is 1 to 64 letters, digits, `_`, `-` and `.`; a text has no control characters. Fails with kBadRequest on
/// anything else, and what is beyond the bounds above.
[[nodiscard]] Result<std::string> read_metadata(std::string_view json);

}  // namespace sessiond
