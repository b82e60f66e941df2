// ducklake_tighten.cc — ranges of tables without a past, taken anew from their live files.
// Why: ranges only grow while older snapshots can be read. Once those are gone a bound may be a value that no
//      row has any more, such as the name of a tenant that was erased.

#include "lakes/ducklake/ducklake_catalog.h"

namespace suikei::lakes::ducklake {
namespace {

constexpr const char* has_a_past = R"sql(
SELECT 1 FROM ducklake_data_file WHERE table_id = ?1 AND end_snapshot IS NOT NULL
UNION ALL SELECT 1 FROM ducklake_inlined_data_tables WHERE table_id = ?1
UNION ALL SELECT 1 FROM ducklake_data_file d
           CROSS JOIN ducklake_delete_file x ON x.data_file_id = d.data_file_id
           WHERE d.table_id = ?1 AND d.end_snapshot IS NULL AND x.end_snapshot IS NULL
LIMIT 1)sql";

constexpr const char* live_statistics = R"sql(
SELECT s.column_id, s.value_count, s.null_count, s.contains_nan, s.min_value, s.max_value
  FROM ducklake_data_file d CROSS JOIN ducklake_file_column_stats s ON s.data_file_id = d.data_file_id
 WHERE d.table_id = ? AND d.end_snapshot IS NULL)sql";

struct Fold {
  TableRange range;
  int64_t files = 0;
  bool sound = true;  ///< every file says what it holds
};

std::optional<std::string> text_or_null(const io::Statement& statement, int column) {
  if (statement.is_null(column)) return std::nullopt;
  return statement.text(column);
}

Result<> fold(table::Type type, const io::Statement& row, Fold& into) {
  FileRange file;
  if (row.is_null(1) || row.is_null(2)) into.sound = false;
  file.values = row.integer(1);
  file.nulls = row.integer(2);
  if (!row.is_null(3)) file.has_nan = row.integer(3) != 0;
  file.min = text_or_null(row, 4);
  file.max = text_or_null(row, 5);
  bool bounded = file.values == 0 || (file.min && file.max);
  if (!bounded && type != table::varchar_type && type != table::blob_type) into.sound = false;
  ++into.files;
  if (into.sound) into.range = TRY(widened(type, into.range, /*known=*/true, file));
  return ok();
}

}  // namespace

Result<> Catalog::tighten() {
  io::Statement past = TRY(database_.prepare(has_a_past));
  io::Statement live = TRY(database_.prepare(live_statistics));
  io::Statement count = TRY(database_.prepare(
      "SELECT count(*) FROM ducklake_data_file WHERE table_id = ? AND end_snapshot IS NULL"));
  io::Statement put =
      TRY(database_.prepare("UPDATE ducklake_table_column_stats SET contains_null = ?, contains_nan = ?, "
                            "min_value = ?, max_value = ? WHERE table_id = ? AND column_id = ?"));
  for (const auto& [name, table] : TRY(tables(""))) {
    past.bind_all(table.id);
    bool skip = false;
    while (TRY(past.step())) skip = true;
    if (skip) continue;
    int64_t files = 0;
    count.bind_all(table.id);
    while (TRY(count.step())) files = count.integer(0);
    std::map<int64_t, table::Type> types;
    for (const CatalogColumn& column : table.columns) {
      if (column.lake_type) types.emplace(column.id, *column.lake_type);
    }
    std::map<int64_t, Fold> folds;
    for (const auto& [column_id, type] : types) folds[column_id];
    live.bind_all(table.id);
    while (TRY(live.step())) {
      auto type = types.find(live.integer(0));
      if (type != types.end()) TRY(fold(type->second, live, folds[type->first]));
    }
    for (const auto& [column_id, entry] : folds) {
      // A file that is older than the column says nothing of it; then the range stays as it is.
      if (!entry.sound || entry.files != files) continue;
      std::optional<int64_t> has_nan;
      if (entry.range.has_nan) has_nan = int64_t{*entry.range.has_nan};
      TRY(put.bind_all(int64_t{entry.range.has_null}, has_nan, entry.range.min, entry.range.max, table.id,
                       column_id)
              .run());
    }
  }
  return ok();
}

}  // namespace suikei::lakes::ducklake
