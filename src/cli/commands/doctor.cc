// suikei doctor: everything a collect needs, looked at before it is needed.
#include "cli/doctor.h"

#include <memory>

#include "base/text.h"
#include "cli/cli.h"

namespace suikei::cli {
namespace {

struct Flags {
  std::string source, freshness;
  bool json = false;
};

Result<int> run_doctor(const Flags& flags, const Global& global) {
  double seconds = 0;
  if (!flags.freshness.empty()) seconds = TRY(config::duration_seconds(flags.freshness));
  config::Project project = TRY(open_project(global));
  std::vector<Finding> findings;
  for (const config::Source& source : project.sources) {
    if (!flags.source.empty() && source.name != flags.source) continue;
    if (!flags.freshness.empty()) {
      findings.push_back(examine_freshness(project, source, seconds));
      continue;
    }
    for (const config::Shard& shard : source.shards) {
      std::vector<Finding> found = examine_shard(source, shard);
      findings.insert(findings.end(), found.begin(), found.end());
    }
    std::vector<Finding> found = examine_room(project, source);
    findings.insert(findings.end(), found.begin(), found.end());
  }
  if (!flags.source.empty()) TRY(project.find_source(flags.source));
  if (flags.freshness.empty()) {
    std::vector<Finding> found = examine_lake(project);
    findings.insert(findings.end(), found.begin(), found.end());
  }
  bool sick = any_bad(findings);
  if (flags.json) {
    fmt::print("{}\n", to_json(findings).dump(2, ' ', false, Json::error_handler_t::replace));
  } else if (!global.quiet || sick) {
    fmt::print("{}", render_findings(findings));
    if (!sick && flags.freshness.empty()) fmt::print("next: suikei collect\n");
  }
  return sick ? exit_incomplete : exit_done;
}

}  // namespace

void add_doctor(CLI::App& app, Action& action) {
  auto flags = std::make_shared<Flags>();
  CLI::App* command =
      app.add_subcommand("doctor", "check shards, rights, rules, disk and lake before a collect");
  command->footer(
      "  suikei doctor                  everything; exit code 1 when something is wrong\n"
      "  suikei doctor --freshness 26h  for a monitor: 1 when the newest good run is older");
  command->add_option("source", flags->source, "this source only");
  command
      ->add_option("--freshness", flags->freshness,
                   "ask the ledger alone whether the newest good run is younger than this")
      ->type_name("26h");
  command->add_flag("--json", flags->json, "the findings as JSON");
  command->callback([&action, flags] {
    action = [flags](const Global& global) {
      Result<int> done = run_doctor(*flags, global);
      return done.ok() ? done.value() : fail(global, done.error());
    };
  });
}

}  // namespace suikei::cli
