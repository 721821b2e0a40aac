#include "session/name.h"

#include <utf8proc.h>

#include <array>
#include <span>

namespace sessiond {
namespace {

constexpr auto kNfc = static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE);
constexpr std::size_t kMostDecomposed = 8 * kMaxName;

// Emoji of several characters, and some languages, need these.
bool is_joiner(utf8proc_int32_t point) { return point == 0x200C || point == 0x200D; }

// Most code points without a character may get one in a later Unicode, as new emoji do. These never will:
// noncharacters, and those that will show nothing.
bool may_come(utf8proc_int32_t point) {
  const bool is_noncharacter = (point & 0xFFFE) == 0xFFFE || (point >= 0xFDD0 && point <= 0xFDEF);
  const bool is_ignorable =
      point == 0x2065 || (point >= 0xFFF0 && point <= 0xFFF8) || (point >= 0xE0000 && point <= 0xE0FFF);
  return !is_noncharacter && !is_ignorable;
}

bool is_allowed(utf8proc_int32_t point) {
  switch (utf8proc_category(point)) {
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_CO:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP: return false;
    case UTF8PROC_CATEGORY_CF: return is_joiner(point);
    case UTF8PROC_CATEGORY_CN: return may_come(point);
    default: return true;
  }
}

// A cell of Braille without dots, and a note without a head.
bool is_blank(utf8proc_int32_t point) { return point == 0x2800 || point == 0x1D159; }

bool shows_something(utf8proc_int32_t point) {
  switch (utf8proc_category(point)) {
    case UTF8PROC_CATEGORY_ZS:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_ME: return false;
    default: return utf8proc_get_property(point)->ignorable == 0 && !is_blank(point);
  }
}

bool is_space(utf8proc_int32_t point) { return utf8proc_category(point) == UTF8PROC_CATEGORY_ZS; }

std::span<const utf8proc_int32_t> without_spaces_at_ends(std::span<const utf8proc_int32_t> points) {
  while (!points.empty() && is_space(points.front())) points = points.subspan(1);
  while (!points.empty() && is_space(points.back())) points = points.first(points.size() - 1);
  return points;
}

void append(std::string& text, utf8proc_int32_t point) {
  std::array<utf8proc_uint8_t, 4> bytes{};
  const utf8proc_ssize_t count = utf8proc_encode_char(point, bytes.data());
  text.append(bytes.begin(), bytes.begin() + count);
}

}  // namespace

std::optional<std::string> read_name(std::string_view text) {
  std::array<utf8proc_int32_t, kMostDecomposed> points{};
  const auto* const bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  const auto size = static_cast<utf8proc_ssize_t>(text.size());
  const utf8proc_ssize_t decomposed = utf8proc_decompose(bytes, size, points.data(), kMostDecomposed, kNfc);
  if (decomposed < 0 || decomposed > static_cast<utf8proc_ssize_t>(kMostDecomposed)) return std::nullopt;
  const utf8proc_ssize_t composed = utf8proc_normalize_utf32(points.data(), decomposed, kNfc);
  if (composed < 0 || composed > static_cast<utf8proc_ssize_t>(kMaxName)) return std::nullopt;

  std::string name;
  bool visible = false;
  const auto whole = std::span<const utf8proc_int32_t>(points).first(static_cast<std::size_t>(composed));
  for (const utf8proc_int32_t point : without_spaces_at_ends(whole)) {
    if (!is_allowed(point)) return std::nullopt;
    visible = visible || shows_something(point);
    append(name, point);
  }
  if (!visible) return std::nullopt;
  return name;
}

}  // namespace sessiond
