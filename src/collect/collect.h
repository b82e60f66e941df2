// collect.h — shards to lake: every table, every day, proven.
// Why:    Suikei's reason to exist.
// Holds:  a slice is replaced as a whole or not at all; a failed table keeps its last good rows; a run that
// lost
//         anything is never green; what was published once is not published twice.
// See:    docs/design/collect.md
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "config/config.h"

namespace suikei::collect {

/// How one shard is getting on; shown while it runs.
struct ShardProgress {
  std::string shard;
  int64_t tables_total = 0, tables_done = 0, tables_failed = 0, rows = 0;
  double seconds = 0;
  std::string phase;  ///< connecting, listing, reading, staged, publishing, done, failed
};
using ShowProgress = std::function<void(const std::vector<ShardProgress>&)>;

struct Options {
  std::vector<std::string> shards;  ///< empty: all
  bool stage_only = false;          ///< leave publishing to `publish`
  bool fresh = false;               ///< start over instead of resuming the date's unfinished run
  bool accept_vanished = false;     ///< let the rows of vanished tables leave the lake
  double verify_percent = 0;        ///< recompute checksums from the lake, reread this share at the source
  ShowProgress show_progress;       ///< called about ten times a second; may be empty
  const std::atomic<bool>* cancel = nullptr;  ///< set from a signal handler
};

/// One line of the closing summary: what is not as it should be, with its remedy.
struct Finding {
  std::string label;  ///< "failed", "drifted", "quarantined", "vanished", "unmatched", "on two shards"
  int64_t count = 0;
  std::string text;
};

struct Report {
  Json json;  ///< the object `--json` ends with; its keys are listed in docs/reference/collect-json.md
  std::string status;             ///< ok, partial, failed, cancelled
  std::vector<Finding> findings;  ///< the most important last
  int exit_code() const;          ///< 0 ok, 1 partial or failed, 130 cancelled
};

/// What a collect would do, and nothing done: shards, tables, logical tables, unmatched names.
Result<Json> plan_collect(const config::Project& project, const config::Source& source,
                          const Options& options);
/// Stages the chosen shards and, unless stage_only, publishes them.
/// An Error means that nothing was written: `config`/`usage` (exit 2) or `unavailable` (exit 3).
Result<Report> collect(const config::Project& project, const config::Source& source, const Options& options);
/// Publishes whatever lies staged for the source.
Result<Report> publish(const config::Project& project, const config::Source& source, const Options& options);
/// The closing lines a person sees.
std::string summary(const config::Source& source, const Report& report);

}  // namespace suikei::collect
