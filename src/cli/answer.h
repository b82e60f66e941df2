// answer.h — a query's answer for people (table), spreadsheets (CSV) and programs (JSON).
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "table/rows.h"

namespace suikei::cli {

enum class AnswerFormat { table, csv, json };
Result<AnswerFormat> answer_format_named(const std::string& name);

/// Aligned columns, numbers to the right, NULL as NULL. Values are cut to `cell_width_max` columns (0:
/// never).
std::string render_table(const table::Rows& rows, int cell_width_max);
/// RFC 4180: CRLF, a heading, quotes where needed. NULL is nothing, an empty text is "".
std::string render_csv(const table::Rows& rows);
/// An array of objects, one per line. Whole numbers that a double holds, reals and booleans are typed;
/// DECIMAL, larger numbers and all else are strings; NULL is null. Columns of one name get _2, _3 … behind
/// it.
std::string render_json(const table::Rows& rows);

/// Lines of cells as aligned columns, two blanks between; `right` says which columns are numbers.
std::string align(const std::vector<std::vector<std::string>>& lines, const std::vector<bool>& right);

}  // namespace suikei::cli
