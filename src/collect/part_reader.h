// part_reader.h — one connection reads a run of tables into files, proves each file and commits it.
// Holds:  a table is committed only with all of its rows, counted back from the file that holds them.
//         A table that fails leaves no row behind.
// See:    docs/design/collect.md ("Reading")
#pragma once

#include <optional>
#include <unordered_map>

#include "collect/range_job.h"
#include "collect/staging.h"
#include "table/checksum.h"

namespace suikei::collect {

class PartReader final : private sources::Binder, private lakes::BatchStream {
 public:
  PartReader(Staging& staging, std::unique_ptr<sources::Reader> reader);

  /// Reads the part's tables. Tables that fail are data; an Error means that the shard cannot go on.
  Result<> run(const Part& part);
  sources::Reader& reader() { return *reader_; }

 private:
  /// A table (or a key range of one) still to be read.
  struct Work {
    size_t table = 0;  ///< in LogicalPlan::tables
    std::string select_list;
    int extra_columns = 0;
    int attempts = 1;
    std::string range;
    bool plain = false;  ///< `*` and nothing else, whatever tables that look like it need
  };
  enum class Redo { no, other_columns };
  /// What has come of one unit so far.
  struct Progress {
    int64_t rows = 0, bytes = 0;
    Sum128 sum = 0;
    std::shared_ptr<const sources::Shape> shape;
    std::shared_ptr<const sources::Binding> route;
    bool shape_seen = false, begun = false, finished = false;
    Redo redo = Redo::no;
    std::optional<Error> error;
    std::vector<QuarantineRow> quarantine;
    int64_t rows_in_files = 0;  ///< handed to a file, this one or an earlier one
  };

  sources::Verdict bind(size_t unit, const sources::Shape& shape, sources::Binding& binding,
                        Error& reason) override;
  const table::Schema& schema() const override { return schema_; }
  Result<const table::Batch*> next() override;

  Result<> start(std::vector<Work> works);
  Result<> read_file();
  Result<const table::Batch*> pull();
  void absorb(const std::vector<sources::Span>& spans, const std::vector<sources::Quarantined>& quarantined);
  void absorb_rows(const sources::Span& span, Progress& progress);
  void keep_quarantined(const sources::Quarantined& value);
  Result<> prove_last_file();
  Result<> drop_rows_of_failed();
  TableResult result_of(size_t unit) const;
  Result<> commit();
  Result<> put(PartResult part);
  Result<std::vector<Work>> next_round();
  Result<> reopen();
  Result<> begin_own_snapshot();
  std::shared_ptr<const sources::Binding> route_of(const sources::Shape& shape) const;
  const sources::ListedTable& listed(size_t unit) const;
  const std::string& tenant(size_t unit) const;
  lakes::SliceName slice() const { return {{staging_.dataset, logical_->name()}, staging_.shard_name}; }

  Staging& staging_;
  std::unique_ptr<sources::Reader> reader_;
  size_t logical_at_ = 0;
  LogicalTable* logical_ = nullptr;
  RangeJob* job_ = nullptr;  ///< when the part is a range of one table

  std::vector<Work> works_;
  std::vector<sources::Unit> units_;
  std::vector<Progress> progress_;
  size_t committed_ = 0;  ///< units before this one are committed or given back

  table::Schema schema_;
  std::optional<table::Batch> batch_;
  std::optional<table::RowHasher> hasher_;
  std::unordered_map<std::string, std::shared_ptr<const sources::Binding>>
      routes_;  ///< by shape, under schema_
  std::unordered_map<std::string, std::shared_ptr<const sources::Shape>> shapes_;
  const table::Batch* first_ = nullptr;  ///< pulled before the file was opened
  bool file_over_ = false, works_over_ = false;
  std::optional<Error> link_lost_;
  int64_t file_bytes_ = 0;
  std::vector<size_t> file_units_;                      ///< units with rows in the current file
  std::unordered_map<std::string, int64_t> file_rows_;  ///< tenant -> rows in the current file

  std::vector<lakes::StagedFile> files_;  ///< written, not committed yet
  std::string consistency_;               ///< of this connection's snapshot with the others'
  int reconnects_ = 0;                    ///< since the last commit
};

}  // namespace suikei::collect
