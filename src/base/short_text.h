#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace sessiond {

/// A text of at most `N` bytes, kept in place. Ids, times and keys are written for every request
/// and are soon copied onwards: this way they need no allocation.
template <std::size_t N>
class ShortText {
 public:
  ShortText() = default;
  explicit ShortText(std::string_view text) { *this += text; }

  /// Appends. More than fits is a programming error: throws.
  ShortText& operator+=(std::string_view more) {
    if (more.size() > N - size_) throw std::length_error("a text is longer than was thought possible");
    std::copy(more.begin(), more.end(), chars_.begin() + static_cast<std::ptrdiff_t>(size_));
    size_ += more.size();
    return *this;
  }

  // Implicit: it is used like any other text.
  operator std::string_view() const { return {chars_.data(), size_}; }  // NOLINT(google-explicit-constructor)
  [[nodiscard]] std::string string() const { return {chars_.data(), size_}; }

  friend std::string operator+(std::string text, const ShortText& more) { return std::move(text += more); }
  friend bool operator==(const ShortText& a, std::string_view b) { return std::string_view(a) == b; }

 private:
  std::array<char, N> chars_;
  std::size_t size_ = 0;
};

}  // namespace sessiond
