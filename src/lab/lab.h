// lab.h — throw-away database shards: real servers, believable tables, days that pass.
// Why:    what is only tried on invented data fails on real shards; nobody may try on the real ones.
// Holds:  the same seed gives the same rows, whatever the machine or the date. A lab listens on 127.0.0.1
//         only, lives in one folder, and stops or removes nothing but its own servers and that folder.
//         Every command may be interrupted and given again.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "lab/fill.h"
#include "lab/state.h"

namespace suikei::lab {

/// What `up` was asked for. What is left out is the lab's own setting, or the default of a new lab; what is
/// given and differs from an existing lab is a `usage` error, for a lab is made anew, not altered.
struct UpOptions {
  std::filesystem::path folder = "lab";
  std::filesystem::path project;  ///< folder of the project file; empty: the parent of `folder`
  std::optional<int> shards, tenants, tables;
  std::optional<uint64_t> seed;
  std::optional<ServerKind> server;
  std::optional<Scale> rows;
  std::optional<Transport> transport;
  std::optional<Drift> drift;
  std::vector<std::string> server_options;
  Tell tell;
};

enum class ProjectFile { written, left_alone };

struct UpReport {
  State state;
  int servers_started = 0;
  int tenants_filled = 0;  ///< 0: the data was there
  double seconds = 0;
  ProjectFile project_file = ProjectFile::written;
};

/// Starts the servers, making and filling whatever is missing, and writes the project file.
/// `not_found` when a server program is missing, `unavailable` when one does not start.
Result<UpReport> up(const UpOptions& options);

struct DownReport {
  int servers_stopped = 0;
  bool removed = false;
};
enum class Remains { keep, remove };
/// Stops the servers of a lab; with `remove` its folder goes as well.
Result<DownReport> down(const std::filesystem::path& folder, Remains remains);

struct ShardStatus {
  Shard shard;
  bool running = false;
};
struct Status {
  State state;
  std::vector<ShardStatus> shards;
};
Result<Status> status(const std::filesystem::path& folder);

struct AgeReport {
  int day = 0;
  std::string change;  ///< what the product team did
  int tenants_altered = 0, tenants_changed = 0, tables_changed = 0;
  std::vector<int> tenants_new, tenants_vanished;
  double seconds = 0;
  std::filesystem::path project;
};
/// Makes a day pass. `unavailable` when a server does not run.
Result<AgeReport> age(const std::filesystem::path& folder, const Tell& tell);

// What people and programs read. `dir` is the folder as it was given, for the commands to try next.
std::string render(const UpReport& report, std::string_view dir);
std::string render(const DownReport& report, std::string_view dir);
std::string render(const Status& status, std::string_view dir);
std::string render(const AgeReport& report);
std::string render_json(const Status& status);

}  // namespace suikei::lab
