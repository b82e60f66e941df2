#include "generate/csv_table.h"

#include <algorithm>

#include "base/text.h"
#include "io/files.h"

namespace suikei::generate {

Result<CsvTable> CsvTable::read(const std::filesystem::path& path, const std::string& name,
                                const std::vector<std::string>& wanted,
                                const std::vector<std::string>& optional) {
  CsvTable table;
  table.name_ = name;
  std::string text = TRY(io::read_file(path));
  Result<std::vector<CsvRow>> rows = parse_csv(text);
  if (!rows.ok()) return Error{ErrorKind::config, name + ":" + rows.error().message, rows.error().hint};
  table.rows_ = std::move(rows).value();
  std::string expected = join(wanted, ",") + (optional.empty() ? "" : "," + join(optional, ","));
  if (table.rows_.empty()) {
    return Error{ErrorKind::config, fmt::format("{}:1: the file has no header", name),
                 "its first line is: " + expected};
  }
  for (std::string& column : table.rows_[0].fields) table.header_.push_back(lower(trim(column)));
  table.rows_.erase(table.rows_.begin());
  for (const std::string& column : wanted) {
    if (std::find(table.header_.begin(), table.header_.end(), column) != table.header_.end()) continue;
    return Error{ErrorKind::config, fmt::format("{}:1: the column `{}` is missing", name, column),
                 "the first line is: " + expected};
  }
  for (const std::string& column : table.header_) {
    std::vector<std::string> known = wanted;
    known.insert(known.end(), optional.begin(), optional.end());
    if (std::find(known.begin(), known.end(), column) != known.end()) continue;
    std::string near = nearest(column, known);
    return Error{ErrorKind::config, fmt::format("{}:1: unknown column `{}`", name, column),
                 near.empty() ? "the first line is: " + expected : fmt::format("did you mean `{}`?", near)};
  }
  for (const CsvRow& row : table.rows_) {
    if (row.fields.size() <= table.header_.size()) continue;
    return Error{ErrorKind::config,
                 fmt::format("{}:{}: {} fields where the header has {}", name, row.line, row.fields.size(),
                             table.header_.size()),
                 "a field that holds a comma stands in quotes"};
  }
  return table;
}

std::string CsvTable::at(size_t row, const std::string& column) const {
  auto found = std::find(header_.begin(), header_.end(), column);
  auto place = static_cast<size_t>(found - header_.begin());
  const std::vector<std::string>& fields = rows_[row].fields;
  return place < fields.size() ? std::string(trim(fields[place])) : std::string();
}

}  // namespace suikei::generate
