// ducklake_statistics.h — what the catalog says of the values of a column, and how it grows.
// Why:    readers skip files and fold answers by these texts; a range that is too narrow gives wrong answers
//         in silence.
// Holds:  a table's range never becomes narrower: old snapshots and open readers use the same row.
// See:    docs/design/publish.md, "Statistics"
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "table/rows.h"
#include "table/types.h"

namespace suikei::lakes::ducklake {

/// What the catalog keeps of one column of one file.
struct FileRange {
  int64_t bytes = 0;
  int64_t values = 0;  ///< not NULL
  int64_t nulls = 0;
  std::optional<bool> has_nan;
  std::optional<std::string> min, max;
};

/// What the catalog keeps of one column of a table, over all files it ever had.
struct TableRange {
  bool has_null = false;
  std::optional<bool> has_nan;
  std::optional<std::string> min, max;
  bool operator==(const TableRange&) const = default;
};

/// Texts longer than this are kept as a shorter bound: the catalog is no place for documents.
inline constexpr size_t bound_bytes_max = 64;

/// The catalog's form of what the writer of a file knows of a column. Bounds stay true: a shortened minimum
/// is smaller, a shortened maximum is larger.
FileRange file_range(table::Type type, const table::ColumnStatistics& statistics);

/// The order of two texts of the catalog as values of the type: negative, 0, positive.
/// `corrupt` when one of them is no value of the type.
Result<int> compare(table::Type type, const std::string& left, const std::string& right);

/// The range of a table that also holds a file. `known` says whether `range` covers every value that the
/// table held before: when it has no bounds although there were values, the bounds stay unknown.
Result<TableRange> widened(table::Type type, TableRange range, bool known, const FileRange& file);

}  // namespace suikei::lakes::ducklake
