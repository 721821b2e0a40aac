#include "base/clock.h"

#include <algorithm>
#include <array>
#include <chrono>

namespace sessiond {
namespace {

// The first and the last instant that RFC 3339 can write.
constexpr Millis kEarliest = -62167219200000;
constexpr Millis kLatest = 253402300799999;

// Writes `count` digits of `number`, the last of them just before `end`.
void put_digits(char* end, std::int64_t number, int count) {
  for (int i = 0; i < count; ++i) {
    *--end = static_cast<char>('0' + number % 10);
    number /= 10;
  }
}

}  // namespace

ShortText<24> rfc3339(Millis at) {
  using namespace std::chrono;
  const sys_time<milliseconds> instant{milliseconds{std::clamp(at, kEarliest, kLatest)}};
  const auto day = floor<days>(instant);
  const year_month_day date{day};
  const hh_mm_ss time{instant - day};

  std::array<char, 24> text = {};
  std::ranges::copy(std::string_view("0000-00-00T00:00:00.000Z"), text.begin());
  char* const start = text.data();
  put_digits(start + 4, static_cast<int>(date.year()), 4);
  put_digits(start + 7, static_cast<unsigned>(date.month()), 2);
  put_digits(start + 10, static_cast<unsigned>(date.day()), 2);
  put_digits(start + 13, time.hours().count(), 2);
  put_digits(start + 16, time.minutes().count(), 2);
  put_digits(start + 19, time.seconds().count(), 2);
  put_digits(start + 23, time.subseconds().count(), 3);
  return ShortText<24>({text.data(), text.size()});
}

Millis host_now() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

}  // namespace sessiond
