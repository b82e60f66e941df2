// csv_table.h — a CSV file whose columns are known by name, for people to edit.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/csv.h"

namespace suikei::generate {

class CsvTable {
 public:
  /// Reads `path`, called `name` in messages. Every column of `wanted` must be in the header, and the header
  /// may have no other but those of `optional`. `not_found` when there is no such file; `config` with file,
  /// line and nearest name otherwise.
  static Result<CsvTable> read(const std::filesystem::path& path, const std::string& name,
                               const std::vector<std::string>& wanted,
                               const std::vector<std::string>& optional = {});
  size_t rows() const { return rows_.size(); }
  int line(size_t row) const { return rows_[row].line; }
  /// The trimmed field; empty when the file has no such optional column.
  std::string at(size_t row, const std::string& column) const;
  const std::string& name() const { return name_; }

 private:
  std::string name_;
  std::vector<std::string> header_;
  std::vector<CsvRow> rows_;
};

}  // namespace suikei::generate
