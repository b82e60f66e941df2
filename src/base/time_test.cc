#include "base/time.h"

#include <gtest/gtest.h>

namespace suikei {
namespace {

constexpr int64_t second = 1'000'000;

int64_t instant(int year, int month, int day, int hour = 0, int minute = 0, int seconds = 0) {
  return (int64_t{days_from_civil(year, month, day)} * 86400 + hour * 3600 + minute * 60 + seconds) * second;
}

TEST(Time, DaysOfKnownDates) {
  EXPECT_EQ(days_from_civil(1970, 1, 1), 0);
  EXPECT_EQ(days_from_civil(1969, 12, 31), -1);
  EXPECT_EQ(days_from_civil(2000, 2, 29), 11'016);
  EXPECT_EQ(days_from_civil(2000, 3, 1), 11'017);
  EXPECT_EQ(days_from_civil(2024, 1, 1), 19'723);
  EXPECT_EQ(days_from_civil(1900, 1, 1), -25'567);
  EXPECT_EQ(days_from_civil(1, 1, 1), -719'162);
  EXPECT_EQ(days_from_civil(9999, 12, 31), 2'932'896);
}

TEST(Time, EveryDayFollowsTheDayBefore) {
  int32_t expected = days_from_civil(1582, 1, 1);
  for (int year = 1582; year <= 2405; ++year) {
    for (int month = 1; month <= 12; ++month) {
      for (int day = 1; day <= days_in_month(year, month); ++day, ++expected) {
        ASSERT_EQ(days_from_civil(year, month, day), expected) << year << "-" << month << "-" << day;
      }
    }
  }
}

TEST(Time, FebruaryHas29DaysInLeapYearsOnly) {
  EXPECT_EQ(days_in_month(2024, 2), 29);
  EXPECT_EQ(days_in_month(2023, 2), 28);
  EXPECT_EQ(days_in_month(2000, 2), 29);
  EXPECT_EQ(days_in_month(1900, 2), 28);
  EXPECT_EQ(days_in_month(2024, 12), 31);
  EXPECT_EQ(days_in_month(2024, 4), 30);
}

TEST(Time, OffsetsOfZones) {
  EXPECT_EQ(MUST(zone_offset_seconds("UTC", 0)), 0);
  EXPECT_EQ(MUST(zone_offset_seconds("Z", 0)), 0);
  EXPECT_EQ(MUST(zone_offset_seconds("+09:00", 0)), 9 * 3600);
  EXPECT_EQ(MUST(zone_offset_seconds("-03:30", 0)), -(3 * 3600 + 30 * 60));
  EXPECT_EQ(MUST(zone_offset_seconds("+00:00", 0)), 0);
  EXPECT_EQ(MUST(zone_offset_seconds("Asia/Tokyo", instant(2026, 7, 1))), 9 * 3600);
}

TEST(Time, SummerTimeDependsOnTheInstant) {
  EXPECT_EQ(MUST(zone_offset_seconds("Europe/Berlin", instant(2026, 1, 15))), 3600);
  EXPECT_EQ(MUST(zone_offset_seconds("Europe/Berlin", instant(2026, 7, 15))), 7200);
  int64_t change = instant(2026, 3, 29, 1);  // 02:00 becomes 03:00
  EXPECT_EQ(MUST(zone_offset_seconds("Europe/Berlin", change - second)), 3600);
  EXPECT_EQ(MUST(zone_offset_seconds("Europe/Berlin", change)), 7200);
}

TEST(Time, WhatIsNoZoneIsAConfigError) {
  for (const char* text : {"", "Asia/Tokio", "+9", "+0900", "09:00", "+15:00", "+09:60", "+-9:00", "-+9:00",
                           "+ 9:00", "+09:00x", "../etc/passwd", "/etc/localtime", "Asia", "JST"}) {
    Result<int> offset = zone_offset_seconds(text, 0);
    ASSERT_FALSE(offset.ok()) << "`" << text << "` is " << offset.value();
    EXPECT_EQ(offset.error().kind, ErrorKind::config);
    EXPECT_FALSE(offset.error().hint.empty());
  }
}

TEST(Time, AskingForAZoneLeavesOursAlone) {
  const char* before = std::getenv("TZ");
  std::string ours = before ? before : "(none)";
  (void)MUST(zone_offset_seconds("Asia/Tokyo", 0));
  const char* after = std::getenv("TZ");
  EXPECT_EQ(after ? after : "(none)", ours);
}

TEST(Time, OffsetsAsText) {
  EXPECT_EQ(offset_text(0), "+00:00");
  EXPECT_EQ(offset_text(9 * 3600), "+09:00");
  EXPECT_EQ(offset_text(-(3 * 3600 + 30 * 60)), "-03:30");
  EXPECT_EQ(offset_text(-60), "-00:01");
}

TEST(Time, TheBusinessDateChangesAtMidnightOfItsZone) {
  int64_t midnight = instant(2026, 11, 22, 15);  // 00:00 of the 23rd in Japan
  EXPECT_EQ(MUST(business_date("Asia/Tokyo", midnight - 1)), "2026-11-22");
  EXPECT_EQ(MUST(business_date("Asia/Tokyo", midnight)), "2026-11-23");
  EXPECT_EQ(MUST(business_date("+09:00", midnight)), "2026-11-23");
  EXPECT_EQ(MUST(business_date("UTC", midnight)), "2026-11-22");
  EXPECT_EQ(MUST(business_date("-08:00", instant(2027, 1, 1, 7, 59, 59))), "2026-12-31");
  EXPECT_EQ(business_date("Nowhere", midnight).error().kind, ErrorKind::config);
}

TEST(Time, InstantsAsText) {
  EXPECT_EQ(iso_instant(0), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(iso_instant(-1), "1969-12-31T23:59:59.999999Z");
  EXPECT_EQ(iso_instant(instant(2026, 11, 23, 2, 17) + 123'456), "2026-11-23T02:17:00.123456Z");
}

}  // namespace
}  // namespace suikei
