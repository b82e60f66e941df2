// detect_dates.h — which formats of the engine's strptime read a text.
// Holds:  what a format is said to read, strptime reads as well; the reverse is not so: six digits that
//         strptime would stretch to a date, or the year 24, are not taken for dates here.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace suikei::generate {

struct DateFormat {
  const char* format;  ///< "%Y/%m/%d"
  bool has_time;
};

/// All that are looked for, the commonest first; at most 32.
const std::vector<DateFormat>& date_formats();

/// A bit for each format that reads the text, which has no space around it.
uint32_t formats_reading(std::string_view text);

/// 0000-00-00 and its kin, which stand for nothing.
bool is_zero_date(std::string_view text);

}  // namespace suikei::generate
