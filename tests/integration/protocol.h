#pragma once

#include <string>
#include <vector>

namespace sessiond::test {

/// A text, as Redis sends one.
[[nodiscard]] inline std::string bulk(const std::string& text) { return "$" + std::to_string(text.size()) + "\r\n" + text + "\r\n"; }

/// An array, as Redis sends one, of what is written as Redis sends it.
[[nodiscard]] inline std::string array(const std::vector<std::string>& elements) {
  std::string text = "*" + std::to_string(elements.size()) + "\r\n";
  for (const std::string& element : elements) text += element;
  return text;
}

}  // namespace sessiond::test
