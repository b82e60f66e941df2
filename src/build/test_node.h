// test_node.h — a test is a query for rows that should not be there.
#pragma once

#include "build/build.h"

namespace suikei::build {

struct TestOutcome {
  NodeStatus status = NodeStatus::ok;
  int64_t failures = 0;
  std::string message;
};

/// Counts what the test finds and holds it against `severity`, `warn_if` and `error_if` (dbt's words).
Result<TestOutcome> run_test(lakes::Session& session, const Graph& graph, const Node& node,
                             const std::string& sql);

/// Keeps some of the rows in monitoring.test_failures, columns that are secret or come from a dataset with
/// secrets as "***".
Result<> keep_failures(lakes::Session& session, const Graph& graph, const Node& node, const std::string& sql,
                       const std::string& run_id);

}  // namespace suikei::build
