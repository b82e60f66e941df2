// publish.h — the one committer: from staged shards to the lake and the ledger.
// Holds:  a failed or vanished table keeps its last good rows; a slice that did not change is not touched;
// each
//         step may be repeated: what an earlier publish finished is found in the lake, not remembered.
// See:    docs/design/publish.md
#pragma once

#include "collect/collect.h"
#include "collect/run_folder.h"
#include "collect/segment.h"
#include "collect/stage.h"

namespace suikei::collect {

/// What a publish did, summed over shards.
struct PublishTotals {
  int64_t tables_new = 0, tables_unmatched = 0, quarantined = 0, bytes = 0, rows_read = 0;
  int64_t files = 0, slices_published = 0, slices_skipped = 0, tables_read = 0;
  double publish_seconds = 0, ledger_seconds = 0;
};

/// Publishes every staged shard of the run, one commit per shard, then tidies up: marks the run, forgets
/// abandoned runs and old snapshots. Holds the publish lock of the source.
Result<PublishTotals> publish_run(const config::Project& project, const config::Source& source,
                                  const RunFolder& run, const Options& options);

}  // namespace suikei::collect
