// segment.h — what one shard's worker leaves behind in staging: a SQLite file, and last of all a
// manifest.
// Why:     a worker needs neither the ledger nor the lake's catalog; a killed one resumes from what stands
//          here.
// Holds:   a table is in the segment exactly when its rows lie complete in a file that is in the segment
//          too. The manifest exists exactly when the shard is staged completely.
// Threads: every call locks.
// See:     docs/design/collect.md ("Staging")
#pragma once

#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/hash.h"
#include "io/sqlite.h"
#include "lakes/lake.h"
#include "ledger/ledger.h"
#include "sources/source.h"

namespace suikei::collect {

/// One physical table as the worker leaves it.
struct TableResult {
  std::string database, table, tenant;
  int64_t rows = 0, bytes = 0;
  Sum128 checksum = 0;
  std::string shape;
  std::string consistency;
  std::optional<Error> error;  ///< failed for good in this run
  int attempts = 1;
};

/// A value the lake could not hold.
struct QuarantineRow {
  std::string logical, tenant, table, key, column, reason, original;
};

/// What one file brings: everything here becomes true at once.
struct PartResult {
  std::string logical;
  std::vector<TableResult> tables;
  std::vector<lakes::StagedFile> files;
  std::vector<QuarantineRow> quarantine;
  std::vector<sources::Shape> new_shapes;
};

/// Walks over a segment's tables in the order in which they were committed: one pass, whatever the number of
/// logical tables. Nothing may be committed meanwhile.
class TableWalk {
 public:
  /// False at the end.
  Result<bool> next();
  const std::string& logical() const { return *logical_; }
  const TableResult& table() const { return table_; }

 private:
  friend class Segment;
  TableWalk(io::Statement rows, std::map<int64_t, std::string> logicals,
            std::map<int64_t, std::string> shapes)
      : rows_(std::move(rows)), logicals_(std::move(logicals)), shapes_(std::move(shapes)) {}
  io::Statement rows_;
  std::map<int64_t, std::string> logicals_, shapes_;  ///< texts by their ids
  const std::string* logical_ = nullptr;
  TableResult table_;
};

class Segment {
 public:
  /// Opens or creates the segment in `folder`.
  static Result<std::unique_ptr<Segment>> open(const std::filesystem::path& folder);
  static Result<std::unique_ptr<Segment>> open_read_only(const std::filesystem::path& folder);

  Result<> commit(const PartResult& part);
  /// Facts of the shard, unmatched names …: one value per key.
  Result<> put(const std::string& key, const std::string& value);
  Result<std::string> find(const std::string& key);
  /// database + '\0' + table of everything committed: what a resumed run need not read again.
  Result<std::unordered_set<std::string>> done();
  struct Totals {
    int64_t tables = 0, failed = 0, rows = 0, bytes = 0, quarantined = 0, files = 0;
  };
  Result<Totals> totals();

  Result<std::vector<std::string>> logicals();
  Result<TableWalk> walk();
  Result<std::vector<lakes::StagedFile>> files(const std::string& logical);
  Result<std::vector<std::string>> paths();
  Result<std::vector<QuarantineRow>> quarantine();
  Result<std::map<std::string, sources::Shape>> shapes();

  /// Writes the manifest: from here on the shard is staged.
  static Result<> finish(const std::filesystem::path& folder, const Json& manifest);
  static bool finished(const std::filesystem::path& folder);

 private:
  explicit Segment(io::Database database) : database_(std::move(database)) {}
  std::mutex guard_;
  io::Database database_;
};

}  // namespace suikei::collect
