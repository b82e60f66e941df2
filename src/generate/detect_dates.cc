#include "generate/detect_dates.h"

#include <algorithm>

#include "base/text.h"

namespace suikei::generate {

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Takes `least` to `most` digits from the front of a text.
bool take_number(std::string_view& text, size_t least, size_t most, int& number) {
  size_t length = 0;
  number = 0;
  while (length < most && length < text.size() && is_digit(text[length]))
    number = number * 10 + text[length++] - '0';
  if (length < least) return false;
  text.remove_prefix(length);
  return true;
}

bool is_date(int year, int month, int day) {
  static constexpr int days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (year < 1000 || month < 1 || month > 12 || day < 1 || day > days[month - 1]) return false;
  bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return month != 2 || day < 29 || leap;
}

bool take_zone(std::string_view& text) {
  if (text.empty() || (text[0] != '+' && text[0] != '-')) return false;
  text.remove_prefix(1);
  int hours = 0, minutes = 0;
  if (!take_number(text, 2, 2, hours)) return false;
  if (starts_with(text, ":")) text.remove_prefix(1);
  return take_number(text, 2, 2, minutes);
}

bool reads(std::string_view format, std::string_view text) {
  // Digits that nothing separates must be as many as the format says.
  bool packed = starts_with(format, "%Y%m");
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, fraction = 0;
  while (!format.empty()) {
    if (format[0] != '%') {
      if (text.empty() || text[0] != format[0]) return false;
      text.remove_prefix(1);
      format.remove_prefix(1);
      continue;
    }
    char what = format[1];
    format.remove_prefix(2);
    size_t least = packed ? 2 : 1;
    bool taken = what == 'Y'   ? take_number(text, 4, 4, year)
                 : what == 'm' ? take_number(text, least, 2, month)
                 : what == 'd' ? take_number(text, least, 2, day)
                 : what == 'H' ? take_number(text, least, 2, hour)
                 : what == 'M' ? take_number(text, least, 2, minute)
                 : what == 'S' ? take_number(text, least, 2, second)
                 : what == 'f' ? take_number(text, 1, 6, fraction)
                               : take_zone(text);
    if (!taken) return false;
  }
  bool likely = !packed || (year >= 1900 && year <= 2100) || year == 9999;
  return text.empty() && likely && is_date(year, month, day) && hour < 24 && minute < 60 && second < 60;
}

}  // namespace

const std::vector<DateFormat>& date_formats() {
  static const std::vector<DateFormat> formats = {
      {"%Y-%m-%d", false},
      {"%Y/%m/%d", false},
      {"%Y%m%d", false},
      {"%Y年%m月%d日", false},
      {"%Y.%m.%d", false},
      {"%Y-%m-%d %H:%M:%S", true},
      {"%Y/%m/%d %H:%M:%S", true},
      {"%Y-%m-%d %H:%M", true},
      {"%Y/%m/%d %H:%M", true},
      {"%Y-%m-%d %H:%M:%S.%f", true},
      {"%Y/%m/%d %H:%M:%S.%f", true},
      {"%Y-%m-%dT%H:%M:%S", true},
      {"%Y-%m-%dT%H:%M:%S.%f", true},
      {"%Y-%m-%dT%H:%M:%S%z", true},
      {"%Y-%m-%dT%H:%M:%SZ", true},
      {"%Y%m%d%H%M%S", true},
      {"%Y%m%d %H:%M:%S", true},
      {"%Y年%m月%d日 %H時%M分", true},
      {"%Y年%m月%d日%H時%M分", true},
      {"%Y年%m月%d日 %H時%M分%S秒", true},
      {"%Y年%m月%d日%H時%M分%S秒", true},
      {"%Y年%m月%d日 %H:%M:%S", true},
      {"%Y年%m月%d日 %H:%M", true},
  };
  return formats;
}

uint32_t formats_reading(std::string_view text) {
  if (text.size() < 8 || text.size() > 48) return 0;
  if (!std::all_of(text.begin(), text.begin() + 4, is_digit)) return 0;
  uint32_t bits = 0;
  const std::vector<DateFormat>& formats = date_formats();
  for (size_t i = 0; i < formats.size(); ++i) {
    if (reads(formats[i].format, text)) bits |= 1u << i;
  }
  return bits;
}

bool is_zero_date(std::string_view text) {
  if (text.size() < 8) return false;
  return starts_with(text, "0000") && std::all_of(text.begin(), text.end(), [](char c) {
           return c == '0' || std::string_view("-/.: T").find(c) != std::string_view::npos;
         });
}

}  // namespace suikei::generate
