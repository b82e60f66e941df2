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

class ShardPublisher {
 public:
  ShardPublisher(const config::Project& project, const config::Source& source, const RunFolder& run,
                 std::string shard, lakes::Lake& lake, ledger::Ledger& ledger, const Options& options);

  /// `conflicts`: logical tables of this shard whose columns the lake cannot hold.
  Result<> publish(const std::map<std::string, Error>& conflicts, PublishTotals& totals, ShapeCounts& shapes);

 private:
  /// One logical table of the shard on its way into the lake.
  struct Slice {
    std::vector<size_t> tables;  ///< in result_.tables
    std::vector<size_t> carried;
    lakes::SliceContent content;
    int64_t bytes = 0, quarantined = 0;
    bool unchanged = false;
  };

  Result<> gather(const std::map<std::string, Error>& conflicts, PublishTotals& totals, ShapeCounts& shapes);
  void add_vanished(std::map<std::string, ledger::TableRecord>& prior);
  ledger::TableRecord failed_record(const TableResult& table, const ledger::TableRecord* before,
                                    const Error& error) const;
  Result<> compare_with_lake();
  Result<> carry_forward(const std::string& logical, Slice& slice);
  Result<> make_quarantine();
  Result<lakes::StagedFile> stage_query(const std::string& logical, const std::string& sql);
  void mark_drift(PublishTotals& totals, ShapeCounts& shapes);
  void finish_records(PublishTotals& totals);
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
  int64_t collected_at_us_ = 0;
  int files_named_ = 0;
};

}  // namespace suikei::collect
