// state.h — what a lab remembers between commands: the file lab.json in its folder.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "lab/rows.h"
#include "lab/schema.h"

namespace suikei::lab {

/// How the project file reaches the shards.
enum class Transport { tcp, socket };

struct Shard {
  std::string name;
  int port = 0;
  pid_t pid = 0;
  std::filesystem::path socket;
  bool filled = false;
  int64_t tenants = 0, tables = 0, rows = 0;  ///< as of the last `up` or `age`
};

struct State {
  ServerKind server = ServerKind::mariadb;
  uint64_t seed = 1;
  int tenants = 0;  ///< asked for at the first `up`
  int tables = 0;   ///< kinds per tenant
  Scale rows = Scale::small;
  Drift drift = Drift::drifted;
  Transport transport = Transport::tcp;
  std::vector<std::string> server_options;
  std::filesystem::path project;  ///< folder of the project file, absolute
  int day = 0;
  int last_tenant = 0;  ///< the highest tenant number ever made
  std::vector<Shard> shards;
};

/// `not_found` when there is no lab in `folder`, `corrupt` when its file cannot be understood.
Result<State> read_state(const std::filesystem::path& folder);
Result<> write_state(const std::filesystem::path& folder, const State& state);

/// The words used on the command line and in lab.json; an unknown one is a `usage` error.
const char* name_of(ServerKind kind);
const char* name_of(Scale scale);
const char* name_of(Transport transport);
Result<ServerKind> server_kind_named(std::string_view name);
Result<Scale> scale_named(std::string_view name);
Result<Transport> transport_named(std::string_view name);

}  // namespace suikei::lab
