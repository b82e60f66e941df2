// suikei lab up | down | status | age: throw-away shards to try, test and measure with.
#include "lab/lab.h"

#include <iostream>
#include <memory>

#include "base/json.h"
#include "base/text.h"
#include "cli/command.h"

namespace suikei::cli {
namespace {

struct Options {
  lab::UpOptions up;
  std::string dir = "lab", project, server, rows, transport;
  bool uniform = false, remove = false, json = false;
};
using Shared = std::shared_ptr<Options>;

int fail(const Error& error) {
  std::cerr << "error: " << error.message << "\n";
  if (!error.hint.empty()) std::cerr << "  → " << error.hint << "\n";
  switch (error.kind) {
    case ErrorKind::usage:
    case ErrorKind::config:
    case ErrorKind::not_found:
      return 2;
    case ErrorKind::unavailable:
      return 3;
    default:
      return 1;
  }
}

lab::Tell teller(const Global& global) {
  if (global.quiet) return nullptr;
  return [](std::string_view line) { std::cerr << line << std::endl; };
}

Result<> read_words(Options& options) {
  if (!options.server.empty()) options.up.server = TRY(lab::server_kind_named(options.server));
  if (!options.rows.empty()) options.up.rows = TRY(lab::scale_named(options.rows));
  if (!options.transport.empty()) options.up.transport = TRY(lab::transport_named(options.transport));
  if (options.uniform) options.up.drift = lab::Drift::uniform;
  options.up.folder = options.dir;
  options.up.project = options.project;
  return ok();
}

void print_shard(const lab::Shard& shard, std::string_view standing) {
  std::cout << fmt::format("{}  {:8}  port {:5}  pid {:7}  {:>7} tenants  {:>9} tables  {:>11} rows\n",
                           shard.name, standing, shard.port, shard.pid, with_commas(shard.tenants),
                           with_commas(shard.tables), with_commas(shard.rows));
}

int run_up(Options& options, const Global& global) {
  if (Result<> read = read_words(options); !read.ok()) return fail(read.error());
  options.up.tell = teller(global);
  Result<lab::UpReport> made = lab::up(options.up);
  if (!made.ok()) return fail(made.error());
  if (global.quiet) return 0;
  const lab::UpReport& report = made.value();
  for (const lab::Shard& shard : report.state.shards) print_shard(shard, "running");
  std::string project = report.state.project.string();
  if (report.tenants_filled > 0) {
    std::cout << fmt::format("\nfilled {} in {}", counted(report.tenants_filled, "tenant"),
                             short_duration(report.seconds));
  } else {
    std::cout << fmt::format("\nthe data was there; started {}", counted(report.servers_started, "server"));
  }
  std::cout << fmt::format("   ({}, seed {}, day {})\n", name_of(report.state.server), report.state.seed,
                           report.state.day);
  if (report.project_file == lab::ProjectFile::left_alone) {
    std::cout << fmt::format("{}/suikei.yaml is not ours and was left alone\n", project);
  }
  std::cout << fmt::format("next: suikei collect --project {}\n      suikei lab age --dir {}\n", project,
                           options.dir);
  return 0;
}

int run_down(const Options& options, const Global& global) {
  Result<lab::DownReport> done =
      lab::down(options.dir, options.remove ? lab::Remains::remove : lab::Remains::keep);
  if (!done.ok()) return fail(done.error());
  if (global.quiet) return 0;
  std::cout << fmt::format("stopped {}", counted(done.value().servers_stopped, "server"));
  std::cout << (done.value().removed
                    ? fmt::format(", removed {}\n", options.dir)
                    : fmt::format("\nnext: suikei lab up --dir {}   starts them again\n", options.dir));
  return 0;
}

Json to_json(const lab::Status& status) {
  const lab::State& state = status.state;
  Json json{{"server", name_of(state.server)},
            {"seed", state.seed},
            {"day", state.day},
            {"rows", name_of(state.rows)},
            {"tables_per_tenant", state.tables},
            {"project", state.project.string()},
            {"shards", Json::array()}};
  for (const lab::ShardStatus& entry : status.shards) {
    const lab::Shard& shard = entry.shard;
    json["shards"].push_back({{"name", shard.name},
                              {"running", entry.running},
                              {"filled", shard.filled},
                              {"pid", shard.pid},
                              {"port", shard.port},
                              {"socket", shard.socket.string()},
                              {"tenants", shard.tenants},
                              {"tables", shard.tables},
                              {"rows", shard.rows}});
  }
  return json;
}

int run_status(const Options& options) {
  Result<lab::Status> found = lab::status(options.dir);
  if (!found.ok()) return fail(found.error());
  const lab::Status& status = found.value();
  if (options.json) {
    std::cout << to_json(status).dump(2) << "\n";
    return 0;
  }
  bool all_run = true;
  for (const lab::ShardStatus& entry : status.shards) {
    print_shard(entry.shard, !entry.running ? "stopped" : entry.shard.filled ? "running" : "filling");
    all_run &= entry.running && entry.shard.filled;
  }
  std::cout << fmt::format("\nday {}, {}, seed {}\n", status.state.day, name_of(status.state.server),
                           status.state.seed);
  if (!all_run) std::cout << fmt::format("next: suikei lab up --dir {}\n", options.dir);
  return 0;
}

std::string listed(const std::vector<int>& tenants) {
  std::vector<std::string> names;
  for (int tenant : tenants) {
    if (names.size() == 3) {
      names.push_back("…");
      break;
    }
    names.push_back(lab::database_of(tenant));
  }
  return fmt::format("{:>4}  {}", tenants.size(), join(names, ", "));
}

int run_age(const Options& options, const Global& global) {
  Result<lab::AgeReport> aged = lab::age(options.dir, teller(global));
  if (!aged.ok()) return fail(aged.error());
  if (global.quiet) return 0;
  const lab::AgeReport& report = aged.value();
  std::cout << fmt::format("day {} has passed in {}\n", report.day, short_duration(report.seconds));
  if (!report.change.empty())
    std::cout << fmt::format("  altered   {:>4}  {}\n", report.tenants_altered, report.change);
  std::cout << fmt::format("  changed   {:>4}  {}\n", report.tenants_changed,
                           fmt::format("tenants, {} of theirs", counted(report.tables_changed, "table")));
  std::cout << "  new       " << listed(report.tenants_new) << "\n  vanished  "
            << listed(report.tenants_vanished) << "\n";
  std::cout << "next: suikei collect\n";
  return 0;
}

void add_up(CLI::App& lab, Action& action, const Shared& options) {
  CLI::App* up = lab.add_subcommand("up", "make, fill and start a lab; or start the one that is there");
  up->add_option("--shards", options->up.shards, "database servers (2)");
  up->add_option("--tenants", options->up.tenants, "tenants, spread over the shards (40)");
  up->add_option("--tables,--kinds", options->up.tables,
                 "tables per tenant (14); the first 12 are real kinds");
  up->add_option("--server", options->server, "mariadb or mysql8 (mariadb)");
  up->add_option("--rows", options->rows, "tiny, small, big or bench (small)");
  up->add_option("--seed", options->up.seed, "the same seed makes the same rows (1)");
  up->add_option("--transport", options->transport,
                 "how the project file reaches the shards: tcp or socket (tcp)");
  up->add_flag("--uniform", options->uniform, "no drift, no oddities: every tenant alike");
  up->add_option("--mysqld-option", options->up.server_options, "passed on to the servers; may be repeated");
  up->add_option("--project-dir", options->project, "folder of suikei.yaml (the one above --dir)");
  up->callback(
      [&action, options] { action = [options](const Global& global) { return run_up(*options, global); }; });
}

}  // namespace

void add_lab(CLI::App& app, Action& action) {
  CLI::App* lab = app.add_subcommand("lab", "throw-away database shards to try, test and measure with");
  lab->require_subcommand(1);
  auto options = std::make_shared<Options>();
  add_up(*lab, action, options);
  CLI::App* down = lab->add_subcommand("down", "stop the servers of a lab");
  down->add_flag("--remove", options->remove, "and remove its folder");
  down->callback([&action, options] {
    action = [options](const Global& global) { return run_down(*options, global); };
  });
  CLI::App* status = lab->add_subcommand("status", "what runs, and how much is in it");
  status->add_flag("--json", options->json, "as JSON");
  status->callback(
      [&action, options] { action = [options](const Global&) { return run_status(*options); }; });
  CLI::App* age =
      lab->add_subcommand("age", "let a day pass: rows change, tenants come and go, a table is altered");
  age->callback(
      [&action, options] { action = [options](const Global& global) { return run_age(*options, global); }; });
  for (CLI::App* command : lab->get_subcommands({}))
    command->add_option("--dir", options->dir, "folder of the lab (lab)");
}

}  // namespace suikei::cli
