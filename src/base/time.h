// time.h — instants, business dates and zone offsets.
// Threads: safe from any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace suikei {

/// Microseconds since 1970-01-01 00:00 UTC, by the system's clock. SUIKEI_NOW (an ISO instant) overrides it
/// for tests.
int64_t now_us();
/// "2026-11-23T02:17:00.123456Z"
std::string iso_instant(int64_t instant_us);
/// Days since 1970-01-01 of a civil date (proleptic Gregorian); the date must exist.
constexpr int32_t days_from_civil(int year, int month, int day) {
  // Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
  year -= month <= 2;
  int era = (year >= 0 ? year : year - 399) / 400;
  unsigned year_of_era = static_cast<unsigned>(year - era * 400);
  unsigned day_of_year =
      (153u * static_cast<unsigned>(month + (month > 2 ? -3 : 9)) + 2) / 5 + static_cast<unsigned>(day) - 1;
  unsigned day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + static_cast<int32_t>(day_of_era) - 719468;
}
constexpr int days_in_month(int year, int month) {
  constexpr int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return days[month - 1] + (month == 2 && leap);
}
/// Offset from UTC in seconds of a zone ("Asia/Tokyo", "UTC", "+09:00") at an instant.
/// `config` when there is no such zone on this machine.
Result<int> zone_offset_seconds(std::string_view zone, int64_t instant_us);
/// "+09:00"
std::string offset_text(int offset_seconds);
/// The civil date in a zone at an instant: "2026-11-23".
Result<std::string> business_date(std::string_view zone, int64_t instant_us);

}  // namespace suikei
