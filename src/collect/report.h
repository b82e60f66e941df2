// report.h — what a collect or publish tells people and programs.
#pragma once

#include "collect/collect.h"
#include "collect/publish.h"
#include "collect/verify.h"

namespace suikei::collect {

struct FailedShard {
  std::string shard;
  Error error;
};

/// Everything a run did that the ledger does not know.
struct Outcome {
  std::vector<FailedShard> failed;
  bool cancelled = false;
  double stage_seconds = 0;
  PublishTotals totals;
  std::optional<Verification> verified;
};

/// After staging alone: counts come from the segments.
Result<Report> staged_report(const config::Source& source, const RunFolder& run,
                             const std::vector<const config::Shard*>& shards, const Outcome& outcome,
                             double seconds);
/// After publishing: states come from the ledger.
Result<Report> published_report(const config::Project& project, const config::Source& source,
                                const RunFolder& run, const Outcome& outcome, double seconds);

}  // namespace suikei::collect
