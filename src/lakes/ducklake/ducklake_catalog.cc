#include "lakes/ducklake/ducklake_catalog.h"

#include <dlfcn.h>
#include <strings.h>

#include "base/text.h"
#include "base/time.h"
#include "lakes/ducklake/ducklake_folders.h"

namespace suikei::lakes::ducklake {
namespace {

constexpr const char* format_version = "1.0";

/// Ours. The lake's own software does not look at tables it does not know.
constexpr const char* own_objects = R"sql(
CREATE TABLE IF NOT EXISTS suikei_slice(table_id BIGINT NOT NULL, shard VARCHAR NOT NULL,
  run_id VARCHAR NOT NULL, checksum VARCHAR NOT NULL, rows BIGINT NOT NULL, snapshot_id BIGINT NOT NULL,
  PRIMARY KEY (table_id, shard));
CREATE INDEX IF NOT EXISTS suikei_data_file ON ducklake_data_file(table_id, end_snapshot);
CREATE INDEX IF NOT EXISTS suikei_delete_file ON ducklake_delete_file(data_file_id);
CREATE INDEX IF NOT EXISTS suikei_file_stats ON ducklake_file_column_stats(data_file_id);
CREATE INDEX IF NOT EXISTS suikei_file_partition ON ducklake_file_partition_value(data_file_id);
CREATE INDEX IF NOT EXISTS suikei_column ON ducklake_column(table_id);
CREATE INDEX IF NOT EXISTS suikei_table_stats ON ducklake_table_stats(table_id);
CREATE INDEX IF NOT EXISTS suikei_column_stats ON ducklake_table_column_stats(table_id, column_id);
CREATE INDEX IF NOT EXISTS suikei_mapping ON ducklake_column_mapping(table_id);
CREATE INDEX IF NOT EXISTS suikei_name_mapping ON ducklake_name_mapping(mapping_id);
)sql";
constexpr int own_objects_count = 10;

constexpr const char* live_tables = R"sql(
SELECT t.table_id, t.schema_id, s.schema_name, t.table_name,
       CASE WHEN s.path_is_relative AND t.path_is_relative THEN s.path || t.path END,
       (SELECT count(*) FROM ducklake_partition_info i
         WHERE i.table_id = t.table_id AND i.end_snapshot IS NULL),
       (SELECT i.partition_id FROM ducklake_partition_info i
         WHERE i.table_id = t.table_id AND i.end_snapshot IS NULL
           AND (SELECT group_concat(c.column_name || ' ' || p.transform)
                  FROM ducklake_partition_column p JOIN ducklake_column c
                    ON c.table_id = p.table_id AND c.column_id = p.column_id AND c.end_snapshot IS NULL
                 WHERE p.partition_id = i.partition_id AND p.table_id = i.table_id) = '_shard identity')
  FROM ducklake_table t JOIN ducklake_schema s ON s.schema_id = t.schema_id AND s.end_snapshot IS NULL
 WHERE t.end_snapshot IS NULL
   AND (?1 = '' OR lower(s.schema_name) = ?1) AND (?2 = '' OR lower(t.table_name) = ?2)
)sql";

constexpr const char* live_columns = R"sql(
SELECT c.column_id, c.column_name, c.column_type, coalesce(n.value, '')
  FROM ducklake_column c
  LEFT JOIN ducklake_column_tag n ON n.table_id = c.table_id AND n.column_id = c.column_id
                                 AND n.end_snapshot IS NULL AND n.key = 'comment'
 WHERE c.table_id = ? AND c.end_snapshot IS NULL AND c.parent_column IS NULL ORDER BY c.column_order
)sql";

}  // namespace

Result<> check_one_sqlite() {
  if (dlsym(RTLD_DEFAULT, "sqlite3_open_v2")) return ok();
  return Error{ErrorKind::corrupt, "SQLite is linked into this program in a way that the engine cannot share",
               "link the shared library of SQLite, so that both open the catalog with the same locks"};
}

TableName key_of(const TableName& name) {
  return {lower(name.dataset), lower(name.table)};
}

int CatalogTable::find(std::string_view column) const {
  for (size_t i = 0; i < columns.size(); ++i) {
    const std::string& other = columns[i].name;
    if (other.size() == column.size() && strncasecmp(other.data(), column.data(), column.size()) == 0) {
      return static_cast<int>(i);
    }
  }
  return -1;
}

std::optional<table::Type> type_of_catalog(const std::string& text) {
  static const std::map<std::string, table::Type> known = {{"boolean", table::boolean_type},
                                                           {"int8", table::integer_type},
                                                           {"int16", table::integer_type},
                                                           {"int32", table::integer_type},
                                                           {"int64", table::bigint_type},
                                                           {"float64", table::real_type},
                                                           {"date", table::date_type},
                                                           {"timestamp", table::timestamp_type},
                                                           {"timestamptz", table::timestamptz_type},
                                                           {"varchar", table::varchar_type},
                                                           {"blob", table::blob_type}};
  if (auto at = known.find(text); at != known.end()) return at->second;
  if (starts_with(text, "decimal(")) return table::parse_type("DECIMAL" + text.substr(7));
  return std::nullopt;
}

Result<table::Schema> schema_of(const CatalogTable& table) {
  table::Schema schema;
  for (const CatalogColumn& column : table.columns) {
    if (!column.lake_type) {
      return Error{ErrorKind::rejected,
                   fmt::format("column {}.{}.{} has type {}, which is none of ours", table.name.dataset,
                               table.name.table, column.name, column.type),
                   "give that table another name or dataset"};
    }
    schema.columns.push_back({column.name, *column.lake_type, column.note});
  }
  return schema;
}

Result<Catalog> Catalog::open(const std::filesystem::path& path, io::OpenMode mode) {
  TRY(check_one_sqlite());
  return Catalog(TRY(io::Database::open(path, mode)));
}

Result<bool> Catalog::has_lake() {
  auto name = TRY(database_.text("SELECT name FROM sqlite_master WHERE name = 'ducklake_metadata'"));
  return name.has_value();
}

Result<> Catalog::check_format() {
  auto version =
      TRY(database_.text("SELECT value FROM ducklake_metadata WHERE key = 'version' AND scope IS NULL"));
  if (version != format_version) {
    return Error{ErrorKind::config,
                 fmt::format("lake format is {}, this program knows {}: the lake was written by a {} program",
                             version.value_or("unknown"), format_version,
                             version.value_or("") > format_version ? "newer" : "different"),
                 "use the program that wrote it; nothing was changed"};
  }
  auto encrypted = TRY(database_.text("SELECT value FROM ducklake_metadata WHERE key = 'encrypted'"));
  if (encrypted == "true") {
    return Error{ErrorKind::config, "the lake is encrypted, and staged files would not be",
                 "use a lake without ENCRYPTED"};
  }
  return ok();
}

namespace {

std::string stored_path(const std::filesystem::path& data) {
  std::string text = data.lexically_normal().string();
  return text.ends_with('/') ? text : text + "/";
}

}  // namespace

Result<bool> Catalog::prepared(const std::filesystem::path& data) {
  auto objects =
      TRY(database_.integer("SELECT count(*) FROM sqlite_master WHERE name LIKE 'suikei\\_%' ESCAPE '\\'"));
  if (objects.value_or(0) < own_objects_count) return false;
  auto limit = TRY(database_.text(
      "SELECT value FROM ducklake_metadata WHERE key = 'data_inlining_row_limit' AND scope IS NULL"));
  if (limit != "0") return false;
  auto place =
      TRY(database_.text("SELECT value FROM ducklake_metadata WHERE key = 'data_path' AND scope IS NULL"));
  return place == stored_path(data);
}

Result<> Catalog::prepare(const std::filesystem::path& data) {
  io::Transaction transaction = TRY(io::Transaction::begin(database_));
  TRY(database_.run(own_objects));
  io::Statement place = TRY(
      database_.prepare("UPDATE ducklake_metadata SET value = ? WHERE key = 'data_path' AND scope IS NULL"));
  TRY(place.bind_all(stored_path(data)).run());
  return transaction.commit();
}

Result<std::map<TableName, CatalogTable>> Catalog::tables(const std::string& dataset,
                                                          const std::string& only) {
  std::map<TableName, CatalogTable> found;
  io::Statement rows = TRY(database_.prepare(live_tables));
  io::Statement columns = TRY(database_.prepare(live_columns));
  rows.bind_all(lower(dataset), lower(only));
  while (TRY(rows.step())) {
    CatalogTable table;
    table.id = rows.integer(0);
    table.schema_id = rows.integer(1);
    table.name = {rows.text(2), rows.text(3)};
    table.folder = rows.text(4);
    table.partitioned = rows.integer(5) > 0;
    if (!rows.is_null(6)) table.partition_id = rows.integer(6);
    columns.bind_all(table.id);
    while (TRY(columns.step())) {
      CatalogColumn column{columns.integer(0), columns.text(1), columns.text(2), std::nullopt,
                           columns.text(3)};
      column.lake_type = type_of_catalog(column.type);
      table.columns.push_back(std::move(column));
    }
    TableName key = key_of(table.name);
    found.emplace(std::move(key), std::move(table));
  }
  return found;
}

Result<std::optional<CatalogTable>> Catalog::find_table(const TableName& name) {
  std::map<TableName, CatalogTable> found = TRY(tables(name.dataset, name.table));
  if (found.empty()) return std::optional<CatalogTable>();
  return std::optional<CatalogTable>(std::move(found.begin()->second));
}

Result<std::map<TableName, CatalogTable>> Catalog::tables_of(
    const std::map<TableName, table::Schema>& wanted) {
  std::map<TableName, CatalogTable> found;
  std::set<std::string> datasets;
  for (const auto& [name, schema] : wanted) datasets.insert(lower(name.dataset));
  for (const std::string& dataset : datasets) found.merge(TRY(tables(dataset)));
  return found;
}

Result<Snapshot> Catalog::last_snapshot() {
  io::Statement rows = TRY(database_.prepare(
      "SELECT snapshot_id, schema_version, next_catalog_id, next_file_id FROM ducklake_snapshot "
      "ORDER BY snapshot_id DESC LIMIT 1"));
  if (!TRY(rows.step())) return Error{ErrorKind::corrupt, "the lake's catalog has no snapshot", ""};
  return Snapshot{rows.integer(0), rows.integer(1), rows.integer(2), rows.integer(3)};
}

Result<> add_snapshot(io::Database& database, const Snapshot& next, const std::string& changes,
                      const std::string& message, const std::string& extra_info) {
  // The catalog's form of an instant: "2026-11-23 02:39:27.073372+00".
  std::string time = iso_instant(now_us());
  time[10] = ' ';
  time.replace(time.size() - 1, 1, "+00");
  io::Statement snapshot = TRY(
      database.prepare("INSERT INTO ducklake_snapshot(snapshot_id, snapshot_time, schema_version, "
                       "next_catalog_id, next_file_id) "
                       // Never before the newest: a clock that was set back must not upset time travel.
                       "VALUES (?, max(?, (SELECT max(snapshot_time) FROM ducklake_snapshot)), ?, ?, ?)"));
  TRY(snapshot.bind_all(next.id, time, next.schema_version, next.next_catalog_id, next.next_file_id).run());
  io::Statement change =
      TRY(database.prepare("INSERT INTO ducklake_snapshot_changes(snapshot_id, changes_made, author, "
                           "commit_message, commit_extra_info) "
                           "VALUES (?, ?, 'suikei', ?, ?)"));
  return change.bind_all(next.id, changes, message, extra_info).run();
}

namespace {

constexpr const char* published_slices = R"sql(
SELECT t.table_id, s.schema_name, t.table_name, s.path || t.path,
       x.shard, x.run_id, x.checksum, x.rows, x.snapshot_id
  FROM suikei_slice x
  JOIN ducklake_table t ON t.table_id = x.table_id AND t.end_snapshot IS NULL
  JOIN ducklake_schema s ON s.schema_id = t.schema_id AND s.end_snapshot IS NULL
 WHERE lower(s.schema_name) = ?1 AND (?2 = '' OR lower(t.table_name) = ?2) AND (?3 IS NULL OR x.shard = ?3)
 ORDER BY t.table_id
)sql";

constexpr const char* live_files = R"sql(
SELECT p.partition_value, d.path, d.path_is_relative, d.begin_snapshot, d.record_count,
       (SELECT coalesce(sum(x.delete_count), 0) FROM ducklake_delete_file x
         WHERE x.data_file_id = d.data_file_id AND x.end_snapshot IS NULL)
  FROM ducklake_data_file d
  LEFT JOIN ducklake_file_partition_value p ON p.data_file_id = d.data_file_id AND p.partition_key_index = 0
 WHERE d.table_id = ? AND d.end_snapshot IS NULL ORDER BY d.data_file_id
)sql";

/// The live files of one slice.
struct LiveFiles {
  int64_t rows = 0, deleted = 0;
  std::vector<std::string> paths;
  std::vector<int64_t> snapshots;
};

}  // namespace

Result<> Catalog::distrust(const SliceName& slice) {
  io::Statement forget = TRY(database_.prepare(
      "UPDATE suikei_slice SET checksum = '' WHERE shard = ?1 AND table_id IN "
      "(SELECT t.table_id FROM ducklake_table t JOIN ducklake_schema s ON s.schema_id = t.schema_id "
      "WHERE lower(s.schema_name) = ?2 AND lower(t.table_name) = ?3 AND t.end_snapshot IS NULL)"));
  return forget.bind_all(slice.shard, lower(slice.table.dataset), lower(slice.table.table)).run();
}

Result<std::map<SliceName, PublishedSlice>> Catalog::published(const std::string& dataset,
                                                               const SliceName* only) {
  std::map<SliceName, PublishedSlice> found;
  if (!TRY(database_.text("SELECT name FROM sqlite_master WHERE name = 'suikei_slice'"))) return found;
  io::Statement slices = TRY(database_.prepare(published_slices));
  io::Statement files = TRY(database_.prepare(live_files));
  slices.bind_all(lower(dataset), only ? lower(only->table.table) : "",
                  only ? std::optional<std::string>(only->shard) : std::nullopt);
  int64_t table_id = -1;
  std::map<std::string, LiveFiles> live;
  while (TRY(slices.step())) {
    if (slices.integer(0) != table_id) {
      table_id = slices.integer(0);
      live.clear();
      files.bind_all(table_id);
      while (TRY(files.step())) {
        LiveFiles& entry = live[files.text(0)];
        entry.paths.push_back((files.integer(2) ? slices.text(3) : "") + files.text(1));
        entry.snapshots.push_back(files.integer(3));
        entry.rows += files.integer(4);
        entry.deleted += files.integer(5);
      }
    }
    LiveFiles& entry = live[slices.text(4)];
    PublishedSlice slice{slices.text(5), slices.text(6), entry.rows - entry.deleted, entry.paths};
    // What somebody else deleted, added or rewrote is no longer what the checksum says.
    bool intact = entry.rows == slices.integer(7) && entry.deleted == 0;
    for (int64_t snapshot : entry.snapshots) intact = intact && snapshot == slices.integer(8);
    if (!intact) slice.checksum.clear();
    SliceName name{{slices.text(1), slices.text(2)}, slices.text(4)};
    found.emplace(std::move(name), std::move(slice));
  }
  return found;
}

Result<std::set<std::string>> Catalog::held(const std::vector<std::string>& paths) {
  std::multimap<std::string, int64_t> folders;
  io::Statement tables =
      TRY(database_.prepare("SELECT DISTINCT s.path || t.path, t.table_id FROM ducklake_table t JOIN "
                            "ducklake_schema s USING (schema_id)"));
  while (TRY(tables.step())) folders.emplace(tables.text(0), tables.integer(1));
  io::Statement file =
      TRY(database_.prepare("SELECT 1 FROM ducklake_data_file WHERE table_id = ? AND path = ?"));
  std::set<std::string> found;
  for (const std::string& path : paths) {
    size_t dataset_end = path.find('/');
    size_t table_end = dataset_end == std::string::npos ? dataset_end : path.find('/', dataset_end + 1);
    if (table_end == std::string::npos) continue;
    auto [begin, end] = folders.equal_range(path.substr(0, table_end + 1));
    for (auto at = begin; at != end; ++at) {
      file.bind_all(at->second, path.substr(table_end + 1));
      while (TRY(file.step())) found.insert(path);
    }
  }
  return found;
}

Result<std::vector<std::string>> Catalog::scheduled_for_deletion() {
  std::vector<std::string> paths;
  io::Statement rows =
      TRY(database_.prepare("SELECT path FROM ducklake_files_scheduled_for_deletion WHERE path_is_relative"));
  while (TRY(rows.step())) paths.push_back(rows.text(0));
  return paths;
}

Result<std::vector<TableName>> Catalog::tables_with(const std::string& dataset, const std::string& tenant) {
  io::Statement may_hold = TRY(database_.prepare(R"sql(
SELECT 1 FROM ducklake_data_file d
  LEFT JOIN ducklake_file_column_stats s ON s.data_file_id = d.data_file_id AND s.column_id = ?2
 WHERE d.table_id = ?1 AND d.end_snapshot IS NULL
   AND (s.min_value IS NULL OR s.min_value <= ?3) AND (s.max_value IS NULL OR s.max_value >= ?3)
 LIMIT 1)sql"));
  std::vector<TableName> found;
  for (const auto& [key, table] : TRY(tables(dataset))) {
    int at = table.find(table::tenant_column);
    if (at < 0) continue;
    may_hold.bind_all(table.id, table.columns[static_cast<size_t>(at)].id, tenant);
    bool may = false;
    while (TRY(may_hold.step())) may = true;
    if (may) found.push_back(table.name);
  }
  return found;
}

Result<> Catalog::compact() {
  io::Transaction transaction = TRY(io::Transaction::begin(database_));
  // Statistics of replaced files only help to skip files in old snapshots, and every query of today reads
  // past them.
  TRY(database_.run(R"sql(
DELETE FROM ducklake_file_column_stats WHERE data_file_id NOT IN
  (SELECT data_file_id FROM ducklake_data_file WHERE end_snapshot IS NULL);
DELETE FROM suikei_slice WHERE table_id NOT IN
  (SELECT table_id FROM ducklake_table WHERE end_snapshot IS NULL);
)sql"));
  TRY(tighten());
  TRY(transaction.commit());
  // An open reader keeps both from doing all of their work; the next time they do the rest.
  for (const char* step : {"VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"}) {
    Result<> done = database_.run(step);
    if (!done.ok() && done.error().kind != ErrorKind::unavailable) return done.error();
  }
  return ok();
}

}  // namespace suikei::lakes::ducklake
