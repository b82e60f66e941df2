// suikei init: looks at a server, proposes rules from its real names, writes suikei.yaml.
#include <algorithm>
#include <filesystem>
#include <memory>

#include "base/text.h"
#include "cli/answer.h"
#include "cli/cli.h"
#include "cli/propose.h"
#include "io/files.h"
#include "sources/source.h"

namespace suikei::cli {
namespace {

namespace fs = std::filesystem;

struct Flags {
  config::Shard shard;
  std::string name, source = "main", kind, timezone = "UTC", datetime_zone, server_timezone;
  std::string password_env, password_file, password_command;
  bool force = false;
};

/// A YAML scalar that means the text itself.
std::string yaml_quoted(const std::string& text) {
  std::string quoted = "'";
  for (char c : text) quoted += c == '\'' ? "''" : std::string(1, c);
  return quoted + "'";
}

Result<> read_password(const Flags& flags, config::Shard& shard) {
  int given = !flags.password_env.empty() + !flags.password_file.empty() + !flags.password_command.empty();
  if (given > 1) {
    return Error{ErrorKind::usage, "the password is said to come from several places",
                 "keep one of --password-env, --password-file and --password-command"};
  }
  std::error_code problem;
  shard.password.env = flags.password_env;
  if (!flags.password_file.empty()) shard.password.file = fs::absolute(flags.password_file, problem);
  shard.password.command = flags.password_command;
  return ok();
}

/// Tries the zones that the server may run in, most likely first. A wrong password is tried twice at most.
Result<sources::ShardFacts> look_at(const Flags& flags, config::Source& source,
                                    std::unique_ptr<sources::Shard>& shard) {
  std::vector<std::string> zones = {flags.server_timezone};
  if (flags.server_timezone.empty()) {
    zones = {flags.datetime_zone.empty() ? flags.timezone : flags.datetime_zone};
    if (zones[0] != "UTC") zones.push_back("UTC");
  }
  std::optional<Error> first;
  for (const std::string& zone : zones) {
    source.datetime_zone = flags.datetime_zone.empty() ? zone : flags.datetime_zone;
    source.server_timezone = zone == source.datetime_zone ? "" : zone;
    shard = TRY(sources::make_shard(source, source.shards[0]));
    Result<sources::ShardFacts> facts = shard->check();
    if (facts.ok()) return facts;
    if (!first) first = facts.error();
    if (facts.error().kind != ErrorKind::config) break;
  }
  // The project file that the hint speaks of does not exist yet.
  if (first->hint.find("server_timezone") != std::string::npos) {
    first->hint =
        "say --datetime-zone (what DATETIME columns mean) or --server-timezone as the clock really runs";
  }
  return *first;
}

std::string password_keys(const config::Shard& shard, const fs::path& folder) {
  if (!shard.password.env.empty()) return ", password_env: " + yaml_quoted(shard.password.env);
  if (!shard.password.command.empty()) return ", password_command: " + yaml_quoted(shard.password.command);
  if (shard.password.file.empty()) return "";
  // Inside the project the path is relative, so that the folder may be moved.
  fs::path relative = shard.password.file.lexically_relative(folder);
  bool inside = !relative.empty() && *relative.begin() != "..";
  return ", password_file: " + yaml_quoted((inside ? relative : shard.password.file).string());
}

std::string project_text(const Flags& flags, const config::Source& source, const fs::path& folder) {
  const config::Shard& shard = source.shards[0];
  std::string name = flags.name.empty() ? folder.filename().string() : flags.name;
  std::string text =
      fmt::format("project: {}\ntimezone: {}\n", yaml_quoted(name), yaml_quoted(flags.timezone));
  text += fmt::format("lake: {{kind: {}, catalog: lake.sqlite, data: data/, keep: 7d}}\n",
                      lakes::lake_kinds().front());
  text += fmt::format("sources:\n  {}:{}# rows land in dataset lake_{}\n    kind: {}\n", source.name,
                      std::string(30, ' '), source.name, source.kind);
  text += fmt::format("    datetime_zone: {}\n", yaml_quoted(source.datetime_zone));
  if (!source.server_timezone.empty()) {
    text += fmt::format("    server_timezone: {}\n", yaml_quoted(source.server_timezone));
  }
  std::string place = shard.socket.empty()
                          ? fmt::format("host: {}, port: {}", yaml_quoted(shard.host), shard.port)
                          : "socket: " + yaml_quoted(shard.socket);
  text += fmt::format("    connections: 2\n    shards:\n      - {{name: {}, {}, user: {}{}}}\n    tables:\n",
                      yaml_quoted(shard.name), place, yaml_quoted(shard.user), password_keys(shard, folder));
  for (const config::TableRule& rule : source.tables) {
    text += fmt::format("      - {{database: {}, table: {}{}}}\n", yaml_quoted(rule.database),
                        yaml_quoted(rule.table), rule.skip ? ", skip: true" : "");
  }
  return text;
}

void tell(const config::Source& source, const sources::ShardFacts& facts,
          const std::vector<NamedTable>& tables, const Yield& yield) {
  const config::Shard& shard = source.shards[0];
  std::string place = shard.socket.empty() ? fmt::format("{}:{}", shard.host, shard.port) : shard.socket;
  fmt::print("{}  {}, {}, clock at {}, {}, {:.1f} ms\n", place, facts.version, facts.character_set,
             facts.zone, facts.cipher.empty() ? "no TLS" : facts.cipher, facts.round_trip_ms);
  fmt::print("  {} listed; proposed rules:\n", counted(static_cast<int64_t>(tables.size()), "table"));
  std::vector<std::vector<std::string>> lines;
  for (size_t i = 0; i < source.tables.size(); ++i) {
    const RuleYield& rule = yield.rules[i];
    lines.push_back({"  ", source.tables[i].database, source.tables[i].table,
                     with_commas(rule.tables) + " tables", with_commas(rule.tenants) + " tenants",
                     with_commas(rule.logicals) + " logical", rule.example});
  }
  fmt::print("{}", align(lines, {false, false, false, true, true, true}));
  if (yield.unmatched) fmt::print("  {} match no rule\n", counted(yield.unmatched, "table"));
  fmt::print(
      "DATETIME columns are taken as wall clocks of {}; change `datetime_zone` if the application means "
      "another zone\n",
      source.datetime_zone);
}

Result<int> run_init(const Flags& flags, const Global& global) {
  std::error_code problem;
  fs::path folder =
      fs::absolute(global.project_dir.empty() ? "." : global.project_dir, problem).lexically_normal();
  if (!folder.has_filename()) folder = folder.parent_path();
  fs::path file = folder / "suikei.yaml";
  if (fs::exists(file, problem) && !flags.force) {
    return Error{ErrorKind::usage, fmt::format("{} is there already", file.string()),
                 "--force writes it anew"};
  }
  config::Source source;
  source.name = flags.source;
  source.kind = flags.kind.empty() ? sources::source_kinds().front() : flags.kind;
  source.shards = {flags.shard};
  TRY(read_password(flags, source.shards[0]));
  if (!source.shards[0].socket.empty())
    source.shards[0].socket = fs::absolute(source.shards[0].socket, problem);
  std::unique_ptr<sources::Shard> shard;
  sources::ShardFacts facts = TRY(look_at(flags, source, shard));
  std::vector<sources::ListedTable> listed = TRY(shard->list());
  std::vector<NamedTable> tables;
  for (const sources::ListedTable& table : listed) tables.push_back({table.database, table.table});
  if (tables.empty()) {
    return Error{ErrorKind::not_found, fmt::format("`{}` sees no table there", source.shards[0].user),
                 "grant it SELECT on the databases to collect"};
  }
  source.tables = propose_rules(tables);
  Yield yield = TRY(try_rules(source.tables, tables));
  std::string text = project_text(flags, source, folder);
  // What is written must be what collect can read.
  TRY(config::parse_project(text, folder));
  TRY(io::make_folders(folder));
  TRY(io::write_file_atomically(file, text));
  if (global.quiet) return exit_done;
  tell(source, facts, tables, yield);
  fmt::print("wrote {}\nnext: add the other shards to it, then suikei doctor\n", file.string());
  return exit_done;
}

}  // namespace

void add_init(CLI::App& app, Action& action) {
  auto flags = std::make_shared<Flags>();
  flags->shard.name = "s01";
  CLI::App* command = app.add_subcommand("init", "look at a server and write a project file for it");
  command->footer(
      "  suikei init --host db1 --user reader --password-env DB_PASSWORD --timezone Asia/Tokyo\n"
      "  suikei init --project shop --socket /run/db.sock --user reader --password-file secret");
  command->add_option("--host", flags->shard.host, "name or address of the server (127.0.0.1)")
      ->type_name("HOST");
  command->add_option("--port", flags->shard.port, "its port (3306)")
      ->type_name("PORT")
      ->check(CLI::Range(1, 65535));
  command->add_option("--socket", flags->shard.socket, "its Unix socket, instead of host and port")
      ->type_name("FILE");
  command->add_option("--user", flags->shard.user, "whom to connect as")->type_name("NAME")->required();
  command->add_option("--password-env", flags->password_env, "environment variable with the password")
      ->type_name("NAME");
  command->add_option("--password-file", flags->password_file, "file with the password")->type_name("FILE");
  command->add_option("--password-command", flags->password_command, "command that prints the password")
      ->type_name("COMMAND");
  command->add_option("--timezone", flags->timezone, "zone of the business date (UTC)")->type_name("ZONE");
  command
      ->add_option("--datetime-zone", flags->datetime_zone,
                   "what DATETIME columns mean (the server's own zone)")
      ->type_name("ZONE");
  command->add_option("--server-timezone", flags->server_timezone, "zone of the server's clock")
      ->type_name("ZONE");
  command->add_option("--name", flags->name, "name of the project (the folder's)")->type_name("NAME");
  command->add_option("--source", flags->source, "name of the source (main)")->type_name("NAME");
  command->add_option("--shard", flags->shard.name, "name of the shard (s01)")->type_name("NAME");
  command->add_option("--kind", flags->kind, "kind of the source")->type_name("KIND");
  command->add_flag("--force", flags->force, "write over a suikei.yaml that is there");
  command->callback([&action, flags] {
    action = [flags](const Global& global) {
      Result<int> done = run_init(*flags, global);
      return done.ok() ? done.value() : fail(global, done.error());
    };
  });
}

}  // namespace suikei::cli
