#include "generate/generate.h"

#include <algorithm>

#include "base/csv.h"
#include "base/text.h"
#include "io/files.h"

namespace suikei::generate {
namespace {

constexpr size_t shown_max = 10;  // names in a line; --json has them all

int64_t count_of(const Plan& plan, Change change) {
  return std::count_if(plan.changes.begin(), plan.changes.end(),
                       [&](const FileChange& file) { return file.change == change; });
}

std::string merged_path(const std::string& source) {
  return "metadata/" + source + "/merged.csv";
}

/// merged.csv is ours alone and carries no stamp: people open it in a spreadsheet.
Result<> add_merged(const config::Project& project, const Merged& merged, const std::string& source,
                    std::vector<FileChange>& changes) {
  FileChange change{merged_path(source), Change::added, "", merged_csv(merged, source)};
  std::error_code problem;
  if (std::filesystem::exists(project.folder / change.path, problem)) {
    change.before = TRY(io::read_file(project.folder / change.path));
    if (change.before == change.after) return ok();
    change.change = Change::changed;
  }
  changes.push_back(std::move(change));
  return ok();
}

std::string undecided_line(const Plan& plan) {
  std::string text = fmt::format("  {} undecided, withheld from the warehouse:",
                                 counted(static_cast<int64_t>(plan.undecided.size()), "column"));
  for (size_t i = 0; i < std::min(shown_max, plan.undecided.size()); ++i) {
    const Undecided& column = plan.undecided[i];
    text += fmt::format("{} {}.{}.{}", i == 0 ? "" : ",", column.source, column.table, column.column);
  }
  if (plan.undecided.size() > shown_max) text += ", …";
  return text + " → say open or secret in rules/decisions.csv\n";
}

}  // namespace

Result<Plan> plan(const config::Project& project, const std::string& dialect) {
  std::vector<Metadata> sources;
  std::optional<Error> missing;
  for (const config::Source& source : project.sources) {
    Result<Metadata> metadata = read_metadata(project.folder, source.name);
    if (metadata.ok()) {
      sources.push_back(std::move(metadata).value());
    } else if (metadata.error().kind == ErrorKind::not_found) {
      missing = metadata.error();
    } else {
      return metadata.error();
    }
  }
  if (sources.empty()) {
    return missing ? *missing : Error{ErrorKind::config, "the project has no source", "suikei init"};
  }
  std::vector<Problem> problems;
  Rules rules = TRY(read_rules(project.folder, problems));
  Plan plan;
  plan.merged = merge(sources, rules, problems);
  if (!problems.empty()) return as_error(problems);

  std::vector<Template> templates = TRY(find_templates(project.folder));
  Files files = TRY(render(plan.merged, templates, dialect));
  plan.files = files.size();
  plan.changes = TRY(compare(project.folder, files));
  for (const Metadata& source : sources) {
    TRY(add_merged(project, plan.merged, source.source, plan.changes));
  }
  std::error_code problem;
  for (const auto& [path, content] : starting_files()) {
    if (!std::filesystem::exists(project.folder / path, problem))
      plan.changes.push_back({path, Change::added, "", content});
  }
  for (const MergedTable& table : plan.merged.tables) {
    for (const MergedColumn& column : table.columns) {
      if (column.fate == Fate::undecided)
        plan.undecided.push_back({table.source, table.info.name, column.info.name});
    }
  }
  return plan;
}

Result<Undecideds> undecided_columns(const std::filesystem::path& project, const std::string& source) {
  std::filesystem::path path = project / merged_path(source);
  std::error_code problem;
  if (!std::filesystem::exists(path, problem))
    return Error{ErrorKind::not_found, "there is no " + merged_path(source), "suikei generate writes it"};
  std::string text = TRY(io::read_file(path));
  std::vector<CsvRow> rows = TRY(parse_csv(text).within(merged_path(source)));
  Undecideds undecided;
  for (const CsvRow& row : rows) {
    bool is = row.fields.size() > 4 && row.fields[4] == name_of(Fate::undecided);
    if (is) undecided.push_back({row.fields[0], row.fields[1], row.fields[2]});
  }
  return undecided;
}

Result<> apply(const config::Project& project, const Plan& plan, bool prune) {
  return write(project.folder, plan.changes, prune);
}

bool is_stale(const Plan& plan) {
  return count_of(plan, Change::added) + count_of(plan, Change::changed) + count_of(plan, Change::orphan) > 0;
}

std::string render_plan(const Plan& plan, bool detail, bool written, bool pruned) {
  std::string text;
  if (detail) {
    for (const FileChange& change : plan.changes) {
      text += fmt::format("{:<8} {}\n", name_of(change.change), change.path);
      if (change.change == Change::changed || change.change == Change::edited) text += difference(change);
    }
  }
  int64_t added = count_of(plan, Change::added), changed = count_of(plan, Change::changed);
  int64_t edited = count_of(plan, Change::edited), foreign = count_of(plan, Change::foreign);
  int64_t orphans = count_of(plan, Change::orphan);
  auto wanted =
      static_cast<int64_t>(std::count_if(plan.merged.tables.begin(), plan.merged.tables.end(),
                                         [](const MergedTable& table) { return table.is_wanted(); }));
  text += fmt::format(
      "{} {} of {}: {} new, {} changed, {} as before\n", written ? "generated" : "would generate",
      counted(static_cast<int64_t>(plan.files), "file"), counted(wanted, "table"), with_commas(added),
      with_commas(changed),
      with_commas(static_cast<int64_t>(plan.files) -
                  std::min<int64_t>(static_cast<int64_t>(plan.files), added + changed + edited + foreign)));
  if (edited > 0) {
    text += fmt::format(
        "  {} edited by hand, left alone → move the change into a rule or a template, remove the "
        "file, and generate again\n",
        counted(edited, "file"));
  }
  if (foreign > 0) {
    text += fmt::format("  {} in the way that nobody generated, left alone → rename or remove it\n",
                        counted(foreign, "file"));
  }
  if (orphans > 0) {
    text += pruned ? fmt::format("  {} removed that no table wants any more\n", counted(orphans, "file"))
                   : fmt::format("  {} that no table wants any more → suikei generate --prune\n",
                                 counted(orphans, "file"));
  }
  if (!plan.undecided.empty()) text += undecided_line(plan);
  return text;
}

Json to_json(const Plan& plan) {
  Json files = Json::array(), undecided = Json::array();
  for (const FileChange& change : plan.changes) {
    files.push_back({{"path", change.path}, {"change", name_of(change.change)}});
  }
  for (const Undecided& column : plan.undecided) {
    undecided.push_back({{"source", column.source}, {"table", column.table}, {"column", column.column}});
  }
  return {{"files", plan.files},
          {"added", count_of(plan, Change::added)},
          {"changed", count_of(plan, Change::changed)},
          {"edited", count_of(plan, Change::edited)},
          {"foreign", count_of(plan, Change::foreign)},
          {"orphans", count_of(plan, Change::orphan)},
          {"stale", is_stale(plan)},
          {"changes", std::move(files)},
          {"undecided", std::move(undecided)}};
}

}  // namespace suikei::generate
