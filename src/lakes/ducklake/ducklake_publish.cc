// ducklake_publish.cc — replacing slices as SQL of our own: one transaction, prepared statements.
// See: docs/design/publish.md

#include <algorithm>
#include <set>

#include "base/json.h"
#include "base/text.h"
#include "io/fault.h"
#include "lakes/ducklake/ducklake_catalog.h"
#include "lakes/ducklake/ducklake_folders.h"

namespace suikei::lakes::ducklake {
namespace {

/// The ranges of one table while files are added to it.
struct Growing {
  CatalogTable table;
  bool had_stats = false, stats_loaded = false, ended = false, inserted = false;
  int64_t record_count = 0, next_row_id = 0, file_bytes = 0;
  std::map<int64_t, TableRange> ranges;     ///< by column id
  std::map<int64_t, TableRange> stored;     ///< what the catalog has
  std::map<int64_t, bool> known;            ///< see widened()
  std::map<std::string, int64_t> mappings;  ///< mapping_id by the columns it maps
  bool mappings_loaded = false;
};

constexpr const char* slice_sql =
    "SELECT run_id, checksum FROM suikei_slice WHERE table_id = ? AND shard = ?";
constexpr const char* live_sql =
    "SELECT d.data_file_id FROM ducklake_data_file d CROSS JOIN ducklake_file_partition_value p "
    "ON p.data_file_id = d.data_file_id WHERE d.table_id = ? AND d.end_snapshot IS NULL "
    "AND p.partition_key_index = 0 AND p.partition_value = ?";
constexpr const char* end_file_sql = "UPDATE ducklake_data_file SET end_snapshot = ? WHERE data_file_id = ?";
constexpr const char* end_deletes_sql =
    "UPDATE ducklake_delete_file SET end_snapshot = ? "
    "WHERE data_file_id = ? AND end_snapshot IS NULL";
constexpr const char* add_file_sql =
    "INSERT INTO ducklake_data_file(data_file_id, table_id, begin_snapshot, path, path_is_relative, "
    "file_format, "
    "record_count, file_size_bytes, footer_size, row_id_start, partition_id, mapping_id) "
    "VALUES (?, ?, ?, ?, 1, 'parquet', ?, ?, ?, ?, ?, ?)";
constexpr const char* add_stats_sql =
    "INSERT INTO ducklake_file_column_stats(data_file_id, table_id, column_id, column_size_bytes, "
    "value_count, "
    "null_count, min_value, max_value, contains_nan) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
constexpr const char* add_partition_sql =
    "INSERT INTO ducklake_file_partition_value(data_file_id, table_id, partition_key_index, partition_value) "
    "VALUES (?, ?, 0, ?)";
constexpr const char* put_slice_sql =
    "INSERT INTO suikei_slice(table_id, shard, run_id, checksum, rows, snapshot_id) VALUES (?, ?, ?, ?, ?, "
    "?) "
    "ON CONFLICT(table_id, shard) DO UPDATE SET run_id = excluded.run_id, checksum = excluded.checksum, "
    "rows = excluded.rows, snapshot_id = excluded.snapshot_id";
constexpr const char* column_mappings_sql =
    "SELECT m.mapping_id, n.source_name, n.target_field_id, n.is_partition "
    "FROM ducklake_column_mapping m CROSS JOIN ducklake_name_mapping n ON n.mapping_id = m.mapping_id "
    "WHERE m.table_id = ? AND m.type = 'map_by_name' ORDER BY m.mapping_id, n.column_id";
constexpr const char* add_mapping_sql =
    "INSERT INTO ducklake_column_mapping(mapping_id, table_id, type) VALUES (?, ?, 'map_by_name')";
constexpr const char* add_name_mapping_sql =
    "INSERT INTO ducklake_name_mapping(mapping_id, column_id, source_name, target_field_id, is_partition) "
    "VALUES (?, ?, ?, ?, 0)";
constexpr const char* table_stats_sql =
    "SELECT record_count, next_row_id, file_size_bytes FROM ducklake_table_stats WHERE table_id = ?";
constexpr const char* column_stats_sql =
    "SELECT column_id, contains_null, contains_nan, min_value, max_value FROM ducklake_table_column_stats "
    "WHERE table_id = ?";
constexpr const char* has_values_sql =
    "SELECT 1 FROM ducklake_data_file d CROSS JOIN ducklake_file_column_stats s "
    "ON s.data_file_id = d.data_file_id WHERE d.table_id = ? AND s.column_id = ? "
    "AND (s.value_count IS NULL OR s.value_count > 0) LIMIT 1";
constexpr const char* put_table_stats_sql =
    "UPDATE ducklake_table_stats SET record_count = ?, next_row_id = ?, file_size_bytes = ? WHERE table_id = "
    "?";
constexpr const char* add_table_stats_sql =
    "INSERT INTO ducklake_table_stats(record_count, next_row_id, file_size_bytes, table_id) VALUES (?, ?, ?, "
    "?)";
constexpr const char* put_range_sql =
    "UPDATE ducklake_table_column_stats SET contains_null = ?, contains_nan = ?, min_value = ?, max_value = "
    "? "
    "WHERE table_id = ? AND column_id = ?";
constexpr const char* add_range_sql =
    "INSERT INTO ducklake_table_column_stats(contains_null, contains_nan, min_value, max_value, table_id, "
    "column_id) VALUES (?, ?, ?, ?, ?, ?)";

/// Prepared statements by their text.
class Statements {
 public:
  explicit Statements(io::Database& database) : database_(database) {}
  /// The statement stays where it is as long as this object.
  Result<io::Statement*> at(const char* text) {
    auto found = prepared_.find(text);
    if (found == prepared_.end()) found = prepared_.emplace(text, TRY(database_.prepare(text))).first;
    return &found->second;
  }
  /// Runs a statement that has no rows.
  template <typename... Values>
  Result<> run(const char* text, const Values&... values) {
    return TRY(at(text))->bind_all(values...).run();
  }

 private:
  io::Database& database_;
  std::map<const char*, io::Statement> prepared_;
};

std::optional<std::string> text_or_null(const io::Statement& statement, int column) {
  if (statement.is_null(column)) return std::nullopt;
  return statement.text(column);
}

std::optional<int64_t> as_integer(std::optional<bool> flag) {
  if (!flag) return std::nullopt;
  return int64_t{*flag};
}

/// One publish. Its members are what the catalog says while it changes.
class Publish {
 public:
  Publish(Catalog& catalog, const std::string& run_id)
      : catalog_(catalog), sql_(catalog.database()), run_id_(run_id) {}

  /// True when the slice was not published before.
  Result<bool> replace(const SliceContent& content);
  /// Writes what the whole commit has in common: ranges of tables, the snapshot.
  Result<> finish(size_t slices);
  Result<> start() {
    next_ = TRY(catalog_.last_snapshot());
    ++next_.id;
    return ok();
  }

 private:
  Result<Growing*> table_of(const TableName& name);
  Result<> load_stats(Growing& grown);
  Result<int64_t> mapping_of(Growing& grown, const StagedFile& file);
  Result<> add_file(Growing& grown, const SliceContent& content, const StagedFile& file);
  Result<> add_columns(Growing& grown, const StagedFile& file, int64_t file_id);
  Result<> grow(Growing& grown, const CatalogColumn& column, const FileRange* file);
  Result<> store_stats(Growing& grown);

  Catalog& catalog_;
  Statements sql_;
  const std::string& run_id_;
  Snapshot next_;
  std::map<TableName, Growing> tables_;  ///< by key_of(name)
  std::set<std::string> datasets_loaded_;
};

Result<Growing*> Publish::table_of(const TableName& name) {
  TableName key = key_of(name);
  if (datasets_loaded_.insert(key.dataset).second) {
    for (auto& [table_key, table] : TRY(catalog_.tables(name.dataset))) {
      tables_[table_key].table = std::move(table);
    }
  }
  auto at = tables_.find(key);
  if (at == tables_.end()) {
    return Error{ErrorKind::not_found, fmt::format("no table {}.{} in the lake", name.dataset, name.table),
                 "evolve the lake before publishing into it"};
  }
  if (!at->second.table.partition_id) {
    return Error{ErrorKind::rejected,
                 fmt::format("table {}.{} is not partitioned by _shard", name.dataset, name.table),
                 "rename or drop that table; the next run creates its own"};
  }
  return &at->second;
}

Result<bool> Publish::replace(const SliceContent& content) {
  int64_t rows = 0;
  for (const StagedFile& file : content.files) rows += file.rows;
  if (rows != content.rows) {
    return Error{ErrorKind::corrupt,
                 fmt::format("the files hold {} rows, the slice says {}", rows, content.rows),
                 "stage the slice again"};
  }
  Growing* grown = TRY(table_of(content.slice.table));
  int64_t table_id = grown->table.id;
  io::Statement& slice = *TRY(sql_.at(slice_sql));
  slice.bind_all(table_id, content.slice.shard);
  bool same = false;
  while (TRY(slice.step())) same = slice.text(0) == run_id_ && slice.text(1) == content.checksum;
  if (same) return false;

  std::vector<int64_t> old_files;
  io::Statement& live = *TRY(sql_.at(live_sql));
  live.bind_all(table_id, content.slice.shard);
  while (TRY(live.step())) old_files.push_back(live.integer(0));

  for (int64_t file_id : old_files) {
    TRY(sql_.run(end_file_sql, next_.id, file_id));
    TRY(sql_.run(end_deletes_sql, next_.id, file_id));
    grown->ended = true;
  }
  for (const StagedFile& file : content.files) {
    if (file.rows > 0) TRY(add_file(*grown, content, file));
  }
  TRY(sql_.run(put_slice_sql, table_id, content.slice.shard, run_id_, content.checksum, content.rows,
               next_.id));
  return true;
}

Result<> Publish::load_stats(Growing& grown) {
  if (grown.stats_loaded) return ok();
  grown.stats_loaded = true;
  io::Statement& table = *TRY(sql_.at(table_stats_sql));
  table.bind_all(grown.table.id);
  while (TRY(table.step())) {
    grown.had_stats = true;
    grown.record_count = table.integer(0);
    grown.next_row_id = table.integer(1);
    grown.file_bytes = table.integer(2);
  }
  io::Statement& columns = *TRY(sql_.at(column_stats_sql));
  columns.bind_all(grown.table.id);
  while (TRY(columns.step())) {
    TableRange range;
    range.has_null = columns.is_null(1) || columns.integer(1) != 0;
    if (!columns.is_null(2)) range.has_nan = columns.integer(2) != 0;
    range.min = text_or_null(columns, 3);
    range.max = text_or_null(columns, 4);
    grown.stored[columns.integer(0)] = range;
  }
  grown.ranges = grown.stored;
  return ok();
}

Result<int64_t> Publish::mapping_of(Growing& grown, const StagedFile& file) {
  if (!grown.mappings_loaded) {
    grown.mappings_loaded = true;
    std::map<int64_t, std::string> found;
    io::Statement& rows = *TRY(sql_.at(column_mappings_sql));
    rows.bind_all(grown.table.id);
    while (TRY(rows.step())) {
      // A mapping that takes a value from the file's path is not one of ours.
      bool from_path = rows.integer(3) != 0;
      found[rows.integer(0)] +=
          fmt::format("{}{}\x1f{}\x1e", from_path ? "!" : "", rows.text(1), rows.integer(2));
    }
    for (const auto& [id, columns] : found) grown.mappings.emplace(columns, id);
  }
  std::string columns;
  std::vector<int64_t> targets;
  for (const table::Column& column : file.schema.columns) {
    int at = grown.table.find(column.name);
    const TableName& name = grown.table.name;
    if (at < 0) {
      return Error{
          ErrorKind::rejected,
          fmt::format("{}: column `{}` is not in {}.{}", file.path, column.name, name.dataset, name.table),
          "evolve the lake before publishing into it"};
    }
    const CatalogColumn& target = grown.table.columns[static_cast<size_t>(at)];
    if (!target.lake_type || table::widen(column.type, *target.lake_type) != target.lake_type) {
      return Error{ErrorKind::rejected,
                   fmt::format("{}: column `{}` is {}, {}.{} has {}", file.path, column.name,
                               sql_name(column.type), name.dataset, name.table, target.type),
                   "evolve the lake before publishing into it"};
    }
    targets.push_back(target.id);
    columns += fmt::format("{}\x1f{}\x1e", column.name, target.id);
  }
  if (auto at = grown.mappings.find(columns); at != grown.mappings.end()) return at->second;
  int64_t id = next_.next_file_id++;  // mappings and files share one counter
  TRY(sql_.run(add_mapping_sql, id, grown.table.id));
  for (size_t i = 0; i < targets.size(); ++i) {
    TRY(sql_.run(add_name_mapping_sql, id, int64_t(i), file.schema.columns[i].name, targets[i]));
  }
  grown.mappings.emplace(columns, id);
  return id;
}

Result<> Publish::add_file(Growing& grown, const SliceContent& content, const StagedFile& file) {
  const std::string& folder = grown.table.folder;
  if (!starts_with(file.path, folder) || folder.empty()) {
    return Error{ErrorKind::rejected,
                 fmt::format("{} does not lie in the folder of {}.{}, which is {}", file.path,
                             content.slice.table.dataset, content.slice.table.table, folder),
                 "rename or drop that table; the next run creates its own"};
  }
  TRY(load_stats(grown));
  int64_t mapping = TRY(mapping_of(grown, file));
  int64_t file_id = next_.next_file_id++;
  TRY(add_columns(grown, file, file_id));  // first: it asks what older files know
  TRY(sql_.run(add_file_sql, file_id, grown.table.id, next_.id, file.path.substr(folder.size()), file.rows,
               file.bytes, file.footer_bytes, grown.next_row_id, grown.table.partition_id, mapping));
  TRY(sql_.run(add_partition_sql, file_id, grown.table.id, content.slice.shard));
  grown.record_count += file.rows;
  grown.next_row_id += file.rows;
  grown.file_bytes += file.bytes;
  grown.inserted = true;
  return ok();
}

Result<> Publish::add_columns(Growing& grown, const StagedFile& file, int64_t file_id) {
  std::map<int64_t, FileRange> ranges;
  for (const table::ColumnStatistics& statistics : file.columns) {
    int in_table = grown.table.find(statistics.column);
    int in_file = file.schema.find(statistics.column);
    if (in_table < 0 || in_file < 0) continue;
    int64_t column_id = grown.table.columns[static_cast<size_t>(in_table)].id;
    FileRange range = file_range(file.schema.columns[static_cast<size_t>(in_file)].type, statistics);
    TRY(sql_.run(add_stats_sql, file_id, grown.table.id, column_id, range.bytes, range.values, range.nulls,
                 range.min, range.max, as_integer(range.has_nan)));
    ranges.emplace(column_id, std::move(range));
  }
  for (const CatalogColumn& column : grown.table.columns) {
    auto at = ranges.find(column.id);
    if (at != ranges.end()) {
      TRY(grow(grown, column, &at->second));
    } else if (file.schema.find(column.name) >= 0) {
      TRY(grow(grown, column, nullptr));
    } else {
      FileRange absent;
      absent.nulls = file.rows;
      TRY(grow(grown, column, &absent));
    }
  }
  return ok();
}

/// `file` is nullptr when nothing is known of the column in it.
Result<> Publish::grow(Growing& grown, const CatalogColumn& column, const FileRange* file) {
  auto [at, is_new] = grown.ranges.try_emplace(column.id);
  TableRange& range = at->second;
  // Rows that are older than the column have NULL in it.
  if (is_new && grown.record_count > 0) range.has_null = true;
  bool& known = grown.known.try_emplace(column.id, true).first->second;
  if (!column.lake_type || !file) {
    range = TableRange{.has_null = true, .has_nan = std::nullopt, .min = std::nullopt, .max = std::nullopt};
    known = false;
    return ok();
  }
  bool unbounded = !range.min && !range.max && column.lake_type != table::blob_type;
  if (unbounded && file->values > 0 && known && grown.record_count > 0) {
    io::Statement& older = *TRY(sql_.at(has_values_sql));
    older.bind_all(grown.table.id, column.id);
    while (TRY(older.step())) known = false;
  }
  range = TRY(widened(*column.lake_type, range, known, *file));
  return ok();
}

Result<> Publish::store_stats(Growing& grown) {
  if (!grown.inserted) return ok();
  TRY(sql_.run(grown.had_stats ? put_table_stats_sql : add_table_stats_sql, grown.record_count,
               grown.next_row_id, grown.file_bytes, grown.table.id));
  for (const auto& [column_id, range] : grown.ranges) {
    auto stored = grown.stored.find(column_id);
    if (stored != grown.stored.end() && stored->second == range) continue;
    TRY(sql_.run(stored != grown.stored.end() ? put_range_sql : add_range_sql, int64_t{range.has_null},
                 as_integer(range.has_nan), range.min, range.max, grown.table.id, column_id));
  }
  return ok();
}

Result<> Publish::finish(size_t slices) {
  std::vector<std::string> inserted, deleted;
  for (auto& [name, grown] : tables_) {
    TRY(store_stats(grown));
    if (grown.inserted) inserted.push_back(fmt::format("inserted_into_table:{}", grown.table.id));
    if (grown.ended) deleted.push_back(fmt::format("deleted_from_table:{}", grown.table.id));
  }
  inserted.insert(inserted.end(), deleted.begin(), deleted.end());
  // Empty slices that stay empty change nothing that a reader could see.
  if (inserted.empty()) return ok();
  Json extra = {{"run", run_id_}, {"slices", slices}};
  return add_snapshot(catalog_.database(), next_, join(inserted, ","),
                      fmt::format("run {}: {}", run_id_, counted(static_cast<int64_t>(slices), "slice")),
                      extra.dump());
}

}  // namespace

Result<bool> publish_slices(Catalog& catalog, const std::string& run_id,
                            std::span<const SliceContent> slices) {
  io::Transaction transaction = TRY(io::Transaction::begin(catalog.database()));
  TRY(catalog.check_format());
  Publish publish(catalog, run_id);
  TRY(publish.start());
  size_t replaced = 0;
  for (const SliceContent& content : slices) {
    if (TRY(publish.replace(content).within(fmt::format("{}.{} of shard {}", content.slice.table.dataset,
                                                        content.slice.table.table, content.slice.shard)))) {
      ++replaced;
    }
  }
  TRY(io::fault_point("publish.files"));
  if (replaced == 0) return false;
  TRY(publish.finish(replaced));
  TRY(io::fault_point("publish.commit.before"));
  TRY(transaction.commit());
  // From here on readers see the new rows.
  TRY(io::fault_point("publish.commit.after"));
  return true;
}

}  // namespace suikei::lakes::ducklake
