// suikei generate: metadata and rules become SQL for every table.
#include "generate/generate.h"

#include <memory>

#include "base/text.h"
#include "cli/cli.h"

namespace suikei::cli {
namespace {

struct Flags {
  std::string dialect = "duckdb";
  bool plan = false, check = false, prune = false, json = false;
};

Result<int> run_generate(const Flags& flags, const Global& global) {
  if (flags.prune && (flags.plan || flags.check))
    return Error{ErrorKind::usage, "--prune removes files, --plan and --check change nothing",
                 "leave one out"};
  config::Project project = TRY(open_project(global));
  generate::Plan plan = TRY(generate::plan(project, flags.dialect));
  bool writes = !flags.plan && !flags.check;
  if (writes) TRY(generate::apply(project, plan, flags.prune));
  if (flags.json) {
    fmt::print("{}\n", generate::to_json(plan).dump(2, ' ', false, Json::error_handler_t::replace));
  } else if (!global.quiet || (flags.check && generate::is_stale(plan))) {
    fmt::print("{}", generate::render_plan(plan, flags.plan, writes, writes && flags.prune));
    if (flags.plan) fmt::print("next: suikei generate\n");
    if (writes) fmt::print("next: suikei build\n");
  }
  return flags.check && generate::is_stale(plan) ? exit_incomplete : exit_done;
}

}  // namespace

void add_generate(CLI::App& app, Action& action) {
  auto flags = std::make_shared<Flags>();
  CLI::App* command = app.add_subcommand("generate", "write the SQL of every table from metadata and rules");
  command->footer(
      "  suikei generate --plan   what would change, line by line\n"
      "  suikei generate          writes it; files that people edited are left alone\n"
      "  suikei generate --check  for CI: exit code 1 when the files are not what the rules say");
  command->add_option("--dialect", flags->dialect, "SQL of this lake: duckdb or bigquery (duckdb)")
      ->type_name("NAME");
  command->add_flag("--plan", flags->plan, "show what would change, write nothing");
  command->add_flag("--check", flags->check, "exit code 1 when anything would change, write nothing");
  command->add_flag("--prune", flags->prune, "remove generated files that no table wants any more");
  command->add_flag("--json", flags->json, "the plan as JSON");
  command->callback([&action, flags] {
    action = [flags](const Global& global) {
      Result<int> done = run_generate(*flags, global);
      return done.ok() ? done.value() : fail(global, done.error());
    };
  });
}

}  // namespace suikei::cli
