#include "redis/slot.h"

#include <array>
#include <vector>

namespace sessiond {
namespace {

constexpr unsigned kPolynomial = 0x1021;

using Table = std::array<std::uint16_t, 256>;

// What a byte adds to the sum, with `zeros` bytes of zero behind it.
consteval Table make_table(int zeros) {
  Table table{};
  for (unsigned byte = 0; byte < table.size(); ++byte) {
    unsigned crc = byte << 8U;
    for (int bit = 0; bit < 8 * (1 + zeros); ++bit) {
      crc = (crc & 0x8000U) != 0 ? (crc << 1U) ^ kPolynomial : crc << 1U;
    }
    table[byte] = static_cast<std::uint16_t>(crc);
  }
  return table;
}

constexpr Table kOne = make_table(0);
constexpr Table kTwo = make_table(1);

// Two bytes at a time, which together replace all 16 bits of the sum.
unsigned crc16(std::string_view text) {
  unsigned crc = 0;
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  std::size_t next = 0;
  for (; next + 1 < text.size(); next += 2) crc = kTwo[(crc >> 8U) ^ at(next)] ^ kOne[(crc & 0xffU) ^ at(next + 1)];
  if (next < text.size()) crc = ((crc & 0xffU) << 8U) ^ kOne[(crc >> 8U) ^ at(next)];
  return crc;
}

std::string_view hashed_part(std::string_view key) {
  const std::size_t open = key.find('{');
  if (open == std::string_view::npos) return key;
  const std::size_t close = key.find('}', open + 1);
  if (close == std::string_view::npos || close == open + 1) return key;
  return key.substr(open + 1, close - open - 1);
}

}  // namespace

Slot slot_of(std::string_view key) { return static_cast<Slot>(crc16(hashed_part(key)) % kSlots); }

std::string tag_of(Slot slot) {
  static const std::vector<std::uint32_t> numbers = [] {
    std::vector<std::uint32_t> least(kSlots);
    std::vector<bool> found(kSlots);
    std::size_t left = kSlots;
    for (std::uint32_t number = 0; left > 0; ++number) {
      const Slot of_number = slot_of(std::to_string(number));
      if (found[of_number]) continue;
      found[of_number] = true;
      least[of_number] = number;
      --left;
    }
    return least;
  }();
  return std::to_string(numbers[slot]);
}

}  // namespace sessiond
