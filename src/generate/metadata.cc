#include "generate/metadata.h"

#include <map>

#include "base/text.h"
#include "generate/csv_table.h"

namespace suikei::generate {
namespace {

namespace fs = std::filesystem;

const std::vector<std::string> table_columns = {"source", "table",  "tables", "not_current",
                                                "rows",   "shapes", "columns"};
const std::vector<std::string> column_columns = {
    "source",    "table",   "column",  "type",       "source_type", "nullable", "key",
    "collation", "members", "comment", "null_share", "distinct",    "drift"};

std::string yes(bool value) {
  return value ? "yes" : "no";
}

/// Whole counts and short shares: a file that changes every day in the last digit is of no use in git.
Result<int64_t> number_at(const CsvTable& csv, size_t row, const std::string& column) {
  std::string text = csv.at(row, column);
  char* end = nullptr;
  int64_t number = std::strtoll(text.c_str(), &end, 10);
  if (!text.empty() && *end == 0) return number;
  return Error{ErrorKind::config,
               fmt::format("{}:{}: `{}` is no number, it is '{}'", csv.name(), csv.line(row), column, text),
               "let suikei describe write the file again"};
}

Result<ColumnInfo> column_at(const CsvTable& csv, size_t row) {
  ColumnInfo column;
  column.name = csv.at(row, "column");
  std::optional<table::Type> type = table::parse_type(csv.at(row, "type"));
  if (!type) {
    return Error{
        ErrorKind::config,
        fmt::format("{}:{}: '{}' is no type of the lake", csv.name(), csv.line(row), csv.at(row, "type")),
        "let suikei describe write the file again"};
  }
  column.type = *type;
  column.source_type = csv.at(row, "source_type");
  column.nullable = csv.at(row, "nullable") != "no";
  column.key = csv.at(row, "key") == "yes";
  column.collation = csv.at(row, "collation");
  column.members = csv.at(row, "members");
  column.comment = csv.at(row, "comment");
  if (std::string share = csv.at(row, "null_share"); !share.empty())
    column.null_share = std::atof(share.c_str());
  if (!csv.at(row, "distinct").empty()) column.distinct = TRY(number_at(csv, row, "distinct"));
  column.drift = csv.at(row, "drift");
  return column;
}

}  // namespace

std::string tables_csv(const Metadata& metadata) {
  std::string text = csv_line(table_columns);
  for (const TableInfo& table : metadata.tables) {
    text += csv_line({metadata.source, table.name, std::to_string(table.tables),
                      std::to_string(table.not_current), std::to_string(table.rows),
                      std::to_string(table.shapes), std::to_string(table.columns.size())});
  }
  return text;
}

std::string columns_csv(const Metadata& metadata) {
  std::string text = csv_line(column_columns);
  for (const TableInfo& table : metadata.tables) {
    for (const ColumnInfo& column : table.columns) {
      text += csv_line({metadata.source, table.name, column.name, table::sql_name(column.type),
                        column.source_type, yes(column.nullable), yes(column.key), column.collation,
                        column.members, column.comment,
                        column.null_share ? fmt::format("{:.2g}", *column.null_share) : "",
                        column.distinct ? std::to_string(*column.distinct) : "", column.drift});
    }
  }
  return text;
}

fs::path metadata_folder(const fs::path& project, const std::string& source) {
  return project / "metadata" / source;
}

Result<Metadata> read_metadata(const fs::path& project, const std::string& source) {
  Metadata metadata;
  metadata.source = source;
  fs::path folder = metadata_folder(project, source);
  std::error_code problem;
  if (!fs::exists(folder / "columns.csv", problem)) {
    return Error{ErrorKind::not_found, fmt::format("there is no metadata/{}/columns.csv", source),
                 "suikei describe writes it"};
  }
  CsvTable tables =
      TRY(CsvTable::read(folder / "tables.csv", "metadata/" + source + "/tables.csv", table_columns));
  std::map<std::string, TableInfo> by_name;
  for (size_t row = 0; row < tables.rows(); ++row) {
    TableInfo& table = by_name[tables.at(row, "table")];
    table.name = tables.at(row, "table");
    table.tables = TRY(number_at(tables, row, "tables"));
    table.not_current = TRY(number_at(tables, row, "not_current"));
    table.rows = TRY(number_at(tables, row, "rows"));
    table.shapes = TRY(number_at(tables, row, "shapes"));
  }
  CsvTable columns =
      TRY(CsvTable::read(folder / "columns.csv", "metadata/" + source + "/columns.csv", column_columns));
  for (size_t row = 0; row < columns.rows(); ++row) {
    TableInfo& table = by_name[columns.at(row, "table")];
    table.name = columns.at(row, "table");
    table.columns.push_back(TRY(column_at(columns, row)));
  }
  for (auto& [name, table] : by_name) metadata.tables.push_back(std::move(table));
  return metadata;
}

}  // namespace suikei::generate
