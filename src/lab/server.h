// server.h — one throw-away database server: an empty data folder, start, ask, stop.
// Holds:  listens on 127.0.0.1 and a socket only; root has no password and is reachable by the socket only.
//         Nothing here is durable: a lab that lost power is made anew.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "lab/schema.h"

namespace suikei::lab {

namespace fs = std::filesystem;

struct Server {
  ServerKind kind = ServerKind::mariadb;
  fs::path folder;  ///< absolute; holds data/ and server.log
  fs::path socket;  ///< absolute, below 100 characters
  int port = 0;
  int64_t tables = 0;                ///< how many it will hold; caches are sized for them
  int64_t memory_mb = 96;            ///< for its pages
  std::vector<std::string> options;  ///< passed on to the server, after ours

  fs::path data() const { return folder / "data"; }
  fs::path log() const { return folder / "server.log"; }
};

/// The servers' programs exist here; else `not_found` with the way to get them.
Result<> find_programs(ServerKind kind);
/// Gives every server without a data folder an empty one: initialised once, then copied.
Result<> make_data_folders(const std::vector<Server>& servers);
/// Starts it and waits until it answers. A port that was taken meanwhile is replaced by another one.
Result<pid_t> start_server(Server& server);
/// Waits until a server that was found running answers, and learns its port.
Result<> adopt_server(Server& server, pid_t pid);
/// The pid of the server that runs on this very data folder, 0 when there is none. `likely` is looked at
/// first; then all processes are, for a server outlives a command that was killed while starting it.
pid_t find_server(const fs::path& data, pid_t likely);
/// Asks as root; returns the rows, tabs between columns. An SQL error is `rejected` with the server's words.
Result<std::string> ask(const Server& server, std::string_view sql);
/// The client's command line: root on the socket.
std::vector<std::string> client_command(const Server& server);

}  // namespace suikei::lab
