#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace sessiond {

/// One reply of Redis (RESP2). Its text and elements belong to the Round that asked.
struct Reply {
  enum class Type { kNil, kInteger, kText, kArray, kError };

  Type type = Type::kNil;
  long long integer = 0;      // of kInteger; else 0
  std::string_view text;      // of kText and kError
  std::span<Reply> elements;  // of kArray; else none

  [[nodiscard]] bool is_error() const { return type == Type::kError; }
  /// Whether it is an error, other than that the key holds another type.
  [[nodiscard]] bool is_refusal() const { return is_error() && !text.starts_with("WRONGTYPE"); }
  /// The text of element `i`; nothing when there is no such element or it is no text.
  [[nodiscard]] std::optional<std::string_view> text_at(std::size_t i) const {
    if (i >= elements.size() || elements[i].type != Type::kText) return std::nullopt;
    return elements[i].text;
  }
  /// The same without its first `count` elements, as far as it has them.
  [[nodiscard]] Reply without_first(std::size_t count) const {
    Reply rest = *this;
    rest.elements = elements.subspan(std::min(count, elements.size()));
    return rest;
  }
};

}  // namespace sessiond
