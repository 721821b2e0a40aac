#include "base/clock.h"

#include <algorithm>
#include <chrono>

namespace sessiond {
namespace {

// The first and the last instant that RFC 3339 can write.
constexpr Millis kEarliest = -62167219200000;
constexpr Millis kLatest = 253402300799999;

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
  const sys_time<milliseconds> instant{milliseconds{std::clamp(at, kEarliest, kLatest)}};
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

Millis host_now() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

}  // namespace sessiond
