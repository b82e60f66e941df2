// run_folder.h — where a run lives in staging: staging/<source>/<run>/<shard>/.
// Holds:  a run's id is the source and the business date; a date's later runs get -2, -3 …; an id is never
// reused.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "config/config.h"

namespace suikei::collect {

class RunFolder {
 public:
  /// The run that a collect of this date works on: the newest one that is not published, else a new one.
  /// `fresh` always makes a new one.
  static Result<RunFolder> open(const config::Project& project, const config::Source& source,
                                const std::string& date, bool fresh);
  /// The run of this date that `open` would resume; nothing is made.
  static std::optional<RunFolder> find_unfinished(const config::Project& project,
                                                  const config::Source& source, const std::string& date);
  /// Runs with staged shards that wait to be published, oldest first.
  static std::vector<RunFolder> waiting(const config::Project& project, const config::Source& source);

  const std::string& run_id() const { return run_id_; }
  std::string date() const;
  std::filesystem::path path() const { return folder_ / run_id_; }
  std::filesystem::path shard(const std::string& name) const { return path() / name; }
  /// Shards with a segment, whether finished or not.
  std::vector<std::string> shards() const;
  /// The shard's rows are in the lake and its results in the ledger; its staging is gone.
  bool shard_published(const std::string& name) const;
  Result<> mark_shard_published(const std::string& name) const;
  bool published() const;
  /// From here on the run is over; what its folder still holds but the mark is removed.
  Result<> mark_published() const;

 private:
  RunFolder(std::filesystem::path folder, std::string source, std::string run_id)
      : folder_(std::move(folder)), source_(std::move(source)), run_id_(std::move(run_id)) {}
  std::filesystem::path folder_;  ///< staging/<source>
  std::string source_;
  std::string run_id_;
};

/// staging/<source>/known.json
std::filesystem::path known_file(const config::Project& project, const config::Source& source);
/// staging/<source>/leases/<shard>.lock
std::filesystem::path lease_file(const config::Project& project, const config::Source& source,
                                 const std::string& shard);
/// "pid 123 on host, since …": what a lock file tells about its holder.
std::string owner_text(const std::string& what);

}  // namespace suikei::collect
