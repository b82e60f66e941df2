// ducklake_catalog.h — the lake's catalog as tables of our own SQL.
// Why:    replacing one shard through the lake's own commands reads the whole catalog once per table; as SQL
// of
//         ours it costs what it changes (docs/decisions/publish-by-sql.md).
// Holds:  only format 1.0 is written. Everything else in the catalog is left as it was found.
//         The catalog's file is opened by one copy of SQLite in this process (check_one_sqlite).
// Threads: one thread at a time.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "io/sqlite.h"
#include "lakes/ducklake/ducklake_statistics.h"
#include "lakes/lake.h"

namespace suikei::lakes::ducklake {

struct CatalogColumn {
  int64_t id = 0;
  std::string name;
  std::string type;                      ///< as the catalog spells it: "int64", "decimal(10,2)"
  std::optional<table::Type> lake_type;  ///< nullopt for a type that we do not write
  std::string note;
};

struct CatalogTable {
  int64_t id = 0, schema_id = 0;
  TableName name;                       ///< as the catalog spells it
  std::string folder;                   ///< below the data folder, ends with "/"
  std::optional<int64_t> partition_id;  ///< set when the table is partitioned by exactly `_shard`
  bool partitioned = false;             ///< by anything
  std::vector<CatalogColumn> columns;

  int find(std::string_view column) const;
};

/// A table's key whatever the case of its name.
TableName key_of(const TableName& name);
/// "int64" -> BIGINT; nullopt for what our lakes do not hold.
std::optional<table::Type> type_of_catalog(const std::string& text);

/// Columns as the rest of the program sees them. `rejected` when one has a type of its own.
Result<table::Schema> schema_of(const CatalogTable& table);

struct Snapshot {
  int64_t id = 0, schema_version = 0, next_catalog_id = 0, next_file_id = 0;
};

class Catalog {
 public:
  static Result<Catalog> open(const std::filesystem::path& path, io::OpenMode mode);

  /// False for a file without a lake in it.
  Result<bool> has_lake();
  /// `config` unless the format is the one we know.
  Result<> check_format();
  /// True when nothing is missing that a writer needs: what `prepare` does, and inlining switched off.
  Result<bool> prepared(const std::filesystem::path& data);
  /// Our table, the indexes, and the data folder's present place.
  Result<> prepare(const std::filesystem::path& data);

  /// Live tables of a dataset (all datasets when empty), by key_of(name); only one when `table` is given.
  Result<std::map<TableName, CatalogTable>> tables(const std::string& dataset, const std::string& table = "");
  Result<std::optional<CatalogTable>> find_table(const TableName& name);
  /// All live tables of the datasets of the given tables.
  Result<std::map<TableName, CatalogTable>> tables_of(const std::map<TableName, table::Schema>& wanted);
  Result<Snapshot> last_snapshot();

  /// Gives tables without any file the folders that follow from their names, and columns their notes.
  Result<> settle(const std::map<TableName, table::Schema>& tables);
  /// What was published; slices that somebody else has changed since have an empty checksum.
  Result<std::map<SliceName, PublishedSlice>> published(const std::string& dataset, const SliceName* only);
  /// Forgets the checksum of a slice, so that it counts as changed.
  Result<> distrust(const SliceName& slice);
  /// Those of the paths (relative to the data folder) that are files of a table in any snapshot.
  Result<std::set<std::string>> held(const std::vector<std::string>& paths);
  /// Paths that the next clean-up removes, relative to the data folder.
  Result<std::vector<std::string>> scheduled_for_deletion();
  /// Tables of the dataset that may hold rows of the tenant.
  Result<std::vector<TableName>> tables_with(const std::string& dataset, const std::string& tenant);
  /// After the expiry of snapshots: forgets what describes files that no reader of today needs, gives space
  /// back.
  Result<> compact();

  /// Takes the ranges of tables that have no replaced files from their live ones. Inside a transaction.
  Result<> tighten();

  io::Database& database() { return database_; }

 private:
  explicit Catalog(io::Database database) : database_(std::move(database)) {}
  io::Database database_;
};

/// `corrupt` when this process would open the catalog's file with two copies of SQLite: the locks of one
/// would mean nothing to the other.
Result<> check_one_sqlite();

/// Replaces slices in one transaction of the catalog. True when something was written.
Result<bool> publish_slices(Catalog& catalog, const std::string& run_id,
                            std::span<const SliceContent> slices);

/// Adds a snapshot after `last` and tells what it changed.
Result<> add_snapshot(io::Database& database, const Snapshot& next, const std::string& changes,
                      const std::string& message, const std::string& extra_info);

}  // namespace suikei::lakes::ducklake
