// range_job.h — the ranges of one big table, read by several connections and committed as one table.
// Holds:  the table enters the segment with the last of its ranges, whole or as failed; never in pieces.
// Threads: every call locks.
#pragma once

#include <mutex>

#include "collect/segment.h"
#include "lakes/lake.h"

namespace suikei::collect {

class RangeJob {
 public:
  explicit RangeJob(size_t ranges) : ranges_left_(ranges) {}

  /// Takes over what one range brought; a failed table in it fails the whole.
  void add(PartResult part);
  /// Tells that one range is over. After the last one returns what is to be committed; files of a failed
  /// table are in `dropped`.
  std::optional<PartResult> range_over(std::vector<std::string>* dropped);

 private:
  std::mutex guard_;
  size_t ranges_left_;
  PartResult whole_;
};

}  // namespace suikei::collect
