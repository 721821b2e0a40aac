#include "base/clock.h"

#include <algorithm>
#include <chrono>

#include "base/text.h"

namespace sessiond {
namespace {

// The first and the last instant that RFC 3339 can write.
constexpr Millis kEarliestShown = -62167219200000;
constexpr Millis kLatestShown = 253402300799999;

// Writes `count` digits of `number`, the last of them just before `end`.
void put_digits(char* end, std::uint32_t number, int count) {
  for (int i = 0; i < count; ++i) {
    *--end = static_cast<char>('0' + number % 10);
    number /= 10;
  }
}

}  // namespace

ShortText<24> rfc3339(Millis at) {
  using namespace std::chrono;
  const sys_time<milliseconds> instant{milliseconds{std::clamp(at, kEarliestShown, kLatestShown)}};
  const auto day = floor<days>(instant);
  const year_month_day date{day};
  const hh_mm_ss time{instant - day};

  char text[] = "0000-00-00T00:00:00.000Z";
  put_digits(text + 4, static_cast<std::uint32_t>(static_cast<int>(date.year())), 4);
  put_digits(text + 7, static_cast<unsigned>(date.month()), 2);
  put_digits(text + 10, static_cast<unsigned>(date.day()), 2);
  put_digits(text + 13, static_cast<std::uint32_t>(time.hours().count()), 2);
  put_digits(text + 16, static_cast<std::uint32_t>(time.minutes().count()), 2);
  put_digits(text + 19, static_cast<std::uint32_t>(time.seconds().count()), 2);
  put_digits(text + 23, static_cast<std::uint32_t>(time.subseconds().count()), 3);
  return ShortText<24>(text);
}

namespace {

// `Z`, or an offset from UTC.
std::optional<Millis> parse_zone(std::string_view text) {
  if (text == "Z" || text == "z") return 0;
  if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':') return std::nullopt;
  if (!is_digit(text[1]) || !is_digit(text[2]) || !is_digit(text[4]) || !is_digit(text[5])) return std::nullopt;
  const auto hours = *parse_number<Millis>(text.substr(1, 2));
  const auto minutes = *parse_number<Millis>(text.substr(4, 2));
  if (hours > 23 || minutes > 59) return std::nullopt;
  return (text[0] == '-' ? -1 : 1) * (hours * 60 + minutes) * 60'000;
}

// Takes the fraction of a second, `.861`, from the front of the text.
std::optional<Millis> take_fraction(std::string_view& text) {
  if (!text.starts_with('.')) return 0;
  const std::size_t end = std::min(text.size(), text.find_first_not_of("0123456789", 1));
  if (end == 1) return std::nullopt;
  Millis millis = 0;
  for (std::size_t i = 1; i < 4; ++i) millis = millis * 10 + (i < end ? text[i] - '0' : 0);
  text.remove_prefix(end);
  return millis;
}

}  // namespace

std::optional<Millis> parse_rfc3339(std::string_view text) {
  constexpr std::string_view kShape = "0000-00-00T00:00:00";
  if (text.size() <= kShape.size()) return std::nullopt;
  for (std::size_t i = 0; i < kShape.size(); ++i) {
    const bool fits = kShape[i] == '0' ? is_digit(text[i]) : (text[i] == kShape[i] || (i == 10 && text[i] == 't'));
    if (!fits) return std::nullopt;
  }
  const auto part = [&](std::size_t at, std::size_t size) { return *parse_number<unsigned>(text.substr(at, size)); };
  using namespace std::chrono;
  const year_month_day date{year(static_cast<int>(part(0, 4))), month(part(5, 2)), day(part(8, 2))};
  if (!date.ok() || part(11, 2) > 23 || part(14, 2) > 59 || part(17, 2) > 60) return std::nullopt;

  const Millis second = ((part(11, 2) * 60LL + part(14, 2)) * 60 + part(17, 2)) * 1000;
  text.remove_prefix(kShape.size());
  const auto fraction = take_fraction(text);
  const auto zone = parse_zone(text);
  if (!fraction || !zone) return std::nullopt;
  return sys_days(date).time_since_epoch().count() * kDay + second + *fraction - *zone;
}

std::optional<Millis> parse_duration(std::string_view text, Millis longest) {
  constexpr std::string_view kUnits = "smhd";
  constexpr Millis kMillis[] = {1000, 60'000, 3'600'000, kDay};
  if (text.empty()) return std::nullopt;
  const std::size_t unit = kUnits.find(text.back());
  const auto count = parse_number<std::int64_t>(text.substr(0, text.size() - 1));
  if (unit == std::string_view::npos || !count || *count < 1 || *count > longest / kMillis[unit]) return std::nullopt;
  return *count * kMillis[unit];
}

std::optional<Millis> take_millis(std::string_view& text) {
  constexpr std::size_t kMostDigits = 16;
  const std::string_view most = text.substr(0, kMostDigits + 1);
  Millis millis = 0;
  std::size_t digits = 0;
  for (; digits < most.size(); ++digits) {
    const unsigned digit = static_cast<std::uint8_t>(most[digits]) - unsigned{'0'};
    if (digit > 9) break;
    millis = millis * 10 + digit;
  }
  if (digits == 0 || digits > kMostDigits) return std::nullopt;
  text.remove_prefix(digits);
  return millis;
}

Millis host_now() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

}  // namespace sessiond
