// lake.h — where rows live and queries run: the seam between the stages and a lake.
// Why:    the stages must not know which lake they fill; what differs is asked as a capability.
// Holds:  the atomic unit is the slice: readers see a slice's old rows or its new rows, never a mixture.
//         What `publish` was told once it does not do twice. A file name is never reused.
// Threads: `stage` and `query` may run in several threads at once; the rest one at a time.
// See:    docs/design/publish.md
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "table/batch.h"
#include "table/rows.h"
#include "table/schema.h"

namespace suikei::lakes {

/// What may be asked of a lake instead of its name.
struct Capabilities {
  int64_t atomic_tables_max = 0;          ///< tables one publish can replace at once; 0: no limit
  int64_t history_days = 0;               ///< days of time travel it can keep; 0: as many as wanted
  int64_t slice_replace_per_day_max = 0;  ///< replacements of one slice a day; 0: no limit
  int64_t identifier_bytes_max = 255;
  bool identifiers_case_sensitive = false;
};

/// `name` as the lake's SQL quotes identifiers, 'text' as a literal.
std::string sql_name(std::string_view name);
std::string sql_text(std::string_view text);

/// A table of the lake.
struct TableName {
  std::string dataset;  ///< for example lake_mf
  std::string table;    ///< for example orders
  auto operator<=>(const TableName&) const = default;
};

/// One logical table of one shard: the unit that is staged, replaced and published.
struct SliceName {
  TableName table;
  std::string shard;
  auto operator<=>(const SliceName&) const = default;
};

/// A file that lies complete at its final place but is not part of any table yet.
struct StagedFile {
  std::string path;  ///< relative to the lake's data folder: lake_mf/orders/run=…/_shard=s01/000001.parquet
  int64_t rows = 0;
  int64_t bytes = 0;
  int64_t footer_bytes = 0;
  table::Schema schema;  ///< system columns first
  std::vector<table::ColumnStatistics> columns;
};

Json to_json(const StagedFile& file);
Result<StagedFile> staged_file_from_json(const Json& json);

/// Gives batches until there are no more. The lake reads the batch before it asks for the next.
class BatchStream {
 public:
  virtual ~BatchStream() = default;
  /// The columns of all batches of this stream.
  virtual const table::Schema& schema() const = 0;
  /// The next batch, or nullptr at the end. The batch is the stream's and is reused by the next call.
  virtual Result<const table::Batch*> next() = 0;
};

/// The new content of a slice: all of its files. No file at all means that the slice is empty.
struct SliceContent {
  SliceName slice;
  std::vector<StagedFile> files;
  std::string checksum;  ///< of all rows, 32 hexadecimal digits (docs/design/checksum.md)
  int64_t rows = 0;
};

/// What a lake remembers of a slice it has published.
struct PublishedSlice {
  std::string run_id;
  std::string checksum;
  int64_t rows = 0;
  std::vector<std::string> paths;  ///< live files, relative to the data folder
};

/// What `erase` deleted from one table.
struct ErasedRows {
  TableName table;
  int64_t rows = 0;
};

/// One connection to the lake: its session variables and its transaction are its own. Datasets are schemas of
/// its default catalog. Two sessions may write at once; the one that meets the other's change gets
/// `unavailable` and may try again.
/// Threads: one at a time; `interrupt` from any.
class Session {
 public:
  virtual ~Session() = default;
  /// Runs one or more statements, rows dropped.
  virtual Result<> run(const std::string& sql) = 0;
  /// Runs one statement. `limit` rows at most are kept (0: all).
  virtual Result<table::Rows> query(const std::string& sql, int64_t limit = 0) = 0;
  /// Sets a session variable to bytes, which no log or error text shows.
  virtual Result<> set_variable(const std::string& name, std::string_view bytes) = 0;
  /// Makes the running statement fail with `cancelled`.
  virtual void interrupt() = 0;
};

class Lake {
 public:
  virtual ~Lake() = default;

  virtual Capabilities capabilities() const = 0;

  /// Columns of a table now; nullopt when there is no such table.
  virtual Result<std::optional<table::Schema>> find_table(const TableName& name) = 0;
  /// Creates what is missing and makes the table's columns the union of what it has and `schema`:
  /// new columns at the end, types widened. In a transaction of its own. `rejected` on a conflict, nothing
  /// changed.
  virtual Result<> evolve(const std::map<TableName, table::Schema>& tables) = 0;

  /// Writes one file of a slice: to a temporary name, fsync, rename. `file_name` must be new.
  /// On failure nothing is left under the final name.
  virtual Result<StagedFile> stage(const SliceName& slice, const std::string& run_id,
                                   const std::string& file_name, BatchStream& rows) = 0;
  /// Rows per _tenant, counted by reading the file back.
  virtual Result<std::map<std::string, int64_t>> count_back(const StagedFile& file) = 0;
  /// Where `stage` puts the files of a slice of a run, relative to the data folder.
  virtual std::string folder_of(const SliceName& slice, const std::string& run_id) const = 0;
  /// The rows of a staged file but those of some tenants, to be staged again.
  virtual Result<std::unique_ptr<BatchStream>> rows_without(const StagedFile& file,
                                                            const std::vector<std::string>& tenants) = 0;
  /// Removes staged files that no table holds. A path that is part of a table is left alone.
  virtual Result<> discard(const std::vector<std::string>& paths) = 0;

  /// Replaces every given slice in one commit that carries `run_id`. All columns of the files must be in the
  /// tables already (`evolve`). A slice that was published by this run with this checksum is left alone.
  virtual Result<> publish(const std::string& run_id, std::span<const SliceContent> slices) = 0;
  virtual Result<std::optional<PublishedSlice>> find_published(const SliceName& slice) = 0;
  /// Makes the next publish replace this slice whatever its checksum: it was found damaged.
  virtual Result<> distrust(const SliceName& slice) = 0;
  /// Every slice of a dataset, by name.
  virtual Result<std::map<SliceName, PublishedSlice>> published(const std::string& dataset) = 0;

  /// Runs one statement. `limit` rows at most are kept (0: all).
  virtual Result<table::Rows> query(const std::string& sql, int64_t limit = 0) = 0;
  /// Runs one query and hands its rows over batch by batch; columns are those types a lake holds.
  virtual Result<> scan(const std::string& sql, const std::function<Result<>(const table::Batch&)>& take) = 0;

  /// A connection of its own, for statements that belong together. The lake must outlive it.
  virtual Result<std::unique_ptr<Session>> open_session() = 0;

  /// The same as `scan`, pulled: for rows that are to be staged again.
  virtual Result<std::unique_ptr<BatchStream>> rows_of(const std::string& sql) = 0;

  /// Forgets snapshots older than `keep_days`, deletes their files, compacts the catalog.
  virtual Result<> expire(double keep_days) = 0;
  /// Deletes a tenant's rows from every table of the dataset that carries `_tenant`. The history within
  /// `keep` still has them until it expires; pass `expire(0)` after it to be rid of them at once.
  virtual Result<std::vector<ErasedRows>> erase(const std::string& dataset, const std::string& tenant) = 0;
};

/// How to reach a lake; made from the project file's `lake:` section.
struct LakeOptions {
  std::string kind;               ///< one of lake_kinds()
  std::filesystem::path catalog;  ///< absolute
  std::filesystem::path data;     ///< absolute folder
  int threads = 1;                ///< for queries, besides the callers'
  std::string memory_max = "1GB";
};
enum class LakeAccess {
  read,   ///< queries only; the lake must exist
  stage,  ///< writes files, never opens the catalog
  write,  ///< everything; creates the lake when it is missing
};

/// Opens a lake. `config` for an unknown kind or a lake written by a newer program, `not_found` when there is
/// none to read, `unavailable` when another process publishes and does not finish.
Result<std::unique_ptr<Lake>> open_lake(const LakeOptions& options, LakeAccess access);
/// The kinds that open_lake knows.
std::vector<std::string> lake_kinds();

}  // namespace suikei::lakes
