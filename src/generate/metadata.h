// metadata.h — what is known of a source's tables, as CSV that people open in a spreadsheet and diff in git.
// Holds:  the files have a stable order, so that the same knowledge is the same bytes.
// See:    docs/design/generate.md ("Metadata")
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "table/types.h"

namespace suikei::generate {

/// A column of a logical table.
struct ColumnInfo {
  std::string name;
  table::Type type;         ///< in the lake
  std::string source_type;  ///< as most tables of the source declare it: "varchar(13)"
  bool nullable = true;
  bool key = false;  ///< part of the primary key
  std::string collation, members, comment;
  std::optional<double> null_share;  ///< 0 … 1, of the lake's rows; known after `describe --profile`
  std::optional<int64_t> distinct;   ///< about so many values; the same
  std::string drift;                 ///< "missing in 31 of 200 tables; bigint in 4"
};

/// A logical table.
struct TableInfo {
  std::string name;
  int64_t tables = 0;       ///< physical ones
  int64_t not_current = 0;  ///< of them stale, failed or vanished
  int64_t rows = 0;
  int64_t shapes = 0;
  std::vector<ColumnInfo> columns;  ///< in the lake's order, without the system columns
};

struct Metadata {
  std::string source;
  std::vector<TableInfo> tables;  ///< by name
};

std::string tables_csv(const Metadata& metadata);
std::string columns_csv(const Metadata& metadata);

/// Where `describe` writes and `generate` reads: <project>/metadata/<source>.
std::filesystem::path metadata_folder(const std::filesystem::path& project, const std::string& source);
/// Reads tables.csv and columns.csv. `not_found` when there are none yet, `config` with file and line when
/// one is damaged.
Result<Metadata> read_metadata(const std::filesystem::path& project, const std::string& source);

}  // namespace suikei::generate
