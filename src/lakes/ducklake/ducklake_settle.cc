// ducklake_settle.cc — what the lake's DDL cannot say: which folder a table has, and what a column's note is.

#include "base/text.h"
#include "lakes/ducklake/ducklake_catalog.h"
#include "lakes/ducklake/ducklake_folders.h"

namespace suikei::lakes::ducklake {
namespace {

Result<bool> any_row(io::Database& database, const char* sql, int64_t id) {
  io::Statement statement = TRY(database.prepare(sql));
  return statement.bind_all(id).step();
}

constexpr const char* file_of_table = "SELECT 1 FROM ducklake_data_file WHERE table_id = ? LIMIT 1";
constexpr const char* file_of_schema =
    "SELECT 1 FROM ducklake_table t CROSS JOIN ducklake_data_file d ON d.table_id = t.table_id "
    "WHERE t.schema_id = ? LIMIT 1";

struct Unsettled {
  CatalogTable table;
  bool folder = false;
  std::vector<std::pair<int64_t, std::string>> notes;  ///< by column id
};

Result<> settle_folder(io::Database& database, const CatalogTable& table) {
  io::Statement schema =
      TRY(database.prepare("UPDATE ducklake_schema SET path = ?, path_is_relative = 1 WHERE schema_id = ? "
                           "AND end_snapshot IS NULL"));
  io::Statement own =
      TRY(database.prepare("UPDATE ducklake_table SET path = ?, path_is_relative = 1 WHERE table_id = ? AND "
                           "end_snapshot IS NULL"));
  if (!TRY(any_row(database, file_of_schema, table.schema_id))) {
    TRY(schema.bind_all(folder_of(table.name.dataset) + "/", table.schema_id).run());
  }
  return own.bind_all(folder_of(table.name.table) + "/", table.id).run();
}

Result<> settle_notes(io::Database& database, const Unsettled& entry, int64_t snapshot) {
  io::Statement end =
      TRY(database.prepare("UPDATE ducklake_column_tag SET end_snapshot = ? WHERE table_id = ? AND column_id "
                           "= ? AND key = 'comment' "
                           "AND end_snapshot IS NULL"));
  io::Statement add =
      TRY(database.prepare("INSERT INTO ducklake_column_tag(table_id, column_id, begin_snapshot, key, value) "
                           "VALUES (?, ?, ?, 'comment', ?)"));
  for (const auto& [column, note] : entry.notes) {
    TRY(end.bind_all(snapshot, entry.table.id, column).run());
    TRY(add.bind_all(entry.table.id, column, snapshot, note).run());
  }
  return ok();
}

}  // namespace

Result<> Catalog::settle(const std::map<TableName, table::Schema>& wanted) {
  std::vector<Unsettled> work;
  std::map<TableName, CatalogTable> found = TRY(tables_of(wanted));
  for (const auto& [name, schema] : wanted) {
    auto table = found.find(key_of(name));
    if (table == found.end()) {
      return Error{ErrorKind::not_found, fmt::format("no table {}.{}", name.dataset, name.table), ""};
    }
    Unsettled entry{table->second, false, {}};
    // A table with files keeps its folder: their paths are relative to it.
    entry.folder = entry.table.folder != table_folder(entry.table.name) + "/" &&
                   !TRY(any_row(database_, file_of_table, entry.table.id));
    for (const table::Column& column : schema.columns) {
      int at = entry.table.find(column.name);
      if (at < 0 || column.note.empty()) continue;
      const CatalogColumn& now = entry.table.columns[static_cast<size_t>(at)];
      if (now.note != column.note) entry.notes.emplace_back(now.id, column.note);
    }
    if (entry.folder || !entry.notes.empty()) work.push_back(std::move(entry));
  }
  if (work.empty()) return ok();

  io::Transaction transaction = TRY(io::Transaction::begin(database_));
  Snapshot next = TRY(last_snapshot());
  ++next.id;
  ++next.schema_version;  // readers keep a schema by its version; a new one tells them to look again
  io::Statement version = TRY(database_.prepare(
      "INSERT INTO ducklake_schema_versions(begin_snapshot, schema_version, table_id) VALUES (?, ?, ?)"));
  std::vector<std::string> changes;
  for (const Unsettled& entry : work) {
    if (entry.folder) TRY(settle_folder(database_, entry.table));
    TRY(settle_notes(database_, entry, next.id));
    TRY(version.bind_all(next.id, next.schema_version, entry.table.id).run());
    changes.push_back(fmt::format("altered_table:{}", entry.table.id));
  }
  TRY(add_snapshot(database_, next, join(changes, ","), "folders and notes of tables", "{}"));
  return transaction.commit();
}

}  // namespace suikei::lakes::ducklake
