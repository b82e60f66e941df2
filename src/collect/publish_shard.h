// publish_shard.h — one staged shard into the lake and the ledger.
#pragma once

#include "collect/publish.h"

namespace suikei::collect {

inline constexpr const char* quarantine_table = "_quarantine";
table::Schema quarantine_schema();

/// Tables per shape, over all shards of a publish.
struct ShapeCounts {
  std::map<std::string, std::map<std::string, int64_t>> tables;  ///< logical -> fingerprint -> tables
  std::map<std::string, sources::Shape> shapes;                  ///< by fingerprint
  std::map<std::string, int64_t> big;                            ///< as Known::big
};

Result<std::unique_ptr<lakes::Lake>> open_lake_of(const config::Project& project, lakes::LakeAccess access);

/// Memory: a table costs 16 bytes here; only those that failed or vanished are held whole.
class ShardPublisher {
 public:
  ShardPublisher(const config::Project& project, const config::Source& source, const RunFolder& run,
                 std::string shard, lakes::Lake& lake, ledger::Ledger& ledger, const Options& options);

  /// `conflicts`: logical tables of this shard whose columns the lake cannot hold.
  Result<> publish(const std::map<std::string, Error>& conflicts, PublishTotals& totals, ShapeCounts& shapes);

 private:
  /// One logical table of the shard on its way into the lake.
  struct Slice {
    lakes::SliceContent content;
    Sum128 checksum = 0;  ///< so far
    int64_t tables = 0, bytes = 0, quarantined = 0;
    std::vector<const ledger::TableRecord*> carried;
    bool unchanged = false;
  };

  Result<> read_head(PublishTotals& totals, ShapeCounts& shapes);
  Result<> read_tables(const std::map<std::string, Error>& conflicts, PublishTotals& totals,
                       ShapeCounts& shapes);
  Result<> recall(PublishTotals& totals);
  Result<> settle_vanished();
  Result<> drop_leftovers();
  Result<> compare_with_lake();
  Result<> carry_forward(const std::string& logical, Slice& slice);
  Result<> make_quarantine();
  Result<lakes::StagedFile> stage_query(const std::string& logical, const std::string& sql);
  Result<> merge_into_ledger();
  ledger::TableRecord current_record(const std::string& logical, const TableResult& table) const;
  void add_to_checksum(Slice& slice, const std::string& tenant, int64_t rows, Sum128 checksum) const;
  void finish_slices(PublishTotals& totals);
  lakes::SliceName slice_name(const std::string& logical) const;

  const config::Project& project_;
  const config::Source& source_;
  const RunFolder& run_;
  std::string shard_;
  lakes::Lake& lake_;
  ledger::Ledger& ledger_;
  const Options& options_;
  std::unique_ptr<Segment> segment_;
  ledger::ShardResult result_;
  std::map<std::string, Slice> slices_;
  std::vector<Sum128> seen_;  ///< of every table in the segment, sorted; see name_mark
  std::map<std::string, ledger::TableRecord> failed_;  ///< by database + '\0' + table
  std::vector<ledger::TableRecord> vanished_;
  std::vector<std::string> refused_;  ///< staged files whose columns the lake cannot hold
  int64_t collected_at_us_ = 0;
  int files_named_ = 0;
};

}  // namespace suikei::collect
