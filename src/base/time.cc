#include "base/time.h"

#include <time.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <mutex>

#include "base/text.h"

namespace suikei {
namespace {

/// localtime_r under another TZ; the C library has no other way to ask for a zone by name.
struct tm civil_in(const std::string& zone, time_t seconds) {
  static std::mutex guard;
  std::lock_guard lock(guard);
  const char* before = std::getenv("TZ");
  std::string saved = before ? before : "";
  setenv("TZ", (":" + zone).c_str(), 1);
  tzset();
  struct tm civil;
  localtime_r(&seconds, &civil);
  if (before) {
    setenv("TZ", saved.c_str(), 1);
  } else {
    unsetenv("TZ");
  }
  tzset();
  return civil;
}

}  // namespace

int64_t now_us() {
  static const char* fixed = std::getenv("SUIKEI_NOW");
  if (fixed) {
    int year, month, day, hour = 0, minute = 0, second = 0;
    if (std::sscanf(fixed, "%d-%d-%dT%d:%d:%d", &year, &month, &day, &hour, &minute, &second) >= 3) {
      int64_t seconds =
          int64_t{days_from_civil(year, month, day)} * 86400 + hour * 3600 + minute * 60 + second;
      return seconds * 1'000'000;
    }
  }
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000;
}

std::string iso_instant(int64_t instant_us) {
  int64_t micros = ((instant_us % 1'000'000) + 1'000'000) % 1'000'000;
  time_t seconds = (instant_us - micros) / 1'000'000;
  struct tm civil;
  gmtime_r(&seconds, &civil);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", civil.tm_year + 1900, civil.tm_mon + 1,
                     civil.tm_mday, civil.tm_hour, civil.tm_min, civil.tm_sec, micros);
}

Result<int> zone_offset_seconds(std::string_view zone, int64_t instant_us) {
  std::string name(zone);
  if (name == "UTC" || name == "Z") return 0;
  int hours = 0, minutes = 0;
  char sign = 0, extra = 0;
  if (std::sscanf(name.c_str(), "%c%2d:%2d%c", &sign, &hours, &minutes, &extra) == 3 &&
      (sign == '+' || sign == '-') && name.find_first_not_of("0123456789:", 1) == std::string::npos) {
    int seconds = hours * 3600 + minutes * 60;
    if (hours <= 14 && minutes < 60) return sign == '-' ? -seconds : seconds;
  }
  std::error_code problem;
  bool plain = !name.empty() && name.find("..") == std::string::npos && name[0] != '/';
  if (!plain || !std::filesystem::is_regular_file("/usr/share/zoneinfo/" + name, problem)) {
    return Error{ErrorKind::config, fmt::format("time zone `{}` is not known on this machine", name),
                 "write an IANA name such as Asia/Tokyo (package tzdata) or an offset such as +09:00"};
  }
  return static_cast<int>(civil_in(name, static_cast<time_t>(instant_us / 1'000'000)).tm_gmtoff);
}

std::string offset_text(int offset_seconds) {
  int magnitude = std::abs(offset_seconds);
  return fmt::format("{}{:02}:{:02}", offset_seconds < 0 ? '-' : '+', magnitude / 3600,
                     magnitude % 3600 / 60);
}

Result<std::string> business_date(std::string_view zone, int64_t instant_us) {
  int offset = TRY(zone_offset_seconds(zone, instant_us));
  return iso_instant(instant_us + int64_t{offset} * 1'000'000).substr(0, 10);
}

}  // namespace suikei
