// runner.h — nodes run side by side, each when everything it needs has ended well.
// Holds:  a node that fails skips what needs it; a failing test skips what is built on the tested model.
// Threads: one session per worker; the lake orders their commits.
#pragma once

#include "build/run_context.h"

namespace suikei::build {

struct RunPlan {
  Graph& graph;
  std::set<size_t> chosen;
};

/// Runs the chosen nodes; results in the order in which they ended. Errors of nodes are in the results.
Result<std::vector<NodeResult>> run_nodes(lakes::Lake& lake, RunPlan plan, const config::Project& project,
                                          const Options& options, const std::string& run_id);

}  // namespace suikei::build
