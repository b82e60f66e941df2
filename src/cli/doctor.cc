#include "cli/doctor.h"

#include <stdlib.h>

#include <map>
#include <set>

#include "base/text.h"
#include "base/time.h"
#include "cli/answer.h"
#include "cli/cli.h"
#include "cli/status.h"
#include "io/files.h"
#include "ledger/ledger.h"
#include "sources/source.h"

namespace suikei::cli {
namespace {

Finding bad(const std::string& place, const std::string& check, const Error& error) {
  return {place, check, Health::bad, error.message, error.hint};
}

std::string bytes_text(double bytes) {
  if (bytes >= 1e12) return fmt::format("{:.1f} TB", bytes / 1e12);
  if (bytes >= 1e9) return fmt::format("{:.1f} GB", bytes / 1e9);
  return fmt::format("{:.0f} MB", bytes / 1e6);
}

/// What the rules make of a shard's names.
struct Matched {
  int64_t wanted = 0, skipped = 0, unmatched = 0;
  std::set<std::string> logicals, tenants;
  std::vector<int64_t> by_rule;
  std::map<size_t, sources::ListedTable> first_of_rule;
  std::string unmatched_example;
};

Result<Matched> match_all(const config::Source& source, const std::vector<sources::ListedTable>& tables) {
  config::RuleMatcher matcher = TRY(config::RuleMatcher::compile(source.tables));
  Matched matched;
  matched.by_rule.resize(source.tables.size());
  config::RuleMatch match;
  for (const sources::ListedTable& table : tables) {
    matcher.match(table.database, table.table, match);
    if (!match.matched()) {
      if (++matched.unmatched == 1) matched.unmatched_example = table.database + "." + table.table;
      continue;
    }
    auto rule = static_cast<size_t>(match.rule);
    ++matched.by_rule[rule];
    if (match.skip) {
      ++matched.skipped;
      continue;
    }
    ++matched.wanted;
    matched.logicals.insert(match.logical);
    matched.tenants.insert(match.tenant);
    matched.first_of_rule.emplace(rule, table);
  }
  return matched;
}

std::string rule_name(const config::TableRule& rule) {
  return fmt::format("line {}", rule.line);
}

void examine_rules(const config::Source& source, const std::string& place, const Matched& matched,
                   std::vector<Finding>& findings) {
  std::string text = fmt::format("{} in {} of {}; {} skipped, {} unmatched", counted(matched.wanted, "table"),
                                 counted(static_cast<int64_t>(matched.logicals.size()), "logical table"),
                                 counted(static_cast<int64_t>(matched.tenants.size()), "tenant"),
                                 with_commas(matched.skipped), with_commas(matched.unmatched));
  Health health = matched.wanted == 0 ? Health::bad : matched.unmatched ? Health::note : Health::good;
  std::string hint = matched.wanted == 0     ? "no rule matches a table here: `suikei init` proposes rules"
                     : matched.unmatched > 0 ? fmt::format("no rule matches {}", matched.unmatched_example)
                                             : "";
  findings.push_back({place, "tables", health, text, hint});
  for (size_t i = 0; i < source.tables.size(); ++i) {
    if (matched.by_rule[i] || matched.wanted == 0) continue;
    findings.push_back(
        {place, "tables", Health::note,
         fmt::format("the rule in {} matches nothing on this shard", rule_name(source.tables[i])), ""});
  }
}

/// Reads the columns of one table per rule: a missing right shows before the run.
void examine_rights(const config::Source& source, const std::string& place, sources::Shard& shard,
                    const Matched& matched, std::vector<Finding>& findings) {
  Result<std::unique_ptr<sources::Reader>> reader = shard.open_reader();
  if (!reader.ok()) return findings.push_back(bad(place, "rights", reader.error()));
  for (const auto& [rule, table] : matched.first_of_rule) {
    auto shapes = reader.value()->shapes_of({&table, 1});
    std::string name = shard.name_of(table);
    if (!shapes.ok()) {
      findings.push_back(bad(place, "rights", shapes.error().within(name)));
    } else if (!shapes.value().at(0).ok()) {
      Error error = shapes.value()[0].error().within(name);
      if (error.hint.empty()) error.hint = shard.grant_hint(table);
      findings.push_back(bad(place, "rights", error));
    } else {
      findings.push_back(
          {place, "rights", Health::good,
           fmt::format("{}: can read {} ({})", rule_name(source.tables[rule]), name,
                       counted(static_cast<int64_t>(shapes.value()[0].value().columns.size()), "column")),
           ""});
    }
  }
}

Result<> try_lake(const lakes::LakeOptions& options, lakes::LakeAccess access) {
  std::unique_ptr<lakes::Lake> lake = TRY(lakes::open_lake(options, access));
  TRY(lake->query("SELECT 1", 1));
  return ok();
}

}  // namespace

std::vector<Finding> examine_shard(const config::Source& source, const config::Shard& shard) {
  std::vector<Finding> findings;
  Result<std::unique_ptr<sources::Shard>> made = sources::make_shard(source, shard);
  if (!made.ok()) return {bad(shard.name, "connection", made.error())};
  Result<sources::ShardFacts> facts = made.value()->check();
  if (!facts.ok()) return {bad(shard.name, "connection", facts.error())};
  const sources::ShardFacts& seen = facts.value();
  findings.push_back(
      {shard.name, "connection", Health::good,
       fmt::format("{}, {}, {:.1f} ms a round trip", seen.version, seen.character_set, seen.round_trip_ms),
       ""});
  bool local = !shard.socket.empty() || shard.host == "127.0.0.1" || shard.host == "localhost";
  bool plain = seen.cipher.empty();
  findings.push_back(
      {shard.name, "tls", plain && !local ? Health::note : Health::good,
       plain ? (local ? "off, and the server is on this machine" : "off: rows travel in the clear")
             : seen.cipher,
       plain && !local ? "say tls: required for the shard once the server offers it" : ""});
  findings.push_back({shard.name, "zone", Health::good,
                      fmt::format("the clock runs at {}, DATETIME means {}", seen.zone, source.datetime_zone),
                      ""});
  for (const Error& caution : seen.cautions) {
    findings.push_back({shard.name, "snapshot", Health::note, caution.message, caution.hint});
  }
  Result<std::vector<sources::ListedTable>> listed = made.value()->list();
  if (!listed.ok()) {
    findings.push_back(bad(shard.name, "tables", listed.error()));
    return findings;
  }
  Result<Matched> matched = match_all(source, listed.value());
  if (!matched.ok()) {
    findings.push_back(bad(shard.name, "tables", matched.error()));
    return findings;
  }
  examine_rules(source, shard.name, matched.value(), findings);
  examine_rights(source, shard.name, *made.value(), matched.value(), findings);
  return findings;
}

std::vector<Finding> examine_lake(const config::Project& project) {
  std::vector<Finding> findings;
  std::string folder = (std::filesystem::temp_directory_path() / "suikei-doctor-XXXXXX").string();
  lakes::LakeOptions options = lake_options(project);
  if (!mkdtemp(folder.data())) {
    findings.push_back(bad("lake", "engine", io::system_error("create", folder, errno)));
  } else {
    options.catalog = std::filesystem::path(folder) / "lake.sqlite";
    options.data = std::filesystem::path(folder) / "data";
    Result<> tried = try_lake(options, lakes::LakeAccess::write);
    if (tried.ok()) {
      findings.push_back({"lake", "engine", Health::good, "starts, and its extensions load", ""});
    } else {
      findings.push_back(bad("lake", "engine", tried.error()));
    }
    (void)io::remove_all(folder);
  }
  Result<> own = try_lake(lake_options(project), lakes::LakeAccess::read);
  if (own.ok()) {
    findings.push_back({"lake", "catalog", Health::good, project.lake.catalog.string(), ""});
  } else if (own.error().kind == ErrorKind::not_found) {
    findings.push_back(
        {"lake", "catalog", Health::note, "there is none yet; the first collect makes it", ""});
  } else {
    findings.push_back(bad("lake", "catalog", own.error()));
  }
  return findings;
}

std::vector<Finding> examine_room(const config::Project& project, const config::Source& source) {
  std::vector<Finding> findings;
  double read = 0, seconds = 0;
  Result<ledger::Ledger> ledger = ledger::Ledger::open_read_only(project.ledger());
  if (ledger.ok()) {
    Result<std::vector<ledger::RunRecord>> runs = ledger.value().runs(source.name, 10);
    if (!runs.ok()) return {bad("ledger", "runs", runs.error())};
    for (const ledger::RunRecord& run : runs.value()) {
      if (!run.report.is_object() || seconds > 0) continue;
      read = run.report.value("bytes_read", 0.0);
      seconds = run.report.value("seconds", 0.0);
    }
  } else if (ledger.error().kind != ErrorKind::not_found) {
    findings.push_back(bad("ledger", "format", ledger.error()));
  }
  Result<uint64_t> room = io::bytes_free(project.lake.data);
  if (!room.ok()) {
    findings.push_back(bad("disk", "room", room.error()));
  } else {
    auto bytes = static_cast<double>(room.value());
    // What is read is written smaller, but old and new files stand side by side until the old ones expire.
    bool enough = bytes > read;
    std::string needed = read > 0 ? fmt::format(", a collect reads {}", bytes_text(read)) : "";
    findings.push_back({"disk", "room", enough ? Health::good : Health::bad,
                        bytes_text(bytes) + " free" + needed,
                        enough ? "" : fmt::format("free some space at {}", project.lake.data.string())});
  }
  if (seconds > 0) {
    findings.push_back({"ledger", "time", Health::good, "the last run took " + short_duration(seconds), ""});
  }
  return findings;
}

Finding examine_freshness(const config::Project& project, const config::Source& source, double seconds) {
  Finding finding{source.name, "freshness", Health::bad, "",
                  "suikei status says what keeps it from being good"};
  Result<ledger::Ledger> ledger = ledger::Ledger::open_read_only(project.ledger());
  if (!ledger.ok()) return bad(source.name, "freshness", ledger.error());
  Result<std::optional<int64_t>> good = ledger.value().last_good_run_us(source.name);
  if (!good.ok()) return bad(source.name, "freshness", good.error());
  std::string wanted = short_duration(seconds);
  if (!good.value()) {
    finding.text = fmt::format("no run has been good yet, wanted is one in the last {}", wanted);
    return finding;
  }
  double age = static_cast<double>(now_us() - *good.value()) / 1e6;
  finding.text =
      fmt::format("the newest good run ended {}, wanted is one in the last {}", ago(*good.value()), wanted);
  if (age > seconds) return finding;
  finding.health = Health::good;
  finding.hint.clear();
  return finding;
}

bool any_bad(const std::vector<Finding>& findings) {
  for (const Finding& finding : findings) {
    if (finding.health == Health::bad) return true;
  }
  return false;
}

std::string render_findings(const std::vector<Finding>& findings) {
  std::vector<std::vector<std::string>> lines;
  for (const Finding& finding : findings) {
    const char* mark = finding.health == Health::good   ? "ok"
                       : finding.health == Health::note ? "note"
                                                        : "FAILED";
    std::string hint = finding.hint.empty() ? "" : " → " + finding.hint;
    lines.push_back({finding.place, finding.check, mark, finding.text + hint});
  }
  return align(lines, {});
}

Json to_json(const std::vector<Finding>& findings) {
  Json checks = Json::array();
  for (const Finding& finding : findings) {
    const char* health = finding.health == Health::good   ? "ok"
                         : finding.health == Health::note ? "note"
                                                          : "failed";
    checks.push_back({{"place", finding.place},
                      {"check", finding.check},
                      {"health", health},
                      {"text", finding.text},
                      {"hint", finding.hint}});
  }
  return {{"ok", !any_bad(findings)}, {"checks", std::move(checks)}};
}

}  // namespace suikei::cli
