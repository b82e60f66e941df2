// suikei lab up | down | status | age: throw-away shards to try, test and measure with.
#include "lab/lab.h"

#include <memory>

#include "base/text.h"
#include "cli/cli.h"

namespace suikei::cli {
namespace {

struct Flags {
  lab::UpOptions up;
  std::string dir = "lab", server, rows, transport;
  bool uniform = false, remove = false, json = false;
};

lab::Tell teller(const Global& global) {
  if (global.quiet) return nullptr;
  return [](std::string_view line) { fmt::print(stderr, "{}\n", line); };
}

Result<std::string> run_up(const Flags& flags, const Global& global) {
  lab::UpOptions options = flags.up;
  options.folder = flags.dir;
  options.tell = teller(global);
  if (!flags.server.empty()) options.server = TRY(lab::server_kind_named(flags.server));
  if (!flags.rows.empty()) options.rows = TRY(lab::scale_named(flags.rows));
  if (!flags.transport.empty()) options.transport = TRY(lab::transport_named(flags.transport));
  if (flags.uniform) options.drift = lab::Drift::uniform;
  lab::UpReport report = TRY(lab::up(options));
  return global.quiet ? "" : render(report, flags.dir);
}

Result<std::string> run_down(const Flags& flags, const Global& global) {
  lab::DownReport report =
      TRY(lab::down(flags.dir, flags.remove ? lab::Remains::remove : lab::Remains::keep));
  return global.quiet ? "" : render(report, flags.dir);
}

Result<std::string> run_status(const Flags& flags, const Global&) {
  lab::Status status = TRY(lab::status(flags.dir));
  return flags.json ? render_json(status) : render(status, flags.dir);
}

Result<std::string> run_age(const Flags& flags, const Global& global) {
  lab::AgeReport report = TRY(lab::age(flags.dir, teller(global)));
  return global.quiet ? "" : render(report);
}

using Run = Result<std::string> (*)(const Flags&, const Global&);

CLI::App* add(CLI::App& lab, Action& action, const std::shared_ptr<Flags>& flags, const char* name,
              const char* about, Run run) {
  CLI::App* command = lab.add_subcommand(name, about);
  command->add_option("--dir", flags->dir, "folder of the lab (lab)")->type_name("DIR");
  command->callback([&action, flags, run] {
    action = [flags, run](const Global& global) {
      Result<std::string> said = run(*flags, global);
      if (!said.ok()) return fail(global, said.error());
      fmt::print("{}", said.value());
      return exit_done;
    };
  });
  return command;
}

void add_up_options(CLI::App& up, Flags& flags) {
  up.footer(
      "  suikei lab up                                        2 shards, 40 tenants, 14 tables each\n"
      "  suikei lab up --shards 1 --tenants 2000 --tables 60 --rows bench   120,000 tables on one shard");
  up.add_option("--shards", flags.up.shards, "database servers (2)")->type_name("N");
  up.add_option("--tenants", flags.up.tenants, "tenants, spread over the shards (40)")->type_name("N");
  up.add_option("--tables,--kinds", flags.up.tables, "tables per tenant, 12 real kinds first (14)")
      ->type_name("N");
  up.add_option("--server", flags.server, "mariadb or mysql8 (mariadb)")->type_name("KIND");
  up.add_option("--rows", flags.rows, "tiny, small, big or bench (small)")->type_name("AMOUNT");
  up.add_option("--seed", flags.up.seed, "the same seed makes the same rows (1)")->type_name("N");
  up.add_option("--transport", flags.transport, "how suikei.yaml reaches the shards: tcp or socket (tcp)")
      ->type_name("WAY");
  up.add_flag("--uniform", flags.uniform, "no drift and no oddities: every tenant alike");
  up.add_option("--mysqld-option", flags.up.server_options, "for the servers; may be repeated")
      ->type_name("OPTION")
      ->expected(1)
      ->take_all();
  up.add_option("--project-dir", flags.up.project, "where suikei.yaml is written (beside the lab)")
      ->type_name("DIR");
}

}  // namespace

void add_lab(CLI::App& app, Action& action) {
  CLI::App* lab = app.add_subcommand("lab", "throw-away database shards to try, test and measure with");
  lab->footer("  suikei lab up && suikei collect\n  suikei lab age && suikei collect");
  lab->require_subcommand(1);
  auto flags = std::make_shared<Flags>();
  add_up_options(
      *add(*lab, action, flags, "up", "make, fill and start a lab, or start the one that is there", run_up),
      *flags);
  CLI::App* down = add(*lab, action, flags, "down", "stop the servers of a lab", run_down);
  down->add_flag("--remove", flags->remove, "and remove its folder");
  CLI::App* status = add(*lab, action, flags, "status", "what runs, and how much is in it", run_status);
  status->add_flag("--json", flags->json, "the same as JSON");
  add(*lab, action, flags, "age", "let a day pass: rows change, tenants come and go, a table is altered",
      run_age);
}

}  // namespace suikei::cli
