// suikei status: what is current, what is not, and why; from the ledger alone.
#include "cli/status.h"

#include <memory>

#include "base/text.h"
#include "base/time.h"
#include "cli/cli.h"
#include "generate/generate.h"

namespace suikei::cli {
namespace {

struct Flags {
  std::string source, table, tenant;
  std::string drift;
  bool failed = false, unmatched = false, json = false, wants_drift = false;
};

Result<StatusAnswer> answer(const Flags& flags, ledger::Ledger& ledger, const std::string& source) {
  if (flags.wants_drift) return status_drift(ledger, source, flags.drift);
  if (flags.unmatched) return status_unmatched(ledger, source);
  if (flags.failed) return status_failed(ledger, source);
  if (!flags.table.empty() || !flags.tenant.empty())
    return status_tables(ledger, source, flags.table, flags.tenant);
  return status_overview(ledger, source);
}

/// What became of the lake: the last build, and columns that nobody lets into the warehouse.
Result<> add_warehouse(ledger::Ledger& ledger, const config::Project& project, const config::Source& source,
                       StatusAnswer& said) {
  std::string lines;
  if (std::optional<ledger::BuildRecord> build = TRY(ledger.last_build())) {
    auto count = [&](const char* key) {
      return build->report.is_object() ? build->report.value(key, int64_t{0}) : 0;
    };
    int64_t bad = count("nodes_failed") + count("nodes_error") + count("nodes_skipped");
    double seconds = static_cast<double>(now_us() - build->started_us) / 1e6;
    lines += fmt::format("last build is {}, {} ago: {} ok, {} not{}\n", build->status,
                         short_duration(seconds), with_commas(count("nodes_ok") + count("nodes_warn")),
                         with_commas(bad), bad > 0 ? " → suikei build --retry" : "");
    said.json["build"] = {{"run_id", build->run_id}, {"status", build->status}, {"nodes_not_ok", bad}};
  }
  Result<generate::Undecideds> undecided = generate::undecided_columns(project.folder, source.name);
  if (!undecided.ok() && undecided.error().kind != ErrorKind::not_found) return undecided.error();
  size_t count = undecided.ok() ? undecided.value().size() : 0;
  if (undecided.ok()) said.json["columns_undecided"] = count;
  if (count > 0) {
    lines += fmt::format("{} undecided, withheld from the warehouse → suikei generate --plan\n",
                         counted(static_cast<int64_t>(count), "column"));
  }
  // The next step stays the last line.
  size_t next = said.text.rfind("\nnext: ");
  said.text.insert(next == std::string::npos ? said.text.size() : next + 1, lines);
  return ok();
}

Result<int> run_status(const Flags& flags, const Global& global) {
  config::Project project = TRY(open_project(global));
  const config::Source* source = TRY(project.find_source(flags.source));
  ledger::Ledger ledger = TRY(ledger::Ledger::open_read_only(project.ledger()));
  StatusAnswer said = TRY(answer(flags, ledger, source->name));
  bool overview =
      !flags.wants_drift && !flags.unmatched && !flags.failed && flags.table.empty() && flags.tenant.empty();
  if (overview) TRY(add_warehouse(ledger, project, *source, said));
  // Names come from the source and may hold anything.
  std::string json = said.json.dump(2, ' ', false, Json::error_handler_t::replace);
  fmt::print("{}", flags.json ? json + "\n" : said.text);
  return exit_done;
}

}  // namespace

void add_status(CLI::App& app, Action& action) {
  auto flags = std::make_shared<Flags>();
  CLI::App* command = app.add_subcommand("status", "what is current, what is not, and why");
  command->footer(
      "  suikei status                                the whole of it\n"
      "  suikei status --table orders --tenant 00042  down to one table and what happened to it");
  command->add_option("source", flags->source, "the source (may be left out where there is only one)");
  command->add_option("--table", flags->table, "physical tables of this logical table")->type_name("NAME");
  command->add_option("--tenant", flags->tenant, "physical tables of this tenant")->type_name("NAME");
  command->add_flag("--failed", flags->failed, "every table that is not current, with its reason and remedy");
  CLI::Option* drift =
      command->add_option("--drift", flags->drift, "columns in which tables of this logical table differ");
  drift->type_name("TABLE")->expected(0, 1);
  command->add_flag("--unmatched", flags->unmatched, "tables that no rule matches");
  command->add_flag("--json", flags->json, "the same as JSON");
  command->callback([&action, flags, drift] {
    flags->wants_drift = drift->count() > 0;
    action = [flags](const Global& global) {
      Result<int> done = run_status(*flags, global);
      return done.ok() ? done.value() : fail(global, done.error());
    };
  });
}

}  // namespace suikei::cli
