// open_lab.h — a lab in use: its folder, held by a lock, its state and its servers.
#pragma once

#include <filesystem>
#include <vector>

#include "io/files.h"
#include "lab/server.h"
#include "lab/state.h"

namespace suikei::lab {

struct Lab {
  fs::path folder;  ///< absolute
  io::FileLock lock;
  State state;
  std::vector<Server> servers;
};

Result<fs::path> absolute_folder(const fs::path& folder);
/// One command at a time may work on a lab.
Result<io::FileLock> lock_lab(const fs::path& folder);
std::vector<Server> servers_of(const State& state, const fs::path& folder);
/// `unavailable` when a server does not run or was never filled.
Result<Lab> open_running_lab(const fs::path& folder);

}  // namespace suikei::lab
