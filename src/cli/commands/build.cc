// suikei build: models run on the lake, tests beside them.
#include "build/build.h"

#include <unistd.h>

#include <memory>

#include "base/text.h"
#include "cli/cli.h"
#include "cli/interrupt.h"
#include "cli/terminal.h"

namespace suikei::cli {
namespace {

struct Flags {
  build::Options build;
  std::string vars;
  bool plan = false, json = false;
};

Result<int> show_plan(const Flags& flags, const config::Project& project) {
  std::vector<build::Planned> planned = TRY(build::plan_build(project, flags.build));
  if (flags.json) {
    Json nodes = Json::array();
    for (const build::Planned& node : planned) {
      nodes.push_back({{"id", node.id},
                       {"materialized", node.materialized},
                       {"relation", node.where},
                       {"needs", node.needs}});
    }
    fmt::print("{}\n", nodes.dump(2));
    return exit_done;
  }
  for (const build::Planned& node : planned)
    fmt::print("{:<12} {:<40} {}\n", node.materialized, node.id, node.where);
  fmt::print("{}\nnext: suikei build\n", counted(static_cast<int64_t>(planned.size()), "node"));
  return exit_done;
}

Result<int> run_build(Flags& flags, const Global& global) {
  config::Project project = TRY(open_project(global));
  if (!flags.vars.empty()) {
    flags.build.vars.vars = TRY(config::parse_yaml(flags.vars, "--vars"));
    if (!flags.build.vars.vars.is_object())
      return Error{ErrorKind::usage, "--vars is no mapping", "write: --vars '{day: 2026-01-31}'"};
  }
  if (flags.plan) return show_plan(flags, project);
  flags.build.cancel = watch_for_interrupt();
  bool tells = !global.quiet && !flags.json;
  flags.build.tell = [&](const build::NodeResult& node, size_t done, size_t total) {
    if (!tells) return;
    std::string rows = node.rows < 0 || node.kind == "test" ? "" : ", " + counted(node.rows, "row");
    fmt::print(stderr, "{:>4}/{} {:<7} {} {}{} ({})\n", done, total, build::name_of(node.status), node.kind,
               node.where.empty() ? node.name : node.where, rows, short_duration(node.seconds));
  };
  build::Report report = TRY(build::build(project, flags.build));
  if (flags.json) {
    fmt::print("{}\n", build::to_json(report).dump(-1, ' ', false, Json::error_handler_t::replace));
  } else if (!global.quiet || report.exit_code() != exit_done) {
    fmt::print("{}", build::summary(report));
  }
  return report.exit_code();
}

}  // namespace

void add_build(CLI::App& app, Action& action) {
  auto flags = std::make_shared<Flags>();
  CLI::App* command = app.add_subcommand("build", "run models, snapshots, seeds and tests on the lake");
  command->footer(
      "  suikei build                         everything\n"
      "  suikei build +role_sales_orders      one model and what it needs\n"
      "  suikei build schema:cleansing tag:x  by dataset, tag, path:, source:, resource_type:\n"
      "  suikei build --retry                 what the last build did not finish");
  command->add_option("selection", flags->build.select,
                      "names, or methods as in the examples; + adds around it");
  command->add_option("--exclude", flags->build.exclude, "leaves these out")->type_name("SELECTION");
  command->add_flag("--plan", flags->plan, "show the nodes in their order, run nothing");
  command->add_flag("--full-refresh", flags->build.full_refresh, "make incremental models anew");
  command->add_flag("--fail-fast", flags->build.fail_fast, "stop at the first failure");
  command->add_flag("--freeze-violations", flags->build.freeze,
                    "write what breaks the layers' law now to layers_baseline.csv, build nothing");
  command->add_flag("--retry", flags->build.retry, "only what the last build did not finish");
  command->add_option("--threads", flags->build.threads, "nodes at once (2)")
      ->type_name("N")
      ->check(CLI::Range(1, 64));
  command->add_option("--vars", flags->vars, "variables for var(), as YAML")->type_name("YAML");
  command->add_flag("--json", flags->json, "one object at the end");
  command->callback([&action, flags] {
    action = [flags](const Global& global) {
      Result<int> done = run_build(*flags, global);
      return done.ok() ? done.value() : fail(global, done.error());
    };
  });
}

}  // namespace suikei::cli
