// stage.h — one shard from first contact to a finished manifest.
#pragma once

#include "collect/collect.h"
#include "collect/run_folder.h"
#include "collect/staging.h"
#include "io/files.h"

namespace suikei::collect {

/// How far one shard is; written by its threads, read by the progress display.
struct ShardWatch {
  std::string shard;
  Counters counters;
  std::atomic<const char*> phase = "connecting";
  std::atomic<double> started = 0;
  std::atomic<double> ended = 0;
};

/// A shard that has been reached, checked and listed, with its lease held; nothing is written yet.
struct PreparedShard {
  const config::Shard* config = nullptr;
  io::FileLock lease;
  std::unique_ptr<sources::Shard> from;
  sources::ShardFacts facts;
  ShardPlan plan;
};

/// Checks zone and password (`config`), lists and matches. `lease` is kept with the shard; it may be
/// empty when
/// nothing will be written.
Result<PreparedShard> prepare_shard(const config::Project& project, const config::Source& source,
                                    const config::Shard& shard, io::FileLock lease);

/// Reads and proves what the shard's segment does not have yet, and writes the manifest.
Result<> stage_shard(const config::Project& project, const config::Source& source, PreparedShard& prepared,
                     lakes::Lake& lake, const RunFolder& run, const Options& options, ShardWatch& watch);

/// Seconds on a clock that only goes forward.
double monotonic_seconds();

}  // namespace suikei::collect
