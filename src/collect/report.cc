#include "collect/report.h"

#include <algorithm>

#include "base/text.h"
#include "collect/limits.h"

namespace suikei::collect {
namespace {

using ledger::TableState;

/// "s01 ne_00412.orders, ne_00412.stock and 3 more"
std::string some_names(const std::vector<std::string>& names) {
  std::vector<std::string> shown(
      names.begin(), names.begin() + static_cast<ptrdiff_t>(std::min(names.size(), names_shown_max)));
  std::string text = join(shown, ", ");
  if (names.size() > shown.size())
    text += fmt::format(" and {} more", with_commas(static_cast<int64_t>(names.size() - shown.size())));
  return text;
}

/// Tables that are not as they should be, grouped by what is to be done about them.
Result<> add_table_findings(ledger::Ledger& ledger, const config::Source& source, Report& report) {
  std::map<std::tuple<TableState, std::string, std::string>, std::vector<std::string>> groups;
  for (const auto& [shard, table] : TRY(ledger.not_current(source.name, 0))) {
    std::string name = fmt::format("{}.{}", table.database, table.table);
    // The table's own name is in most messages; without it equal causes fall together.
    std::string reason = table.reason;
    if (starts_with(reason, name + ": ")) reason = reason.substr(name.size() + 2);
    groups[{table.state, reason, table.hint}].push_back(shard + " " + name);
  }
  std::vector<Finding> findings;
  for (const auto& [key, names] : groups) {
    const auto& [state, reason, hint] = key;
    std::string text = fmt::format("{}: {}", some_names(names), reason);
    if (!hint.empty()) text += " → " + hint;
    findings.push_back({ledger::name_of(state), static_cast<int64_t>(names.size()), std::move(text)});
  }
  std::sort(findings.begin(), findings.end(),
            [](const Finding& a, const Finding& b) { return a.count < b.count; });
  // A storm of different causes is read in the ledger, not on the screen.
  size_t shown = std::min<size_t>(findings.size(), 2 * names_shown_max);
  report.findings.insert(report.findings.end(), findings.end() - static_cast<ptrdiff_t>(shown),
                         findings.end());
  return ok();
}

/// Tables whose shape is not the most common one of their logical table.
Result<int64_t> add_drift(ledger::Ledger& ledger, const config::Source& source, Report& report) {
  std::map<std::string, int64_t> by_logical;
  std::string last;
  int64_t drifted = 0;
  for (const ledger::DriftedShape& shape : TRY(ledger.shapes(source.name, ""))) {
    bool most_common = shape.logical != last;
    last = shape.logical;
    if (most_common) continue;
    by_logical[shape.logical] += shape.tables;
    drifted += shape.tables;
  }
  if (drifted == 0) return drifted;
  std::vector<std::string> names;
  for (const auto& [logical, count] : by_logical) {
    names.push_back(fmt::format("{} ({})", logical, with_commas(count)));
  }
  report.findings.push_back({"drifted", drifted,
                             fmt::format("{}: columns unlike most tenants' → suikei status --drift {}",
                                         some_names(names), by_logical.begin()->first)});
  return drifted;
}

double per_second(int64_t count, double seconds) {
  return seconds > 0 ? static_cast<double>(count) / seconds : 0;
}
double rounded(double value, int digits) {
  double unit = digits == 3 ? 1000 : 10;
  return static_cast<double>(static_cast<int64_t>(value * unit + 0.5)) / unit;
}

}  // namespace

Result<Report> staged_report(const config::Source& source, const RunFolder& run,
                             const std::vector<const config::Shard*>& shards, const Outcome& outcome,
                             double seconds) {
  Report report;
  Segment::Totals sum;
  int64_t total = 0;
  for (const config::Shard* shard : shards) {
    std::error_code problem;
    if (!std::filesystem::exists(run.shard(shard->name) / "segment.sqlite", problem)) continue;
    std::unique_ptr<Segment> segment = TRY(Segment::open_read_only(run.shard(shard->name)));
    Segment::Totals totals = TRY(segment->totals());
    sum.tables += totals.tables;
    sum.failed += totals.failed;
    sum.rows += totals.rows;
    sum.bytes += totals.bytes;
    sum.files += totals.files;
    sum.quarantined += totals.quarantined;
    total += totals.tables;
  }
  bool all_failed = !outcome.failed.empty() && outcome.failed.size() == shards.size();
  report.status = outcome.cancelled                           ? "cancelled"
                  : all_failed                                ? "failed"
                  : sum.failed > 0 || !outcome.failed.empty() ? "partial"
                                                              : "ok";
  report.json = {{"run_id", run.run_id()},
                 {"source", source.name},
                 {"status", report.status},
                 {"published", false},
                 {"tables_total", total},
                 {"tables_current", sum.tables - sum.failed},
                 {"tables_failed", sum.failed},
                 {"tables_stale", 0},
                 {"tables_vanished", 0},
                 {"tables_new", 0},
                 {"tables_unmatched", 0},
                 {"tables_drifted", 0},
                 {"rows", sum.rows},
                 {"quarantined_values", sum.quarantined},
                 {"bytes_read", sum.bytes},
                 {"files_written", sum.files},
                 {"slices_published", 0},
                 {"slices_skipped", 0},
                 {"shards_failed", outcome.failed.size()},
                 {"seconds", rounded(seconds, 3)},
                 {"tables_per_second", rounded(per_second(sum.tables, seconds), 1)}};
  for (const FailedShard& shard : outcome.failed) {
    report.findings.push_back(
        {"shard failed", 1,
         shard.error.message + (shard.error.hint.empty() ? "" : " → " + shard.error.hint)});
  }
  return report;
}

Result<Report> published_report(const config::Project& project, const config::Source& source,
                                const RunFolder& run, const Outcome& outcome, double seconds) {
  Report report;
  ledger::Ledger ledger = TRY(ledger::Ledger::open(project.ledger()));
  std::map<TableState, int64_t> tables;
  int64_t rows = 0;
  for (const ledger::StateCount& count : TRY(ledger.counts(source.name))) {
    bool shard_failed = std::any_of(outcome.failed.begin(), outcome.failed.end(),
                                    [&](const FailedShard& shard) { return shard.shard == count.shard; });
    // A shard that could not be read has no current table, whatever it had yesterday.
    TableState state = shard_failed && count.state == TableState::current ? TableState::stale : count.state;
    tables[state] += count.tables;
    if (state != TableState::failed && state != TableState::removed) rows += count.rows;
  }
  auto moved = TRY(ledger.tenants_on_many_shards(source.name));
  const PublishTotals& totals = outcome.totals;
  int64_t total = tables[TableState::current] + tables[TableState::stale] + tables[TableState::failed];
  bool lost = tables[TableState::stale] + tables[TableState::failed] + tables[TableState::vanished] > 0 ||
              !outcome.failed.empty() || (outcome.verified && outcome.verified->lake_wrong > 0);
  report.status = !lost ? "ok" : tables[TableState::current] == 0 && total > 0 ? "failed" : "partial";
  double stage_seconds = outcome.stage_seconds > 0 ? outcome.stage_seconds : seconds;
  report.json = {{"run_id", run.run_id()},
                 {"source", source.name},
                 {"status", report.status},
                 {"published", true},
                 {"tables_total", total},
                 {"tables_current", tables[TableState::current]},
                 {"tables_failed", tables[TableState::failed]},
                 {"tables_stale", tables[TableState::stale]},
                 {"tables_vanished", tables[TableState::vanished]},
                 {"tables_new", totals.tables_new},
                 {"tables_unmatched", totals.tables_unmatched},
                 {"tables_drifted", 0},
                 {"tenants_on_many_shards", moved.size()},
                 {"rows", rows},
                 {"rows_read", totals.rows_read},
                 {"quarantined_values", totals.quarantined},
                 {"bytes_read", totals.bytes},
                 {"files_written", totals.files},
                 {"slices_published", totals.slices_published},
                 {"slices_skipped", totals.slices_skipped},
                 {"shards_total", source.shards.size()},
                 {"shards_failed", outcome.failed.size()},
                 {"seconds", rounded(seconds, 3)},
                 {"stage_seconds", rounded(outcome.stage_seconds, 3)},
                 {"publish_seconds", rounded(totals.publish_seconds, 3)},
                 {"ledger_seconds", rounded(totals.ledger_seconds, 3)},
                 {"tables_per_second", rounded(per_second(totals.tables_read, stage_seconds), 1)}};
  if (outcome.verified) {
    report.json["verified"] = {{"lake_tables", outcome.verified->lake_tables},
                               {"lake_wrong", outcome.verified->lake_wrong},
                               {"source_tables", outcome.verified->source_tables},
                               {"source_changed", outcome.verified->source_changed}};
  }

  // The most important comes last, next to the prompt.
  if (totals.tables_unmatched > 0) {
    report.findings.push_back(
        {"unmatched", totals.tables_unmatched,
         "tables that no rule takes → suikei status --unmatched, then a rule or `skip: true`"});
  }
  if (!moved.empty()) {
    std::vector<std::string> names;
    for (const auto& [tenant, shards] : moved)
      names.push_back(fmt::format("{} ({})", tenant, join(shards, " and ")));
    report.findings.push_back(
        {"on two shards", static_cast<int64_t>(moved.size()),
         fmt::format("tenant {}: rows of each shard are in the lake, told apart by _shard",
                     some_names(names))});
  }
  if (totals.quarantined > 0) {
    report.findings.push_back({"quarantined", totals.quarantined,
                               fmt::format("values the lake cannot hold → suikei sql "
                                           "\"SELECT * FROM lake_{}._quarantine\"",
                                           source.name)});
  }
  report.json["tables_drifted"] = TRY(add_drift(ledger, source, report));
  if (outcome.verified && outcome.verified->source_changed > 0) {
    report.findings.push_back(
        {"changed since", outcome.verified->source_changed,
         "at the source after they were read: " + some_names(outcome.verified->examples)});
  }
  TRY(add_table_findings(ledger, source, report));
  if (outcome.verified && outcome.verified->lake_wrong > 0) {
    report.findings.push_back(
        {"wrong", outcome.verified->lake_wrong,
         some_names(outcome.verified->examples) + " → the next suikei collect replaces them"});
  }
  for (const FailedShard& shard : outcome.failed) {
    report.findings.push_back(
        {"shard failed", 1,
         shard.error.message + (shard.error.hint.empty() ? "" : " → " + shard.error.hint)});
  }
  return report;
}

std::string summary(const config::Source& source, const Report& report) {
  const Json& json = report.json;
  if (!json.contains("tables_total"))
    return fmt::format("{}: {}\n", source.name, json.value("note", "nothing to do"));
  bool published = json.value("published", false);
  int64_t total = json.at("tables_total"), current = json.at("tables_current"), rows = json.at("rows");
  std::string text =
      fmt::format("{} {} of {} tables, {} rows, {} in {} ({} tables/s)\n", published ? "collected" : "staged",
                  with_commas(current), with_commas(total), short_count(rows),
                  counted(static_cast<int64_t>(source.shards.size()), "shard"),
                  short_duration(json.at("seconds").get<double>()),
                  with_commas(static_cast<int64_t>(json.at("tables_per_second").get<double>())));
  if (published) {
    text += fmt::format("  {} published, {} unchanged\n",
                        counted(json.at("slices_published").get<int64_t>(), "slice"),
                        with_commas(json.at("slices_skipped").get<int64_t>()));
  }
  if (json.contains("verified")) {
    const Json& verified = json.at("verified");
    text += fmt::format("  verified {} from the lake ({} wrong), {} at the source ({} changed since)\n",
                        counted(verified.at("lake_tables").get<int64_t>(), "table"),
                        verified.at("lake_wrong").get<int64_t>(),
                        counted(verified.at("source_tables").get<int64_t>(), "table"),
                        verified.at("source_changed").get<int64_t>());
  }
  for (const Finding& finding : report.findings) {
    std::string label = fmt::format("{} {}", with_commas(finding.count), finding.label);
    text += fmt::format("  {:<16} {}\n", label, finding.text);
  }
  if (report.status == "cancelled") {
    text += "stopped; what is staged stays. next: suikei collect (resumes)\n";
  } else if (!published) {
    text += "next: suikei publish\n";
  } else {
    text += fmt::format("next: suikei status, suikei sql \"SHOW ALL TABLES\"\n");
  }
  return text;
}

}  // namespace suikei::collect
