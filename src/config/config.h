// config.h — the project file, read once into typed options.
// Holds:  every path in it is absolute after loading; an unknown key is an error that names its line and the
//         nearest known one; secrets are not read until somebody asks, and are never printed.
// See:    docs/reference/project.md (generated from the options' own documentation)
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "config/rules.h"

namespace suikei::config {

/// Where a secret comes from; exactly one is set, or none for "no secret".
struct Secret {
  std::string env;             ///< password_env
  std::filesystem::path file;  ///< password_file, first line
  std::string command;         ///< password_command, its standard output's first line, run by /bin/sh
  /// Fetches it; "" when no source of a secret is set. `config` when the variable, file or program is
  /// missing, `denied` when the file may not be read, `unavailable` when the command fails.
  Result<std::string> resolve() const;
  bool empty() const { return env.empty() && file.empty() && command.empty(); }
};

enum class Tls {
  off,
  preferred,  ///< encrypted where the server offers it
  required,   ///< encrypted or not at all
  verify,     ///< encrypted and the server's certificate checked against ssl_ca or the system's
};

struct Shard {
  std::string name;
  std::string host = "127.0.0.1";
  int port = 3306;
  std::string socket;  ///< instead of host and port; absolute
  std::string user;
  Secret password;
  Tls tls = Tls::preferred;
  std::filesystem::path ssl_ca;
};

struct Source {
  std::string name;                   ///< rows land in dataset lake_<name>
  std::string kind;                   ///< a kind of source.h
  std::string datetime_zone = "UTC";  ///< what wall clocks in DATETIME columns mean: IANA name or "+09:00"
  std::string server_timezone;        ///< zone the servers must run in; empty: the offset of datetime_zone
  int connections = 2;                ///< per shard
  double tables_per_second_max = 0;   ///< per shard, 0: no limit
  int64_t vanish_limit = 0;           ///< so many vanished tables per shard are removed without being asked
  double timeout_seconds = 60;        ///< longest silence of a server before the link counts as stalled
  std::vector<Shard> shards;
  std::vector<TableRule> tables;
};

struct Lake {
  std::string kind;               ///< empty: the first of lakes::lake_kinds()
  std::filesystem::path catalog;  ///< default lake.sqlite
  std::filesystem::path data;     ///< default data/
  double keep_days = 7;
};

/// Datasets of one kind, and who may read whom.
struct Layer {
  std::string name;
  std::vector<std::string> datasets;  ///< names, `*` stands for any text
  std::vector<std::string> reads;  ///< layers whose datasets its models may read; its own name allows itself
  bool secrets = false;            ///< whether unmasked secret columns may arrive here
};

struct Project {
  std::filesystem::path folder;
  std::string name;
  std::string timezone = "UTC";
  Lake lake;
  std::vector<Source> sources;
  Secret masking_key;         ///< of the masks hmac and fpe
  std::vector<Layer> layers;  ///< in the order of the flow; the standard ones when the file names none

  std::filesystem::path file() const { return folder / "suikei.yaml"; }
  std::filesystem::path ledger() const { return folder / "ledger.sqlite"; }
  std::filesystem::path staging() const { return folder / "staging"; }
  /// The source with that name; an empty name means the only one. `usage` with the known names otherwise.
  Result<const Source*> find_source(const std::string& name) const;
};

/// The folder to work in: `given` when not empty, else the nearest one upwards from the working folder that
/// has a suikei.yaml. `usage` when there is none.
Result<std::filesystem::path> find_project(const std::string& given);
/// Reads and checks <folder>/suikei.yaml. `config` errors read "suikei.yaml:12: …".
Result<Project> load_project(const std::filesystem::path& folder);
/// The same for a text that is not in a file (yet); paths in it are relative to `folder`.
Result<Project> parse_project(const std::string& yaml, const std::filesystem::path& folder);

/// "7d", "26h", "30m", "90s", "2w" in seconds; a bare number only when `bare_unit_seconds` says what it
/// counts.
Result<double> duration_seconds(std::string_view text, double bare_unit_seconds = 0);

/// The layers of a project that does not name its own.
std::vector<Layer> standard_layers();

/// Any YAML text as JSON; plain scalars become numbers, booleans and null as YAML 1.2 reads them, quoted ones
/// stay text. `config` errors read "<name>:12: …".
Result<Json> parse_yaml(const std::string& text, const std::string& name);

/// The page docs/reference/project.md: every option of the project file, from the table that reads it.
std::string reference_page();

}  // namespace suikei::config
