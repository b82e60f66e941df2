// suikei describe: what is known of the tables, as CSV for spreadsheets and git.
#include "generate/generate.h"

#include <memory>

#include "base/text.h"
#include "cli/cli.h"
#include "io/files.h"

namespace suikei::cli {
namespace {

struct Flags {
  std::string source;
  bool profile = false, from_source = false, suggest = false, json = false;
};

/// Writes only what differs: an untouched file keeps its time.
Result<bool> write_if_changed(const std::filesystem::path& path, const std::string& content) {
  Result<std::string> before = io::read_file(path);
  if (before.ok() && before.value() == content) return false;
  TRY(io::make_folders(path.parent_path()));
  TRY(io::write_file_atomically(path, content));
  return true;
}

Result<generate::Metadata> look(const Flags& flags, const config::Project& project,
                                const config::Source& source) {
  if (flags.from_source) return generate::describe_source(source);
  generate::Metadata before;
  Result<generate::Metadata> known = generate::read_metadata(project.folder, source.name);
  if (known.ok()) before = std::move(known).value();
  Result<ledger::Ledger> ledger = ledger::Ledger::open_read_only(project.ledger());
  if (!ledger.ok()) {
    Error error = ledger.error();
    if (error.kind == ErrorKind::not_found) error.hint = "suikei collect first, or describe --from-source";
    return error;
  }
  std::unique_ptr<lakes::Lake> lake = TRY(lakes::open_lake(lake_options(project), lakes::LakeAccess::read));
  generate::Metadata metadata = TRY(generate::describe(ledger.value(), *lake, source, before));
  if (flags.profile) TRY(generate::profile(*lake, metadata));
  return metadata;
}

/// Writes suggestions/*.csv; what they say is for people to agree with.
Result<generate::Suggestions> write_suggestions(const config::Project& project,
                                                const generate::Metadata& metadata) {
  std::vector<generate::Problem> problems;
  generate::Rules rules = TRY(generate::read_rules(project.folder, problems));
  // Rules that are wrong are told by `generate`; here they only decide less.
  generate::Merged merged = generate::merge({metadata}, rules, problems);
  std::unique_ptr<lakes::Lake> lake = TRY(lakes::open_lake(lake_options(project), lakes::LakeAccess::read));
  generate::Suggestions made = TRY(generate::suggest(*lake, merged));
  std::filesystem::path folder = project.folder / "suggestions";
  TRY(write_if_changed(folder / "decisions.csv", made.decisions));
  TRY(write_if_changed(folder / "input_masking.csv", made.masking));
  TRY(write_if_changed(folder / "input_casting.csv", made.casting));
  return made;
}

Result<int> run_describe(const Flags& flags, const Global& global) {
  config::Project project = TRY(open_project(global));
  const config::Source* source = TRY(project.find_source(flags.source));
  generate::Metadata metadata = TRY(look(flags, project, *source));
  std::filesystem::path folder = generate::metadata_folder(project.folder, source->name);
  Json files = Json::array();
  for (const auto& [name, content] :
       {std::pair<const char*, std::string>{"tables.csv", generate::tables_csv(metadata)},
        std::pair<const char*, std::string>{"columns.csv", generate::columns_csv(metadata)}}) {
    bool changed = TRY(write_if_changed(folder / name, content));
    std::string path = fmt::format("metadata/{}/{}", source->name, name);
    files.push_back({{"path", path}, {"changed", changed}});
    if (!flags.json && !global.quiet) fmt::print("{}  {}\n", path, changed ? "written" : "as before");
  }
  if (flags.suggest) {
    generate::Suggestions made = TRY(write_suggestions(project, metadata));
    if (!flags.json && !global.quiet) {
      fmt::print(
          "suggestions/  {} secret, {} open, {}; {} left to you → copy the lines you agree with into "
          "rules/\n",
          with_commas(made.secret), with_commas(made.open), counted(made.casts, "cast"),
          counted(made.silent, "column"));
    }
  }
  int64_t columns = 0, drifted = 0;
  for (const generate::TableInfo& table : metadata.tables) {
    columns += static_cast<int64_t>(table.columns.size());
    for (const generate::ColumnInfo& column : table.columns) drifted += !column.drift.empty();
  }
  if (flags.json) {
    Json answer = {{"source", source->name},
                   {"tables", metadata.tables.size()},
                   {"columns", columns},
                   {"columns_drifted", drifted},
                   {"files", files}};
    fmt::print("{}\n", answer.dump(2));
  } else if (!global.quiet) {
    fmt::print("{} with {}, {} drifted\nnext: suikei generate --plan\n",
               counted(static_cast<int64_t>(metadata.tables.size()), "table"), counted(columns, "column"),
               with_commas(drifted));
  }
  return exit_done;
}

}  // namespace

void add_describe(CLI::App& app, Action& action) {
  auto flags = std::make_shared<Flags>();
  CLI::App* command = app.add_subcommand("describe", "write what is known of tables and columns as CSV");
  command->footer(
      "  suikei describe                from the ledger and the lake, no row is read\n"
      "  suikei describe --profile      also share of NULLs and distinct values; reads the lake once\n"
      "  suikei describe --suggest      proposed rules in suggestions/, from names and sampled values\n"
      "  suikei describe --from-source  for a source that was never collected");
  command->add_option("source", flags->source, "the source (may be left out where there is only one)");
  CLI::Option* profile =
      command->add_flag("--profile", flags->profile, "count NULLs and distinct values in the lake");
  command->add_flag("--from-source", flags->from_source, "look at the shards instead of ledger and lake")
      ->excludes(profile);
  command->add_flag("--suggest", flags->suggest,
                    "propose decisions, masks and casts for undecided columns, with evidence");
  command->add_flag("--json", flags->json, "what was written, as JSON");
  command->callback([&action, flags] {
    action = [flags](const Global& global) {
      Result<int> done = run_describe(*flags, global);
      return done.ok() ? done.value() : fail(global, done.error());
    };
  });
}

}  // namespace suikei::cli
