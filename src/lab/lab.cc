#include "lab/lab.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <thread>

#include "base/text.h"
#include "io/files.h"
#include "io/process.h"
#include "lab/open_lab.h"
#include "lab/project_file.h"
#include "lab/server.h"

namespace suikei::lab {
namespace {

constexpr size_t socket_path_max = 99;
constexpr double stop_seconds_max = 120;
constexpr int shards_max = 99, tenants_max = 99'999, tables_max = 999;

double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

Result<> check_range(const char* what, int value, int most) {
  if (value >= 1 && value <= most) return ok();
  return Error{ErrorKind::usage, fmt::format("{} {} is not between 1 and {}", what, value, with_commas(most)),
               ""};
}

Result<State> new_state(const UpOptions& options, const fs::path& folder) {
  State state;
  state.server = options.server.value_or(ServerKind::mariadb);
  state.seed = options.seed.value_or(1);
  state.tenants = options.tenants.value_or(40);
  state.tables = options.tables.value_or(14);
  state.rows = options.rows.value_or(Scale::small);
  state.drift = options.drift.value_or(Drift::drifted);
  state.transport = options.transport.value_or(Transport::tcp);
  state.server_options = options.server_options;
  state.project = folder.parent_path();
  if (!options.project.empty()) state.project = TRY(absolute_folder(options.project));
  state.last_tenant = state.tenants;
  int shards = options.shards.value_or(2);
  TRY(check_range("--shards", shards, shards_max));
  TRY(check_range("--tenants", state.tenants, tenants_max));
  TRY(check_range("--tables", state.tables, tables_max));
  for (int number = 1; number <= shards; ++number)
    state.shards.emplace_back().name = fmt::format("s{:02}", number);
  return state;
}

/// An existing lab keeps what it is; asking for something else is told, not obeyed.
Result<> compare(const UpOptions& options, State& state) {
  std::string other;
  auto differ = [&](const auto& wanted, const auto& actual, const char* what) {
    if (wanted && *wanted != actual) other = what;
  };
  differ(options.shards, static_cast<int>(state.shards.size()), "--shards");
  differ(options.tenants, state.tenants, "--tenants");
  differ(options.tables, state.tables, "--tables");
  differ(options.seed, state.seed, "--seed");
  differ(options.server, state.server, "--server");
  differ(options.rows, state.rows, "--rows");
  differ(options.drift, state.drift, "--uniform");
  if (!other.empty()) {
    return Error{ErrorKind::usage, fmt::format("the lab there was made with another {}", other),
                 "leave it out, or remove the lab first: suikei lab down --remove"};
  }
  if (options.transport) state.transport = *options.transport;
  if (!options.server_options.empty()) state.server_options = options.server_options;
  if (!options.project.empty()) state.project = TRY(absolute_folder(options.project));
  return ok();
}

/// Socket paths may have about 100 bytes; a deep folder gets its sockets from /tmp.
Result<> place_sockets(State& state, const fs::path& folder) {
  fs::path home;
  for (Shard& shard : state.shards) {
    if (!shard.socket.empty() && fs::exists(shard.socket.parent_path())) continue;
    shard.socket = folder / shard.name / "mysqld.sock";
    if (shard.socket.string().size() <= socket_path_max) continue;
    if (home.empty()) {
      char pattern[] = "/tmp/suikei-lab-XXXXXX";
      if (!mkdtemp(pattern)) return io::system_error("make a folder like", pattern, errno);
      home = pattern;
    }
    shard.socket = home / (shard.name + ".sock");
  }
  return ok();
}

Result<> place_ports(State& state) {
  for (Shard& shard : state.shards) {
    auto taken = [&](int port) {
      return std::any_of(state.shards.begin(), state.shards.end(),
                         [&](const Shard& other) { return other.port == port; });
    };
    while (shard.port == 0) {
      int port = TRY(io::free_port());
      if (!taken(port)) shard.port = port;
    }
  }
  return ok();
}

Result<int> start_servers(State& state, std::vector<Server>& servers, const fs::path& folder,
                          const Tell& tell) {
  int started = 0;
  for (size_t at = 0; at < servers.size(); ++at) {
    Shard& shard = state.shards[at];
    pid_t running = find_server(servers[at].data(), shard.pid);
    if (running > 0 && running == shard.pid) continue;
    if (running > 0) {
      TRY(adopt_server(servers[at], running));
    } else {
      running = TRY(start_server(servers[at]));
    }
    shard.pid = running;
    shard.port = servers[at].port;
    TRY(write_state(folder, state));
    if (tell) tell(fmt::format("{}  started, port {}, pid {}", shard.name, shard.port, shard.pid));
    ++started;
  }
  return started;
}

/// Makes the tenants that are not noted as done; returns how many that were.
Result<int> fill_servers(State& state, const std::vector<Server>& servers, const fs::path& folder,
                         const Tell& tell) {
  std::string password = TRY(reader_password(folder));
  std::vector<std::vector<int>> plan = plan_tenants(state);
  std::vector<std::vector<Job>> jobs(servers.size());
  int filled = 0;
  for (size_t at = 0; at < servers.size(); ++at) {
    TRY(prepare_shard(servers[at], state, at, password));
    std::set<int> done = TRY(tenants_done(servers[at], 0));
    for (int tenant : plan[at]) {
      if (done.contains(tenant)) continue;
      jobs[at].push_back({tenant, state.tables,
                          [&state, tenant](Feed& feed) { return write_tenant(feed, state, tenant, 0); }});
    }
    filled += static_cast<int>(jobs[at].size());
  }
  if (filled > 0) TRY(run_jobs(servers, std::move(jobs), tell));
  for (size_t at = 0; at < servers.size(); ++at) {
    TRY(count_shard(servers[at], state.shards[at]));
    state.shards[at].filled = true;
  }
  TRY(write_state(folder, state));
  return filled;
}

}  // namespace

Result<UpReport> up(const UpOptions& options) {
  auto begin = std::chrono::steady_clock::now();
  fs::path folder = TRY(absolute_folder(options.folder));
  UpReport report;
  State& state = report.state;
  if (fs::exists(folder / "lab.json")) {
    state = TRY(read_state(folder));
    TRY(compare(options, state));
  } else {
    state = TRY(new_state(options, folder));
  }
  TRY(find_programs(state.server));
  TRY(io::make_folders(folder));
  io::FileLock lock = TRY(lock_lab(folder));
  TRY(place_sockets(state, folder));
  TRY(place_ports(state));
  TRY(write_state(folder, state));

  std::vector<Server> servers = servers_of(state, folder);
  TRY(make_data_folders(servers));
  report.servers_started = TRY(start_servers(state, servers, folder, options.tell));
  report.tenants_filled = TRY(fill_servers(state, servers, folder, options.tell));
  bool written = TRY(write_project_file(state, folder));
  report.project_file = written ? ProjectFile::written : ProjectFile::left_alone;
  report.seconds = seconds_since(begin);
  return report;
}

Result<DownReport> down(const fs::path& folder_as_given, Remains remains) {
  fs::path folder = TRY(absolute_folder(folder_as_given));
  State state = TRY(read_state(folder));
  DownReport report;
  {
    io::FileLock lock = TRY(lock_lab(folder));
    std::vector<std::thread> stopping;
    for (Shard& shard : state.shards) {
      // Only a process that runs on our data folder: the number may have gone to somebody else.
      if (pid_t running = find_server(folder / shard.name / "data", shard.pid)) {
        stopping.emplace_back([running] { io::stop_process(running, stop_seconds_max); });
        ++report.servers_stopped;
      }
      shard.pid = 0;
    }
    for (std::thread& one : stopping) one.join();
    TRY(write_state(folder, state));
  }
  if (remains == Remains::keep) return report;
  for (const Shard& shard : state.shards) {
    if (starts_with(shard.socket.string(), "/tmp/suikei-lab-"))
      TRY(io::remove_all(shard.socket.parent_path()));
  }
  TRY(io::remove_all(folder));
  report.removed = true;
  return report;
}

Result<Status> status(const fs::path& folder_as_given) {
  fs::path folder = TRY(absolute_folder(folder_as_given));
  Status status;
  status.state = TRY(read_state(folder));
  for (const Shard& shard : status.state.shards) {
    status.shards.push_back({shard, find_server(folder / shard.name / "data", shard.pid) > 0});
  }
  return status;
}

}  // namespace suikei::lab
