// plan.h — from names to work: which physical table belongs where, and in which order it is read.
// Holds:  pure; the same names and rules give the same plan.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "config/config.h"
#include "ledger/ledger.h"
#include "sources/source.h"

namespace suikei::collect {

/// A physical table that some rule took.
struct PlannedTable {
  size_t listed = 0;  ///< position in ShardPlan::listed
  std::string tenant;
};

struct LogicalPlan {
  std::string name;
  std::vector<PlannedTable> tables;  ///< by tenant
};

/// Two tables of one shard that would be one and the same (logical table, tenant).
struct Collision {
  size_t listed = 0;
  std::string logical, tenant;
  std::string with;  ///< the table that keeps the place
};

struct ShardPlan {
  std::vector<sources::ListedTable> listed;
  std::vector<LogicalPlan> logicals;  ///< by name
  std::vector<ledger::UnmatchedTable> unmatched;
  std::vector<Collision> collisions;
  int64_t skipped = 0;
  /// Rules that matched nothing at all, by their line in the project file.
  std::vector<int> idle_rules;

  int64_t tables() const;
};

/// `rejected` never: what does not fit is listed in the plan.
ShardPlan plan_shard(std::vector<sources::ListedTable> listed, const config::Source& source,
                     config::RuleMatcher& rules);

class RangeJob;

/// A run of tables of one logical table that one connection reads into one or more files.
struct Part {
  size_t logical = 0;          ///< in ShardPlan::logicals
  std::vector<size_t> tables;  ///< positions in LogicalPlan::tables
  int64_t rows_estimate = 0;
  std::string range;              ///< of its one table; empty: whole tables
  std::shared_ptr<RangeJob> job;  ///< shared by the ranges of one table
};

/// Cuts the plan into parts of at most `tables_max` tables; tables with a large estimate stand alone, first.
/// Tables for which `done` says true are left out.
std::vector<Part> plan_parts(const ShardPlan& plan, size_t tables_max,
                             const std::function<bool(const sources::ListedTable&)>& done);

}  // namespace suikei::collect
