// merge.h — one shard's part of a run becomes what the ledger remembers.
// Holds:  private to ledger; runs inside one transaction of the caller's.
#pragma once

#include <unordered_map>
#include <vector>

#include "ledger/interned.h"
#include "ledger/row.h"

namespace suikei::ledger {

class Merge {
 public:
  /// Loads what is remembered of the shard.
  static Result<Merge> begin(io::Database& database, const std::string& source, const std::string& run_id,
                             const std::string& shard);
  Result<> take_shapes(const std::map<std::string, Json>& shapes);
  Result<> take_tables(const NextTable& next);
  Result<> take_slices(const std::vector<SliceRecord>& slices);
  Result<> take_unmatched(const ShardResult& result);
  /// Writes rows and counts that changed, the shard's own row, and forgets what is too old.
  Result<> finish(const ShardResult& result);

 private:
  Merge(io::Database& database, Interned words, Interned shapes, io::Statement add_attempt)
      : database_(database),
        words_(std::move(words)),
        shapes_(std::move(shapes)),
        attempt_(std::move(add_attempt)) {}
  Result<> load();
  Result<> take_table(const TableRecord& record);
  /// The row after this run; `before` is nullptr for a table never seen. Returns false when there is nothing
  /// to say.
  Result<bool> next_row(const TableRecord& record, const Row* before, Row& row);
  Result<> describe_failure(const TableRecord& record, Row& row);
  Result<> note_attempt(const char* outcome, const TableRecord& record, const Row& row);
  void pin_unvisited();
  Result<> write_rows();
  Result<> write_counts();
  Result<> write_places();
  Result<> forget(const std::string& source);

  io::Database& database_;
  Interned words_, shapes_;
  io::Statement attempt_;
  std::string source_;
  uint32_t run_ = 0;
  int64_t shard_ = 0;
  ShardMemory memory_;
  bool again_ = false;  ///< this run has been merged for this shard before
  bool visited_any_ = false;
  int64_t read_us_ = 0;
  std::vector<Row> rows_;
  std::vector<uint8_t> marks_;  ///< visited, changed: beside rows_, so that rows compare as a whole
  std::unordered_map<uint64_t, uint32_t> places_;  ///< (database, name) -> position in rows_
};

}  // namespace suikei::ledger
