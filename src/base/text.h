#pragma once

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace sessiond {

/// `text` without the characters of `blank` at its ends.
[[nodiscard]] constexpr std::string_view trim(std::string_view text, std::string_view blank) {
  const std::size_t first = text.find_first_not_of(blank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blank) - first + 1);
}

/// Takes all before the next `separator`, or all of the text, and that separator off the text.
inline std::string_view take_until(std::string_view& text, char separator) {
  const std::string_view part = text.substr(0, text.find(separator));
  text.remove_prefix(std::min(text.size(), part.size() + 1));
  return part;
}

/// Whether all of `text` is printable ASCII other than `"` and `\`. Such text needs no escaping, not even in JSON.
[[nodiscard]] constexpr bool is_plain(std::string_view text) {
  std::uint8_t odd = 0;  // no branch and nothing wider than a byte, so that the compiler does 16 at a time
  // char has a sign on some machines only. With one, what is no ASCII is less than 0x20.
  for (const char c : text) {
    odd |= static_cast<std::uint8_t>(static_cast<std::int8_t>(c) < 0x20) | static_cast<std::uint8_t>(c == 0x7F) |
           static_cast<std::uint8_t>(c == '"') | static_cast<std::uint8_t>(c == '\\');
  }
  return odd == 0;
}

[[nodiscard]] constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Reads all of `text` as a decimal number. Nothing when it is none, or does not fit.
template <typename Number>
[[nodiscard]] std::optional<Number> parse_number(std::string_view text) {
  Number number{};
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return number;
}

/// The system's text for an error number, such as `errno`.
[[nodiscard]] inline std::string errno_text(int error) {
  return std::strerror(error);  // NOLINT(concurrency-mt-unsafe): glibc's is safe
}

/// Whether two texts are the same but for the case of ASCII letters.
[[nodiscard]] constexpr bool equal_ignoring_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::ranges::equal(a, b, {}, lower, lower);
}

}  // namespace sessiond
