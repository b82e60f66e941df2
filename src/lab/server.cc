#include "lab/server.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <thread>

#include "base/text.h"
#include "io/files.h"
#include "io/process.h"

namespace suikei::lab {
namespace {

constexpr double start_seconds_max = 120;
/// Above this many tables one file per table costs more than it gives (and files may run out).
constexpr int64_t file_per_table_max = 20'000;

fs::path mysql_base() {
  if (const char* cache = std::getenv("XDG_CACHE_HOME"); cache && *cache)
    return fs::path(cache) / "suikei/mysql8";
  const char* home = std::getenv("HOME");
  return fs::path(home ? home : "/root") / ".cache/suikei/mysql8";
}

std::string program_of(ServerKind kind) {
  if (kind == ServerKind::mysql8) return mysql_base() / "bin/mysqld";
  // /usr/sbin is in root's PATH only.
  return fs::exists("/usr/sbin/mariadbd") ? "/usr/sbin/mariadbd" : "mariadbd";
}

void add_user(std::vector<std::string>& argv) {
  if (geteuid() == 0) argv.push_back("--user=root");
}

std::vector<std::string> init_command(ServerKind kind, const fs::path& data) {
  std::vector<std::string> argv;
  if (kind == ServerKind::mariadb) {
    argv = {"mariadb-install-db",
            "--no-defaults",
            "--skip-test-db",
            "--auth-root-authentication-method=normal",
            "--innodb-log-file-size=32M",
            "--debug-no-sync",
            "--innodb-flush-method=nosync"};
  } else {
    argv = {program_of(kind),
            "--no-defaults",
            "--initialize-insecure",
            "--basedir=" + mysql_base().string(),
            "--lc-messages-dir=" + (mysql_base() / "share/english").string(),
            "--default-authentication-plugin=mysql_native_password",
            "--innodb-flush-method=nosync"};
  }
  argv.push_back("--datadir=" + data.string());
  add_user(argv);
  return argv;
}

/// The last lines of a server's log, for an error message.
std::string log_tail(std::string_view log) {
  std::vector<std::string> lines = split(trim(log), '\n');
  size_t first = lines.size() > 4 ? lines.size() - 4 : 0;
  return join({lines.begin() + static_cast<std::ptrdiff_t>(first), lines.end()}, "\n  ");
}

Result<> initialise(ServerKind kind, const fs::path& data) {
  TRY(io::remove_all(data));
  TRY(io::make_folders(data.parent_path()));
  io::ProcessResult made = TRY(io::run_process(init_command(kind, data)));
  if (made.exit_code != 0) {
    return Error{ErrorKind::unavailable,
                 fmt::format("initialise {}: exit code {}\n  {}", data.string(), made.exit_code,
                             log_tail(made.out + made.err)),
                 "is there room on the disk, and may this user write there?"};
  }
  // A copy with the same identity would be taken for the same server.
  return io::remove_all(data / "auto.cnf");
}

Result<> copy_folder(const fs::path& from, const fs::path& to) {
  fs::path half = to;
  half += ".half";
  TRY(io::remove_all(half));
  std::error_code failed;
  fs::copy(from, half, fs::copy_options::recursive, failed);
  if (!failed) fs::rename(half, to, failed);
  if (failed) return io::system_error("copy a data folder to", to, failed.value());
  return ok();
}

std::string megabytes(int64_t amount) {
  return std::to_string(amount) + "M";
}

std::vector<std::string> options_of_kind(const Server& server) {
  if (server.kind == ServerKind::mariadb) {
    return {"--innodb-flush-method=nosync",
            "--debug-no-sync",
            "--skip-sync-frm",
            "--innodb-flush-sync=OFF",
            "--skip-log-bin",
            "--innodb-log-file-size=" + megabytes(server.tables > file_per_table_max ? 512 : 64)};
  }
  return {"--basedir=" + mysql_base().string(),
          "--lc-messages-dir=" + (mysql_base() / "share/english").string(),
          "--default-authentication-plugin=mysql_native_password",
          "--innodb-flush-method=nosync",
          "--mysqlx=OFF",
          "--skip-log-bin",
          "--innodb-log-file-size=" + megabytes(server.tables > file_per_table_max ? 512 : 48)};
}

std::vector<std::string> server_command(const Server& server) {
  bool large = server.tables > file_per_table_max;
  std::vector<std::string> argv{program_of(server.kind),
                                "--no-defaults",
                                "--datadir=" + server.data().string(),
                                "--socket=" + server.socket.string(),
                                "--port=" + std::to_string(server.port),
                                "--bind-address=127.0.0.1",
                                "--pid-file=" + (server.folder / "server.pid").string(),
                                "--skip-name-resolve",
                                "--performance-schema=OFF",
                                "--innodb-flush-log-at-trx-commit=0",
                                "--innodb-doublewrite=0",
                                "--sync-binlog=0",
                                "--innodb-buffer-pool-dump-at-shutdown=OFF",
                                "--innodb-buffer-pool-load-at-startup=OFF",
                                "--innodb-autoextend-increment=64",
                                "--default-time-zone=+09:00",
                                "--character-set-server=utf8mb4",
                                "--max-connections=200",
                                "--max-allowed-packet=64M",
                                "--log-error-verbosity=1"};
  if (server.kind == ServerKind::mariadb) argv.back() = "--log-warnings=1";
  argv.push_back("--innodb-buffer-pool-size=" + megabytes(server.memory_mb));
  // Small tables fit a shared file better: three million files are a burden to any file system.
  argv.push_back(large ? "--innodb-file-per-table=OFF" : "--innodb-file-per-table=ON");
  for (std::string& option : options_of_kind(server)) argv.push_back(std::move(option));
  add_user(argv);
  for (const std::string& option : server.options) {
    argv.push_back(starts_with(option, "--") ? option : "--" + option);
  }
  return argv;
}

/// Servers inherit our limit of open files: as high as it goes.
void raise_open_files() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  rlimit wanted{1'048'576, 1'048'576};
  if (setrlimit(RLIMIT_NOFILE, &wanted) == 0) return;  // allowed to root outside of containers
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

std::vector<std::string> arguments_of(pid_t pid) {
  Result<std::string> line = io::read_file(fmt::format("/proc/{}/cmdline", pid));
  return line.ok() ? split(line.value(), '\0') : std::vector<std::string>{};
}

bool port_was_taken(std::string_view log) {
  return log.find("Address already in use") != std::string_view::npos ||
         log.find("Do you already have another") != std::string_view::npos;
}

/// Waits until the server answers or is gone. True when it answers.
bool wait_until_it_answers(const Server& server, pid_t pid) {
  auto deadline = std::chrono::steady_clock::now() + std::chrono::duration<double>(start_seconds_max);
  while (std::chrono::steady_clock::now() < deadline && io::process_alive(pid)) {
    if (fs::exists(server.socket) && ask(server, "SELECT 1").ok()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return false;
}

/// The server cuts these caches down to the open files it may have, before it knows that a shared table space
/// needs none. At run time it takes our word.
Result<> widen_caches(const Server& server) {
  int64_t wanted = std::clamp<int64_t>(server.tables + server.tables / 10, 2'000, 500'000);
  TRY(ask(server,
          fmt::format("SET GLOBAL table_definition_cache={0}; SET GLOBAL table_open_cache={0};", wanted)));
  return ok();
}

}  // namespace

Result<> find_programs(ServerKind kind) {
  if (kind == ServerKind::mysql8) {
    if (fs::exists(program_of(kind))) return ok();
    return Error{ErrorKind::not_found, fmt::format("{} does not exist", program_of(kind)),
                 "run ./dev setup, which fetches MySQL 8"};
  }
  if (io::run_process({program_of(kind), "--no-defaults", "--version"}).ok()) return ok();
  return Error{ErrorKind::not_found, "mariadbd is not installed",
               "install mariadb-server, or run ./dev setup"};
}

Result<> make_data_folders(const std::vector<Server>& servers) {
  std::vector<const Server*> empty;
  for (const Server& server : servers) {
    if (!fs::exists(server.data())) empty.push_back(&server);
  }
  if (empty.empty()) return ok();
  // A command that was killed may have left an initialising server behind: each gets a folder of its own.
  fs::path home = servers.front().folder.parent_path();
  for (const std::string& name : io::entries(home)) {
    if (starts_with(name, "empty-data")) TRY(io::remove_all(home / name));
  }
  fs::path first = home / fmt::format("empty-data.{}", getpid());
  TRY(initialise(empty.front()->kind, first));
  for (const Server* server : empty) {
    TRY(io::make_folders(server->folder));
    if (server != empty.back()) TRY(copy_folder(first, server->data()));
  }
  std::error_code failed;
  fs::rename(first, empty.back()->data(), failed);
  if (failed) return io::system_error("rename a data folder to", empty.back()->data(), failed.value());
  return ok();
}

Result<pid_t> start_server(Server& server) {
  raise_open_files();
  constexpr int attempts_max = 3;
  std::string log;
  for (int attempt = 1; attempt <= attempts_max; ++attempt) {
    TRY(io::remove_all(server.log()));
    TRY(io::remove_all(server.socket));
    pid_t pid = TRY(io::start_process(server_command(server), server.log()));
    if (wait_until_it_answers(server, pid)) {
      TRY(widen_caches(server));
      return pid;
    }
    io::stop_process(pid, 5);
    log = TRY(io::read_file(server.log()));
    if (!port_was_taken(log)) break;
    server.port = TRY(io::free_port());
  }
  return Error{ErrorKind::unavailable,
               fmt::format("the server in {} did not start:\n  {}", server.folder.string(), log_tail(log)),
               fmt::format("the whole log is {}", server.log().string())};
}

Result<> adopt_server(Server& server, pid_t pid) {
  constexpr std::string_view port = "--port=";
  for (const std::string& argument : arguments_of(pid)) {
    if (starts_with(argument, port)) server.port = std::atoi(argument.c_str() + port.size());
  }
  if (wait_until_it_answers(server, pid)) return widen_caches(server);
  return Error{ErrorKind::unavailable,
               fmt::format("the server in {} runs (pid {}) but does not answer", server.folder.string(), pid),
               fmt::format("its log is {}; `suikei lab down` stops it", server.log().string())};
}

pid_t find_server(const fs::path& data, pid_t likely) {
  std::string argument = "--datadir=" + data.string();
  auto is_it = [&](pid_t pid) {
    std::vector<std::string> argv = arguments_of(pid);
    // An initialising server or a wrapper script names the folder as well, but no socket.
    bool serves = std::any_of(argv.begin(), argv.end(),
                              [](const std::string& one) { return starts_with(one, "--socket="); });
    return serves && std::find(argv.begin(), argv.end(), argument) != argv.end() && io::process_alive(pid);
  };
  if (likely > 0 && is_it(likely)) return likely;
  for (const std::string& name : io::entries("/proc")) {
    pid_t pid = std::atoi(name.c_str());
    if (pid > 0 && is_it(pid)) return pid;
  }
  return 0;
}

std::vector<std::string> client_command(const Server& server) {
  return {"mariadb",
          "--no-defaults",
          "--socket=" + server.socket.string(),
          "--protocol=socket",
          "--user=root",
          "--batch",
          "--skip-column-names",
          "--default-character-set=utf8mb4",
          "--no-auto-rehash",
          "--max-allowed-packet=64M"};
}

Result<std::string> ask(const Server& server, std::string_view sql) {
  io::ProcessResult answer = TRY(io::run_process(client_command(server), sql));
  if (answer.exit_code == 0) return answer.out;
  return Error{ErrorKind::rejected,
               fmt::format("{}: {}", server.folder.filename().string(), trim(answer.err)), ""};
}

}  // namespace suikei::lab
