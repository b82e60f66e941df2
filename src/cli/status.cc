#include "cli/status.h"

#include <algorithm>
#include <map>

#include "base/text.h"
#include "base/time.h"
#include "cli/answer.h"

namespace suikei::cli {
namespace {

using ledger::TableRecord;
using ledger::TableState;
using Lines = std::vector<std::vector<std::string>>;

constexpr size_t lines_shown_max = 20;  // of a list on the overview; the flags show all

struct Tally {
  int64_t current = 0, stale = 0, failed = 0, vanished = 0, rows = 0;

  void add(const ledger::StateCount& count) {
    switch (count.state) {
      case TableState::current:
        current += count.tables;
        break;
      case TableState::stale:
        stale += count.tables;
        break;
      case TableState::failed:
        failed += count.tables;
        break;
      case TableState::vanished:
        vanished += count.tables;
        break;
      case TableState::removed:
        return;
    }
    rows += count.rows;
  }
  int64_t not_current() const { return stale + failed + vanished; }
  int64_t total() const { return current + not_current(); }
};

Json to_json(const Tally& tally) {
  return {{"tables", tally.total()}, {"current", tally.current},   {"stale", tally.stale},
          {"failed", tally.failed},  {"vanished", tally.vanished}, {"rows", tally.rows}};
}

std::vector<std::string> cells(const std::string& name, const Tally& tally) {
  auto number = [](int64_t n) { return n ? with_commas(n) : std::string("–"); };
  return {name,
          number(tally.current),
          number(tally.stale),
          number(tally.failed),
          number(tally.vanished),
          short_count(tally.rows)};
}

std::string table_of(const std::string& title, const std::map<std::string, Tally>& tallies,
                     bool only_incomplete) {
  Lines lines = {{title, "current", "stale", "failed", "vanished", "rows"}};
  size_t left = 0;
  for (const auto& [name, tally] : tallies) {
    if (only_incomplete && tally.not_current() == 0) continue;
    if (lines.size() <= lines_shown_max) {
      lines.push_back(cells(name, tally));
    } else {
      ++left;
    }
  }
  if (lines.size() == 1) return "";
  std::string text = "\n" + align(lines, {false, true, true, true, true, true});
  if (left) text += fmt::format("… and {} more\n", left);
  return text;
}

std::string when(int64_t instant_us) {
  if (!instant_us) return "never";
  return iso_instant(instant_us).substr(0, 16) + "Z, " + ago(instant_us);
}

Json instant(int64_t instant_us) {
  return instant_us ? Json(iso_instant(instant_us)) : Json();
}

Json to_json(const std::string& shard, const TableRecord& table) {
  Json json = {{"shard", shard},
               {"database", table.database},
               {"table", table.table},
               {"tenant", table.tenant},
               {"logical", table.logical},
               {"state", name_of(table.state)},
               {"rows", table.rows},
               {"bytes", table.bytes},
               {"checksum", table.checksum},
               {"shape", table.shape},
               {"drifted", table.drifted},
               {"consistency", table.consistency},
               {"run_id", table.run_id},
               {"good_run_id", table.good_run_id},
               {"good_at", instant(table.good_at_us)},
               {"attempts", table.attempts}};
  if (!table.reason.empty()) {
    json["reason_kind"] = name_of(table.reason_kind);
    json["reason"] = table.reason;
    json["hint"] = table.hint;
  }
  return json;
}

std::string why(const TableRecord& table) {
  if (table.reason.empty()) return "";
  return table.hint.empty() ? table.reason : table.reason + " → " + table.hint;
}

std::string one_line(const TableRecord& table) {
  std::string since = table.state == TableState::stale || table.state == TableState::vanished
                          ? fmt::format("since {}  ", iso_instant(table.good_at_us).substr(0, 10))
                          : "";
  return since + why(table);
}

/// One physical table, and what happened to it.
Result<std::string> biography(const std::vector<ledger::Attempt>& attempts, const std::string& shard,
                              const TableRecord& table) {
  std::string text = fmt::format("{} {}.{}   {} of tenant {}\n", shard, table.database, table.table,
                                 table.logical, table.tenant.empty() ? "–" : table.tenant);
  Lines facts = {{"  state", name_of(table.state)}};
  if (!table.reason.empty())
    facts.push_back({"  reason", fmt::format("{} ({})", table.reason, name_of(table.reason_kind))});
  if (!table.hint.empty()) facts.push_back({"  remedy", table.hint});
  facts.push_back({"  rows", fmt::format("{}, {} bytes", with_commas(table.rows), with_commas(table.bytes))});
  facts.push_back(
      {"  last read", table.good_run_id.empty()
                          ? "never"
                          : fmt::format("{} (run {})", when(table.good_at_us), table.good_run_id)});
  facts.push_back(
      {"  last tried", fmt::format("run {}, {}", table.run_id, counted(table.attempts, "attempt"))});
  if (!table.checksum.empty()) facts.push_back({"  checksum", table.checksum});
  if (!table.consistency.empty())
    facts.push_back(
        {"  snapshot", table.consistency == "table" ? "of its own" : "shared by the " + table.consistency});
  if (!table.shape.empty()) {
    facts.push_back({"  shape", table.shape + (table.drifted ? "  drifted: most tables have another" : "")});
  }
  text += align(facts, {});
  Lines history = {{"  run", "when", "what", "rows", "why"}};
  for (const ledger::Attempt& attempt : attempts) {
    history.push_back({"  " + attempt.run_id, iso_instant(attempt.at_us).substr(0, 19) + "Z", attempt.outcome,
                       attempt.outcome == "new" ? "" : with_commas(attempt.rows), attempt.reason});
  }
  return text + "\n" + align(history, {false, false, false, true});
}

Json to_json(const std::vector<ledger::Attempt>& attempts) {
  Json list = Json::array();
  for (const ledger::Attempt& attempt : attempts) {
    list.push_back({{"run_id", attempt.run_id},
                    {"at", instant(attempt.at_us)},
                    {"outcome", attempt.outcome},
                    {"rows", attempt.rows},
                    {"checksum", attempt.checksum},
                    {"reason", attempt.reason},
                    {"attempts", attempt.attempts}});
  }
  return list;
}

/// Column name -> its type as the source says it.
std::map<std::string, std::string> columns_of(const Json& shape) {
  std::map<std::string, std::string> columns;
  const Json& list = shape.is_object() && shape.contains("columns") ? shape["columns"] : shape;
  if (!list.is_array()) return columns;
  for (const Json& column : list) {
    if (!column.is_object()) continue;
    std::string type =
        column.contains("source_type") ? column.value("source_type", "") : column.value("type", "");
    columns[column.value("name", "")] = type;
  }
  return columns;
}

struct Variant {
  int64_t tables = 0;
  std::vector<std::string> examples;
};
using Variants = std::map<std::string, Variant>;  // type -> who has it; "" is "no such column"

/// Columns that are not the same in all shapes.
std::map<std::string, Variants> differing_columns(const std::vector<const ledger::DriftedShape*>& shapes) {
  std::map<std::string, Variants> columns;
  for (const auto* shape : shapes) {
    for (const auto& [name, type] : columns_of(shape->columns)) columns[name];
  }
  for (auto& [name, variants] : columns) {
    for (const auto* shape : shapes) {
      std::map<std::string, std::string> own = columns_of(shape->columns);
      auto found = own.find(name);
      Variant& variant = variants[found == own.end() ? "" : found->second];
      variant.tables += shape->tables;
      for (const std::string& example : shape->examples) {
        if (variant.examples.size() < 5) variant.examples.push_back(example);
      }
    }
  }
  std::erase_if(columns, [](const auto& entry) { return entry.second.size() < 2; });
  return columns;
}

}  // namespace

std::string ago(int64_t instant_us) {
  if (!instant_us) return "never";
  double seconds = static_cast<double>(now_us() - instant_us) / 1e6;
  return seconds < 0 ? "in the future" : short_duration(seconds) + " ago";
}

Result<StatusAnswer> status_overview(ledger::Ledger& ledger, const std::string& source) {
  std::vector<ledger::StateCount> counts = TRY(ledger.counts(source));
  std::vector<ledger::RunRecord> runs = TRY(ledger.runs(source, 1));
  std::optional<int64_t> good = TRY(ledger.last_good_run_us(source));
  std::vector<ledger::ShardRunRecord> shard_runs = TRY(ledger.shard_runs(source, ""));
  for (ledger::ShardRunRecord& shard : shard_runs) {
    // The error may name its shard already; it is named in front of it here.
    std::string place = "shard " + shard.shard + ": ";
    if (starts_with(shard.error, place)) shard.error.erase(0, place.size());
  }
  std::map<std::string, std::vector<std::string>> twice = TRY(ledger.tenants_on_many_shards(source));
  Tally all;
  std::map<std::string, Tally> by_shard, by_table;
  std::map<std::string, int64_t> by_reason;
  std::map<std::string, std::string> unreachable;  // shard -> why its last run could not read it at all
  for (const ledger::ShardRunRecord& shard : shard_runs) {
    if (shard.status == "failed" && !shard.error.empty()) unreachable[shard.shard] = shard.error;
  }
  for (ledger::StateCount& count : counts) {
    // What a shard had when it was last reached is not current any more.
    auto lost = unreachable.find(count.shard);
    if (lost != unreachable.end() && count.state == TableState::current) {
      count.state = TableState::stale;
      count.reason = lost->second;
    }
    all.add(count);
    by_shard[count.shard].add(count);
    by_table[count.logical].add(count);
    if (count.state == TableState::current || count.state == TableState::removed) continue;
    by_reason[count.reason.empty() ? name_of(count.state) : count.reason] += count.tables;
  }
  std::vector<std::pair<std::string, int64_t>> reasons(by_reason.begin(), by_reason.end());
  // The most important comes last, where the eye is.
  std::stable_sort(reasons.begin(), reasons.end(),
                   [](const auto& a, const auto& b) { return a.second < b.second; });

  StatusAnswer answer;
  answer.json = {{"source", source},
                 {"tables", all.total()},
                 {"current", all.current},
                 {"not_current", all.not_current()},
                 {"rows", all.rows}};
  answer.text = fmt::format("{}: {} current, {} not{}; {} rows in the lake\n", source,
                            with_commas(all.current), with_commas(all.not_current()),
                            all.not_current() ? ", and why" : "", short_count(all.rows));
  if (!runs.empty()) {
    const ledger::RunRecord& run = runs[0];
    answer.json["last_run"] = {{"run_id", run.run_id},
                               {"business_date", run.business_date},
                               {"status", run.status},
                               {"started", instant(run.started_us)},
                               {"finished", instant(run.finished_us)}};
    answer.text += fmt::format("last run {} is {}, {}; ", run.run_id, run.status,
                               run.finished_us ? ago(run.finished_us) : "begun " + ago(run.started_us));
    answer.text += fmt::format("the newest good run ended: {}\n", when(good.value_or(0)));
  }
  answer.json["newest_good_run"] = instant(good.value_or(0));
  answer.text += table_of("by shard", by_shard, false);
  answer.text += table_of("by table, where some are not current", by_table, true);
  for (const auto& [name, tally] : by_shard) answer.json["by_shard"][name] = to_json(tally);
  for (const auto& [name, tally] : by_table) answer.json["by_table"][name] = to_json(tally);
  answer.json["by_reason"] = Json::array();
  Lines lines;
  for (const auto& [reason, tables] : reasons) {
    answer.json["by_reason"].push_back({{"reason", reason}, {"tables", tables}});
    lines.push_back({"  " + with_commas(tables), reason});
  }
  if (lines.size() > lines_shown_max) lines.erase(lines.begin(), lines.end() - lines_shown_max);
  if (!lines.empty()) answer.text += "\nwhy\n" + align(lines, {true, false});

  answer.json["shards_failed"] = Json::array();
  for (const ledger::ShardRunRecord& shard : shard_runs) {
    if (shard.error.empty()) continue;
    answer.json["shards_failed"].push_back(
        {{"shard", shard.shard}, {"run_id", shard.run_id}, {"error", shard.error}, {"hint", shard.hint}});
    answer.text += fmt::format("\nshard {} failed in run {}: {}\n", shard.shard, shard.run_id, shard.error);
    if (!shard.hint.empty()) answer.text += fmt::format("  → {}\n", shard.hint);
  }
  answer.json["tenants_on_many_shards"] = Json::object();
  for (const auto& [tenant, shards] : twice) answer.json["tenants_on_many_shards"][tenant] = shards;
  if (!twice.empty()) {
    answer.text += fmt::format("\n{} on more than one shard, for example {} on {}\n",
                               counted(static_cast<int64_t>(twice.size()), "tenant"), twice.begin()->first,
                               join(twice.begin()->second, ", "));
  }
  if (all.not_current()) answer.text += "next: suikei status --failed\n";
  return answer;
}

Result<StatusAnswer> status_tables(ledger::Ledger& ledger, const std::string& source,
                                   const std::string& logical, const std::string& tenant) {
  auto tables = TRY(ledger.find_tables(source, logical, tenant));
  if (tables.empty()) {
    return Error{ErrorKind::not_found,
                 fmt::format("no table{}{} has been collected from {}",
                             logical.empty() ? "" : fmt::format(" `{}`", logical),
                             tenant.empty() ? "" : fmt::format(" of tenant `{}`", tenant), source),
                 "suikei status --unmatched lists tables that no rule took"};
  }
  StatusAnswer answer;
  answer.json = {{"source", source}, {"tables", Json::array()}};
  for (const auto& [shard, table] : tables) answer.json["tables"].push_back(to_json(shard, table));
  bool whole_biographies = !tenant.empty() && !logical.empty();
  if (whole_biographies) {
    for (size_t i = 0; i < tables.size(); ++i) {
      const auto& [shard, table] = tables[i];
      std::vector<ledger::Attempt> attempts = TRY(ledger.attempts(source, shard, table));
      answer.json["tables"][i]["history"] = to_json(attempts);
      std::string text = TRY(biography(attempts, shard, table));
      answer.text += (i ? "\n" : "") + text;
    }
    return answer;
  }
  Lines lines = {{"shard", "table", "tenant", "state", "rows", ""}};
  for (const auto& [shard, table] : tables) {
    lines.push_back({shard, table.database + "." + table.table, table.tenant, name_of(table.state),
                     with_commas(table.rows), one_line(table)});
  }
  answer.text = align(lines, {false, false, false, false, true});
  return answer;
}

Result<StatusAnswer> status_failed(ledger::Ledger& ledger, const std::string& source) {
  auto tables = TRY(ledger.not_current(source, 0));
  StatusAnswer answer;
  answer.json = {{"source", source}, {"tables", Json::array()}};
  Lines lines = {{"shard", "table", "state", "rows kept", "why"}};
  for (const auto& [shard, table] : tables) {
    answer.json["tables"].push_back(to_json(shard, table));
    lines.push_back({shard, table.database + "." + table.table, name_of(table.state), with_commas(table.rows),
                     one_line(table)});
  }
  answer.text = tables.empty() ? "every table is current\n" : align(lines, {false, false, false, true});
  return answer;
}

Result<StatusAnswer> status_drift(ledger::Ledger& ledger, const std::string& source,
                                  const std::string& logical) {
  std::vector<ledger::DriftedShape> shapes = TRY(ledger.shapes(source, logical));
  if (shapes.empty() && !logical.empty()) {
    return Error{ErrorKind::not_found,
                 fmt::format("no table `{}` has been collected from {}", logical, source), ""};
  }
  std::map<std::string, std::vector<const ledger::DriftedShape*>> by_table;
  for (const ledger::DriftedShape& shape : shapes) by_table[shape.logical].push_back(&shape);
  StatusAnswer answer;
  answer.json = {{"source", source}, {"tables", Json::array()}};
  for (const auto& [name, own] : by_table) {
    Json table = {{"logical", name}, {"shapes", Json::array()}, {"columns", Json::array()}};
    for (const auto* shape : own) {
      table["shapes"].push_back({{"fingerprint", shape->fingerprint},
                                 {"tables", shape->tables},
                                 {"examples", shape->examples},
                                 {"columns", shape->columns}});
    }
    answer.text += fmt::format("{}: {}\n", name, counted(static_cast<int64_t>(own.size()), "shape"));
    Lines lines;
    for (const auto& [column, variants] : differing_columns(own)) {
      Json entry = {{"column", column}, {"variants", Json::array()}};
      std::vector<std::pair<std::string, Variant>> ordered(variants.begin(), variants.end());
      std::stable_sort(ordered.begin(), ordered.end(),
                       [](const auto& a, const auto& b) { return a.second.tables > b.second.tables; });
      for (const auto& [type, variant] : ordered) {
        entry["variants"].push_back({{"type", type.empty() ? Json() : Json(type)},
                                     {"tables", variant.tables},
                                     {"examples", variant.examples}});
        bool usual = &type == &ordered.front().first;
        lines.push_back({usual ? "  " + column : "", type.empty() ? "absent" : type,
                         counted(variant.tables, "table"), usual ? "" : join(variant.examples, ", ")});
      }
      table["columns"].push_back(std::move(entry));
    }
    if (lines.empty() && own.size() > 1)
      lines = {{"  the order of the columns, or what is not a type, differs"}};
    answer.text += align(lines, {false, false, true});
    answer.json["tables"].push_back(std::move(table));
  }
  if (answer.text.empty()) answer.text = "every logical table has one shape\n";
  return answer;
}

Result<StatusAnswer> status_unmatched(ledger::Ledger& ledger, const std::string& source) {
  auto tables = TRY(ledger.unmatched(source));
  StatusAnswer answer;
  answer.json = {{"source", source}, {"tables", Json::array()}};
  Lines lines = {{"shard", "table"}};
  for (const auto& [shard, table] : tables) {
    answer.json["tables"].push_back({{"shard", shard}, {"database", table.database}, {"table", table.table}});
    lines.push_back({shard, table.database + "." + table.table});
  }
  answer.text = tables.empty() ? "every listed table is matched by a rule\n"
                               : align(lines, {}) +
                                     "\nnext: add a rule for them to suikei.yaml, or one with skip: true\n";
  return answer;
}

}  // namespace suikei::cli
