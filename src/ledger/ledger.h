// ledger.h — Suikei's own durable record: every run, shard, physical table, shape, attempt and reason.
// Why:    "119,963 current, 37 not, and why" must be answerable at any time, without the source or the lake.
// Holds:  one current row per physical table; history only for changed or failed ones; counters per run x
// slice.
//         `merge` is one transaction and may be repeated. An older program refuses a newer ledger.
// Threads: one Ledger per thread; one writer at a time (SQLite, WAL).
// See:    docs/design/ledger.md
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "io/sqlite.h"

namespace suikei::ledger {

/// What a physical table is, as of the last run that looked at it.
enum class TableState {
  current,   ///< read in the last run; its rows are in the lake
  stale,     ///< could not be read; its last good rows are in the lake
  failed,    ///< could not be read, and never has been
  vanished,  ///< listed before, not listed now; its last good rows are in the lake
  removed,   ///< vanished and accepted: its rows have left the lake
};
const char* name_of(TableState state);
Result<TableState> table_state_named(std::string_view name);

/// One physical table in one run, as a worker reports it or the ledger remembers it.
struct TableRecord {
  std::string database, table;  ///< name at the source
  std::string tenant, logical;
  TableState state = TableState::current;
  int64_t rows = 0, bytes = 0;
  std::string checksum;     ///< 32 hexadecimal digits; empty when never read
  std::string shape;        ///< fingerprint
  std::string consistency;  ///< "shard", "connection" or "table": whose snapshot its rows share
  ErrorKind reason_kind = ErrorKind::corrupt;  ///< of the last failure
  std::string reason, hint;                    ///< empty when current
  int attempts = 0;                            ///< in this run
  std::string run_id;                          ///< of the last attempt
  std::string good_run_id;                     ///< of the rows that are in the lake
  int64_t good_at_us = 0;                      ///< when those were read
  bool drifted =
      false;  ///< derived on reading: its shape is not the one most tables of its logical table have
};

/// One slice in one run.
struct SliceRecord {
  std::string logical, shard;
  int64_t tables = 0, failed = 0, rows = 0, bytes = 0, files = 0, quarantined = 0;
  std::string checksum;
  bool published = false;  ///< false: unchanged, skipped
};

struct UnmatchedTable {
  std::string database, table;
};

/// What one shard's part of a run has to say; made from its staged segment and the committer's decisions.
struct ShardResult {
  std::string shard;
  Json facts;               ///< version, zone, character set … as the source told them
  std::string status;       ///< ok, partial, failed
  std::string error, hint;  ///< why the whole shard failed
  std::vector<TableRecord>
      tables;  ///< every table of the shard that was listed, failed or vanished; see NextTable
  std::vector<SliceRecord> slices;
  std::vector<UnmatchedTable> unmatched;
  std::map<std::string, Json> shapes;  ///< fingerprint -> columns, as the source declares them
  double seconds = 0;
};

/// Hands the tables of a shard's result over one by one, so that they need not be in memory together. Fills
/// `record`, or returns false when there are no more.
using NextTable = std::function<Result<bool>(TableRecord& record)>;
/// Takes one remembered table; the record is reused for the next.
using TakeTable = std::function<Result<>(const TableRecord& record)>;

/// What is remembered of a shard in a run.
struct ShardRunRecord {
  std::string shard, run_id, status, error, hint;
  Json facts;
  double seconds = 0;
};

/// The newest known facts of a run.
struct RunRecord {
  std::string run_id, source, business_date;
  std::string status;  ///< ok, partial, failed, cancelled, running
  int64_t started_us = 0, finished_us = 0;
  Json report;  ///< the object that `collect --json` ends with
};

/// What a `build` did.
struct BuildRecord {
  std::string run_id;
  std::string status;  ///< ok, partial, failed, cancelled, running
  int64_t started_us = 0, finished_us = 0;
  Json report;  ///< the object that `build --json` prints
};

struct StateCount {
  std::string shard, logical, reason;
  TableState state;
  int64_t tables = 0, rows = 0;
};
struct DriftedShape {
  std::string logical, fingerprint;
  Json columns;
  int64_t tables = 0;
  std::vector<std::string> examples;  ///< "s01 ne_00007.goods", at most five
};
struct Attempt {
  std::string run_id;
  int64_t at_us = 0;
  std::string outcome;  ///< changed, failed, vanished, returned, removed, new
  int64_t rows = 0;
  std::string checksum, reason;
  int attempts = 0;
};

class Ledger {
 public:
  /// Opens or creates; migrates an older format after backing the file up beside it; `config` for a newer
  /// one.
  static Result<Ledger> open(const std::filesystem::path& path);
  /// `not_found` when there is none yet.
  static Result<Ledger> open_read_only(const std::filesystem::path& path);

  /// The shard's stable small integer, given out on first sight.
  Result<int64_t> shard_number(const std::string& source, const std::string& shard);

  /// Opens or updates the run's row.
  Result<> put_run(const RunRecord& run);
  Result<std::optional<RunRecord>> find_run(const std::string& run_id);
  /// Newest first.
  Result<std::vector<RunRecord>> runs(const std::string& source, int limit);

  /// All tables of a shard as remembered (removed ones left out), in no particular order, one at a time.
  Result<> each_table(const std::string& source, const std::string& shard, const TakeTable& take);
  /// The same at once, keyed by database + '\0' + table; about 700 bytes a table.
  Result<std::map<std::string, TableRecord>> tables(const std::string& source, const std::string& shard);
  /// Takes over what a shard's run found: tables, shapes, slices, attempts. One transaction; repeating it for
  /// the same run changes nothing. Tables that are not in `result` stay as they are. A failed table that has
  /// been read before becomes stale and keeps its last good rows, checksum and run; a vanished one that never
  /// was read is removed.
  Result<> merge(const std::string& source, const std::string& run_id, const ShardResult& result);
  /// The same with the tables from `next` instead of `result.tables`.
  Result<> merge(const std::string& source, const std::string& run_id, const ShardResult& result,
                 const NextTable& next);

  // What `status` asks.
  Result<std::vector<StateCount>> counts(const std::string& source);
  /// Stale, failed and vanished tables with their shards; `limit` 0: all.
  Result<std::vector<std::pair<std::string, TableRecord>>> not_current(const std::string& source, int limit);
  /// Tables with their shards; an empty `logical` or `tenant` leaves that open. Removed ones are included.
  Result<std::vector<std::pair<std::string, TableRecord>>> find_tables(const std::string& source,
                                                                       const std::string& logical,
                                                                       const std::string& tenant);
  /// Newest first; the last one is `new`. Unchanged reads leave no trace, changes are forgotten after some
  /// weeks.
  Result<std::vector<Attempt>> attempts(const std::string& source, const std::string& shard,
                                        const TableRecord& table);
  /// Shapes of a logical table, most common first; all logical tables with more than one when `logical` is
  /// empty.
  Result<std::vector<DriftedShape>> shapes(const std::string& source, const std::string& logical);
  Result<std::vector<std::pair<std::string, UnmatchedTable>>> unmatched(const std::string& source);
  /// Tenants whose tables are current on more than one shard: tenant -> shards.
  Result<std::map<std::string, std::vector<std::string>>> tenants_on_many_shards(const std::string& source);
  /// The slices of a run; with an empty `run_id` those of each shard's last run.
  Result<std::vector<SliceRecord>> slices(const std::string& source, const std::string& run_id);
  /// What is remembered of each shard; with an empty `run_id` from the last run that reached it.
  Result<std::vector<ShardRunRecord>> shard_runs(const std::string& source, const std::string& run_id);
  /// Opens or updates a build; the oldest ones are forgotten (limits.h).
  Result<> put_build(const BuildRecord& build);
  Result<std::optional<BuildRecord>> last_build();
  /// When the newest run with status ok ended; nullopt when there is none.
  Result<std::optional<int64_t>> last_good_run_us(const std::string& source);

 private:
  explicit Ledger(io::Database database) : database_(std::move(database)) {}
  io::Database database_;
};

}  // namespace suikei::ledger
