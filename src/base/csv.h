// csv.h — comma-separated files that people keep in a spreadsheet and diff in git (RFC 4180, UTF-8).
// Holds:  what csv_line writes, parse_csv reads back unchanged.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace suikei {

struct CsvRow {
  std::vector<std::string> fields;
  int line = 0;  ///< where the row begins, from 1
};

/// Rows with their lines; a byte order mark, CRLF and rows without any character are passed over.
/// `config` with the line when a quote is not closed or something follows a closing quote.
Result<std::vector<CsvRow>> parse_csv(std::string_view text);

/// One row with a line feed; fields are quoted only where they must be.
std::string csv_line(const std::vector<std::string>& fields);

}  // namespace suikei
