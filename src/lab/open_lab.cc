#include "lab/open_lab.h"

#include <unistd.h>

#include <algorithm>

#include "base/text.h"

namespace suikei::lab {

Result<fs::path> absolute_folder(const fs::path& folder) {
  std::error_code failed;
  fs::path whole = fs::weakly_canonical(fs::absolute(folder), failed);
  if (failed) return io::system_error("find", folder, failed.value());
  // A trailing slash would make the parent folder the folder itself.
  return whole.has_filename() ? whole : whole.parent_path();
}

Result<io::FileLock> lock_lab(const fs::path& folder) {
  return io::FileLock::take(folder / "lab.lock", fmt::format("suikei lab, pid {}", getpid()));
}

namespace {

/// Large shards share a quarter of the machine; small ones stay small, so that dozens fit beside a build.
int64_t memory_mb_of(int64_t tables, size_t shards) {
  constexpr int64_t least = 96, most = 2'048;
  if (tables < 10'000) return least;
  int64_t machine = int64_t{sysconf(_SC_PHYS_PAGES)} * sysconf(_SC_PAGESIZE) >> 20;
  return std::clamp(machine / 4 / static_cast<int64_t>(shards), least, most);
}

}  // namespace

std::vector<Server> servers_of(const State& state, const fs::path& folder) {
  int64_t tables = int64_t{state.last_tenant} * state.tables / static_cast<int64_t>(state.shards.size());
  std::vector<Server> servers;
  for (const Shard& shard : state.shards) {
    servers.push_back({state.server, folder / shard.name, shard.socket, shard.port, tables,
                       memory_mb_of(tables, state.shards.size()), state.server_options});
  }
  return servers;
}

Result<Lab> open_running_lab(const fs::path& folder_as_given) {
  Lab lab;
  lab.folder = TRY(absolute_folder(folder_as_given));
  lab.state = TRY(read_state(lab.folder));
  lab.lock = TRY(lock_lab(lab.folder));
  lab.state = TRY(read_state(lab.folder));  // another command may have changed it before we held the lock
  lab.servers = servers_of(lab.state, lab.folder);
  for (size_t at = 0; at < lab.servers.size(); ++at) {
    const Shard& shard = lab.state.shards[at];
    if (shard.filled && find_server(lab.servers[at].data(), shard.pid) > 0) continue;
    return Error{ErrorKind::unavailable,
                 fmt::format("{} {}", shard.name, shard.filled ? "does not run" : "is not filled yet"),
                 fmt::format("suikei lab up --dir {}", folder_as_given.string())};
  }
  return lab;
}

}  // namespace suikei::lab
