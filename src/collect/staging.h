// staging.h — what the connections of one shard share while the shard is staged.
// Threads: every call locks what it touches.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "collect/plan.h"
#include "collect/segment.h"
#include "lakes/lake.h"
#include "sources/source.h"

namespace suikei::collect {

/// The columns of a logical table so far: system columns first, then the union of all shapes seen.
class LogicalTable {
 public:
  explicit LogicalTable(std::string name) : name_(std::move(name)), schema_(table::lake_schema()) {}

  const std::string& name() const { return name_; }
  table::Schema schema() const;
  /// True when at least one shape has joined.
  bool known() const;
  /// Widens the union; a conflict changes nothing.
  std::optional<table::Conflict> join(const table::Schema& shape);
  /// How its tables are probably to be selected: the select list of the first shape that joined.
  void set_guess(const sources::Shape& shape);
  std::pair<std::string, int> guess() const;

 private:
  std::string name_;
  mutable std::mutex guard_;
  table::Schema schema_;
  std::string select_list_;
  int extra_columns_ = 0;
};

/// What earlier runs know, so that a worker asks the source for nothing twice and agrees with other workers.
struct Known {
  std::map<std::string, table::Schema> schemas;  ///< by logical table, without system columns
  std::map<std::string, std::string> guesses;  ///< logical table -> star fingerprint most of its tables have
  std::map<std::string, sources::Shape> shapes;  ///< by star fingerprint
  std::map<std::string, int64_t> big;  ///< "shard database.table" -> rows, of tables worth splitting
};
Result<Known> read_known(const std::filesystem::path& file);
Result<> write_known(const std::filesystem::path& file, const Known& known);

struct Counters {
  std::atomic<int64_t> total = 0, done = 0, failed = 0, rows = 0;
};

/// One shard, one run.
struct Staging {
  Staging(sources::Shard& from, lakes::Lake& into, Segment& its_segment, const ShardPlan& its_plan,
          Counters& its_counters)
      : shard(from), lake(into), segment(its_segment), plan(its_plan), counters(its_counters) {}

  sources::Shard& shard;
  lakes::Lake& lake;
  Segment& segment;
  const ShardPlan& plan;
  Counters& counters;
  std::string run_id, dataset, shard_name;
  int64_t collected_at_us = 0;
  std::string consistency;  ///< of the readers' snapshots
  const std::atomic<bool>* cancel = nullptr;
  std::vector<std::unique_ptr<LogicalTable>> logicals;  ///< as in plan.logicals

  bool cancelled() const { return cancel && cancel->load(); }
  /// The shape with all details for what `*` shows of a table; asks the source, once, when it is new.
  std::optional<sources::Shape> details(const std::string& star, const sources::ListedTable& example);
  /// Takes over what earlier runs know, then looks at some tables of every logical table that is new.
  Result<> prepare(const Known& known, sources::Reader& reader);
  /// Shapes met in this run, for the segment.
  std::vector<sources::Shape> take_new_shapes();
  /// A file name that was never used before.
  std::string new_file_name();

 private:
  std::mutex guard_;
  std::map<std::string, std::optional<sources::Shape>> details_;
  std::vector<sources::Shape> new_shapes_;
  std::unique_ptr<sources::Reader> side_reader_;  ///< for questions while the others read
  int files_named_ = 0;
};

}  // namespace suikei::collect
