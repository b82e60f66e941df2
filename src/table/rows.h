// rows.h — a query's answer as text, and what a data file says of its columns.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace suikei::table {

/// One row of an answer, each value in the engine's own text form; NULL is nullopt.
using Row = std::vector<std::optional<std::string>>;
struct Rows {
  std::vector<std::string> names;
  std::vector<std::string> types;  ///< SQL names
  std::vector<Row> rows;
};

/// What the writer of a file knows of one of its columns.
struct ColumnStatistics {
  std::string column;
  int64_t bytes = 0;   ///< compressed size
  int64_t values = 0;  ///< with NULLs
  int64_t nulls = 0;
  std::optional<std::string> min, max;  ///< text form; absent when all are NULL or the writer does not know
  std::optional<bool> has_nan;          ///< real columns only
};

}  // namespace suikei::table
