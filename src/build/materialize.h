// materialize.h — how a node's SELECT becomes a view, a table, new rows of a table, or a history.
// Holds:  pure but for what it asks of the session about columns; every change of a table is one transaction.
// See:    docs/design/build.md ("Materializations")
#pragma once

#include "build/graph.h"
#include "lakes/lake.h"

namespace suikei::build {

/// What stands under a node's name in the lake now.
enum class Existing { nothing, table, view };

/// Runs the node's SELECT into the lake. `sql` is compiled. Gives the number of rows, -1 for a view.
Result<int64_t> materialize(lakes::Session& session, const Node& node, const std::string& sql,
                            Existing existing, bool full_refresh, const std::filesystem::path& project);

/// "schema"."name"
std::string relation_text(const std::string& schema, const std::string& name);

/// A list that may be one text: unique_key, check_cols, partitioned_by.
std::vector<std::string> list_config(const Node& node, const char* key);

}  // namespace suikei::build
