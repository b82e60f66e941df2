// snapshot.h — the history of a table's rows as slowly changing dimension of type 2.
// Holds:  every key has at most one open row (dbt_valid_to NULL). Columns and their meaning are dbt's.
// See:    docs/design/build.md ("Snapshots")
#pragma once

#include "build/graph.h"
#include "lakes/lake.h"

namespace suikei::build {

enum class Existing;

/// Compares the SELECT's rows with the open rows and closes, opens and keeps as the node's `strategy`
/// (timestamp, check) and `hard_deletes` (ignore, invalidate, new_record) say. One transaction.
/// `rejected` when a key is NULL or stands twice. Gives the number of rows of the history.
Result<int64_t> take_snapshot(lakes::Session& session, const Node& node, const std::string& sql,
                              Existing existing);

}  // namespace suikei::build
