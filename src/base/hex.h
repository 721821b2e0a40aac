#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sessiond {

inline constexpr std::string_view kHexDigits = "0123456789abcdef";
inline constexpr std::string_view kUpperHexDigits = "0123456789ABCDEF";

/// The value of each character as a hexadecimal digit of either case, or -1.
inline constexpr std::array<std::int8_t, 256> kHexValues = [] {
  std::array<std::int8_t, 256> values{};
  values.fill(-1);
  for (std::size_t i = 0; i != kHexDigits.size(); ++i) {
    values[static_cast<std::uint8_t>(kHexDigits[i])] = static_cast<std::int8_t>(i);
    values[static_cast<std::uint8_t>(kUpperHexDigits[i])] = static_cast<std::int8_t>(i);
  }
  return values;
}();

/// Appends a byte's two digits.
inline void append_hex(std::string& out, std::uint8_t byte) {
  out += kHexDigits[byte >> 4U];
  out += kHexDigits[byte & 0xFU];
}

/// What a hexadecimal digit of either case stands for, or -1 for any other character.
[[nodiscard]] constexpr int hex_value(char c) { return kHexValues[static_cast<std::uint8_t>(c)]; }

}  // namespace sessiond
