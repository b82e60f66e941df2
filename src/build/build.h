// build.h — the stage: models run on the lake in the order of what they need, tests beside them.
// Holds:  a failed node skips what is built on it and nothing else. A table is replaced in one commit:
//         readers see the old rows or the new ones. Building again is safe at any time.
// See:    docs/design/build.md
#pragma once

#include <atomic>

#include "build/graph.h"
#include "config/config.h"
#include "lakes/lake.h"

namespace suikei::build {

struct Options {
  std::vector<std::string> select, exclude;  ///< see select.h; empty: everything
  bool full_refresh = false;
  bool fail_fast = false;
  bool retry = false;   ///< only what the last build did not finish
  bool freeze = false;  ///< writes the law's present violations to layers_baseline.csv and builds nothing
  int threads = 2;
  BuildVars vars;
  const std::atomic<bool>* cancel = nullptr;
  std::function<void(const struct NodeResult&, size_t done, size_t total)> tell;  ///< a node has ended
};

enum class NodeStatus {
  ok,
  warn,
  failed,
  error,
  skipped
};  ///< `failed` is a test's, `error` of the statement
const char* name_of(NodeStatus status);
Result<NodeStatus> node_status_named(std::string_view name);

struct NodeResult {
  std::string id, name, kind, path;
  std::string where;  ///< "cleansing.mf_orders"; empty for a test
  NodeStatus status = NodeStatus::ok;
  std::string message;
  int64_t rows = -1;   ///< of a table, or failing rows of a test; -1: not known
  double seconds = 0;  ///< with waiting for the lake
};

struct Report {
  std::string run_id;
  std::string status;             ///< ok, partial, failed, cancelled
  std::vector<NodeResult> nodes;  ///< in the order in which they ended
  double seconds = 0;
  int exit_code() const;
};

/// Reads the project, checks it and builds. `config` before anything has run where the project is wrong.
Result<Report> build(const config::Project& project, const Options& options);

/// The nodes in the order in which they would run.
struct Planned {
  std::string id, materialized, where;
  std::vector<std::string> needs;
};
Result<std::vector<Planned>> plan_build(const config::Project& project, const Options& options);

std::string summary(const Report& report);
Json to_json(const Report& report);

}  // namespace suikei::build
