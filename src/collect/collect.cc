#include "collect/collect.h"

#include <algorithm>
#include <chrono>
#include <set>
#include <thread>

#include "base/text.h"
#include "base/time.h"
#include "collect/limits.h"
#include "collect/publish.h"
#include "collect/publish_shard.h"
#include "collect/report.h"
#include "collect/stage.h"
#include "collect/verify.h"
#include "io/fault.h"

namespace suikei::collect {
namespace {

/// The shards a command is about. `usage` for a name that the source does not have.
Result<std::vector<const config::Shard*>> chosen_shards(const config::Source& source,
                                                        const Options& options) {
  std::vector<const config::Shard*> chosen;
  std::vector<std::string> names;
  for (const config::Shard& shard : source.shards) names.push_back(shard.name);
  for (const std::string& wanted : options.shards) {
    if (std::find(names.begin(), names.end(), wanted) != names.end()) continue;
    std::string similar = nearest(wanted, names);
    return Error{ErrorKind::usage, fmt::format("source {} has no shard `{}`", source.name, wanted),
                 similar.empty() ? "it has " + join(names, ", ") : "did you mean " + similar + "?"};
  }
  for (const config::Shard& shard : source.shards) {
    bool named = std::find(options.shards.begin(), options.shards.end(), shard.name) != options.shards.end();
    if (options.shards.empty() || named) chosen.push_back(&shard);
  }
  return chosen;
}

struct Preparation {
  std::vector<PreparedShard> ready;
  std::vector<FailedShard> failed;
};

enum class Lease { take, look_only };

/// Reaches and lists all shards at once. What only a person can mend, and a lease that is held, ends
/// the command
/// before anything is written; a shard that does not answer fails alone.
Result<Preparation> prepare(const config::Project& project, const config::Source& source,
                            const std::vector<const config::Shard*>& shards, Lease lease) {
  std::vector<io::FileLock> leases(shards.size());
  for (size_t i = 0; i < shards.size() && lease == Lease::take; ++i) {
    std::filesystem::path file = lease_file(project, source, shards[i]->name);
    leases[i] = TRY(io::FileLock::take(file, owner_text("collect of " + shards[i]->name))
                        .within("shard " + shards[i]->name));
  }
  std::vector<std::optional<Result<PreparedShard>>> results(shards.size());
  std::vector<std::thread> threads;
  for (size_t i = 0; i < shards.size(); ++i) {
    threads.emplace_back(
        [&, i] { results[i] = prepare_shard(project, source, *shards[i], std::move(leases[i])); });
  }
  for (std::thread& thread : threads) thread.join();
  Preparation preparation;
  for (size_t i = 0; i < shards.size(); ++i) {
    if (results[i]->ok()) {
      preparation.ready.push_back(std::move(*results[i]).value());
      continue;
    }
    Error error = results[i]->error().within("shard " + shards[i]->name);
    if (error.kind != ErrorKind::unavailable) return error;
    preparation.failed.push_back({shards[i]->name, error});
  }
  if (preparation.ready.empty() && !preparation.failed.empty()) return preparation.failed[0].error;
  return preparation;
}

/// A rule that matches nothing on any shard is a slip of the pen, not a fact about the data.
Result<> check_rules(const config::Source& source, const Preparation& preparation) {
  if (preparation.ready.size() != source.shards.size()) return ok();
  for (const config::TableRule& rule : source.tables) {
    bool idle =
        std::all_of(preparation.ready.begin(), preparation.ready.end(), [&](const PreparedShard& shard) {
          const std::vector<int>& lines = shard.plan.idle_rules;
          return std::find(lines.begin(), lines.end(), rule.line) != lines.end();
        });
    if (!idle) continue;
    int64_t listed = 0;
    for (const PreparedShard& shard : preparation.ready)
      listed += static_cast<int64_t>(shard.plan.listed.size());
    std::string example;
    if (listed > 0) {
      const sources::ListedTable& table = preparation.ready[0].plan.listed.empty()
                                              ? preparation.ready.back().plan.listed.front()
                                              : preparation.ready[0].plan.listed.front();
      example = fmt::format("; the first table is {}.{}", table.database, table.table);
    }
    return Error{ErrorKind::config,
                 fmt::format("suikei.yaml:{}: rule {{database: '{}', table: '{}'}} matches none of {}{}",
                             rule.line, rule.database, rule.table, counted(listed, "table"), example),
                 "correct the pattern (it must match the whole name), remove the rule, or restore the "
                 "reader's rights"};
  }
  return ok();
}

ShardProgress progress_of(const ShardWatch& watch) {
  ShardProgress progress;
  progress.shard = watch.shard;
  progress.tables_total = watch.counters.total;
  progress.tables_done = watch.counters.done;
  progress.tables_failed = watch.counters.failed;
  progress.rows = watch.counters.rows;
  double end = watch.ended > 0 ? watch.ended.load() : monotonic_seconds();
  progress.seconds = watch.started > 0 ? end - watch.started : 0;
  progress.phase = watch.phase;
  return progress;
}

/// Stages all prepared shards, each in a thread, and shows how they get on.
void stage_all(const config::Project& project, const config::Source& source, Preparation& preparation,
               lakes::Lake& lake, const RunFolder& run, const Options& options) {
  std::vector<std::unique_ptr<ShardWatch>> watches;
  std::vector<std::thread> threads;
  std::atomic<size_t> running = preparation.ready.size();
  std::mutex guard;
  for (PreparedShard& prepared : preparation.ready) {
    ShardWatch& watch = *watches.emplace_back(std::make_unique<ShardWatch>());
    watch.shard = prepared.config->name;
    threads.emplace_back([&] {
      Result<> staged = stage_shard(project, source, prepared, lake, run, options, watch);
      if (!staged.ok() && staged.error().kind == ErrorKind::cancelled) {
        watch.phase = "stopped";  // as asked, which is no failure
      } else if (!staged.ok()) {
        watch.phase = "failed";
        std::lock_guard lock(guard);
        preparation.failed.push_back({watch.shard, staged.error().within("shard " + watch.shard)});
      }
      prepared.plan = {};
      --running;
    });
  }
  auto show = [&] {
    if (!options.show_progress) return;
    std::vector<ShardProgress> progress;
    for (const auto& watch : watches) progress.push_back(progress_of(*watch));
    options.show_progress(progress);
  };
  for (int tick = 0; running > 0; ++tick) {
    if (tick % 10 == 0) show();
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  for (std::thread& thread : threads) thread.join();
  show();
}

/// A lake or ledger that a newer program wrote must stop the command before anything is staged.
Result<> check_stores(const config::Project& project) {
  std::error_code problem;
  if (std::filesystem::exists(project.ledger(), problem))
    TRY(ledger::Ledger::open_read_only(project.ledger()));
  if (std::filesystem::exists(project.lake.catalog, problem)) {
    Result<std::unique_ptr<lakes::Lake>> lake = open_lake_of(project, lakes::LakeAccess::read);
    // A file without a lake in it is what a kill while making the lake leaves; it is made then.
    if (!lake.ok() && lake.error().kind != ErrorKind::not_found) return lake.error();
  }
  return ok();
}

Result<> note_failed_shards(const config::Project& project, const config::Source& source,
                            const RunFolder& run, const std::vector<FailedShard>& failed) {
  ledger::Ledger ledger = TRY(ledger::Ledger::open(project.ledger()));
  for (const FailedShard& shard : failed) {
    ledger::ShardResult result;
    result.shard = shard.shard;
    result.status = "failed";
    result.error = shard.error.message;
    result.hint = shard.error.hint;
    TRY(ledger.merge(source.name, run.run_id(), result));
  }
  return ok();
}

Result<> put_run(const config::Project& project, const config::Source& source, const RunFolder& run,
                 int64_t started_us, const std::string& status, const Json& report) {
  ledger::Ledger ledger = TRY(ledger::Ledger::open(project.ledger()));
  int64_t finished_us = status == "running" ? 0 : now_us();
  return ledger.put_run({run.run_id(), source.name, run.date(), status, started_us, finished_us, report});
}

Result<> publish_and_verify(const config::Project& project, const config::Source& source,
                            const RunFolder& run, const std::vector<const config::Shard*>& shards,
                            const Options& options, Outcome& outcome) {
  outcome.totals = TRY(publish_run(project, source, run, options));
  TRY(note_failed_shards(project, source, run, outcome.failed));
  if (options.verify_percent > 0) outcome.verified = TRY(verify(project, source, shards, options));
  return ok();
}

/// A run that ends with an error says so in the ledger. What was staged stays, so the next run resumes;
/// therefore
/// no such error may claim that nothing was done.
Error settle_failure(const config::Project& project, const config::Source& source, const RunFolder& run,
                     int64_t started_us, Error error) {
  Json report = {
      {"run_id", run.run_id()}, {"source", source.name}, {"status", "failed"}, {"error", error.message}};
  (void)put_run(project, source, run, started_us, "failed", report).ok();
  if (error.kind == ErrorKind::usage || error.kind == ErrorKind::config) error.kind = ErrorKind::corrupt;
  if (error.hint.empty()) error.hint = "what was read is staged; suikei collect resumes";
  return error;
}

}  // namespace

int Report::exit_code() const {
  return status == "ok" ? 0 : status == "cancelled" ? 130 : 1;
}

Result<Report> collect(const config::Project& project, const config::Source& source, const Options& options) {
  double begin = monotonic_seconds();
  int64_t started_us = now_us();
  std::vector<const config::Shard*> shards = TRY(chosen_shards(source, options));
  std::string date = TRY(business_date(project.timezone, started_us));
  if (!options.stage_only) TRY(check_stores(project));

  // Shards that this date's run has already need not be asked again; but a run must exist to know them.
  std::vector<const config::Shard*> wanted = shards;
  std::optional<RunFolder> resumed = RunFolder::find_unfinished(project, source, date);
  if (resumed && !options.fresh) {
    std::erase_if(wanted, [&](const config::Shard* shard) {
      return resumed->shard_published(shard->name) || Segment::finished(resumed->shard(shard->name));
    });
  }
  Preparation preparation = TRY(prepare(project, source, wanted, Lease::take));
  TRY(check_rules(source, preparation));

  // From here on something is written.
  RunFolder run = TRY(RunFolder::open(project, source, date, options.fresh));
  if (!options.stage_only) TRY(put_run(project, source, run, started_us, "running", Json::object()));
  std::unique_ptr<lakes::Lake> lake = TRY(open_lake_of(project, lakes::LakeAccess::stage));
  stage_all(project, source, preparation, *lake, run, options);
  lake.reset();

  Outcome outcome;
  outcome.failed = preparation.failed;
  outcome.stage_seconds = monotonic_seconds() - begin;
  outcome.cancelled = options.cancel && options.cancel->load();
  preparation.ready.clear();  // leases end here; the publish has a lock of its own
  if (options.stage_only || outcome.cancelled) {
    Report report = TRY(staged_report(source, run, shards, outcome, monotonic_seconds() - begin));
    if (!options.stage_only) TRY(put_run(project, source, run, started_us, report.status, report.json));
    return report;
  }
  Result<> finished = publish_and_verify(project, source, run, shards, options, outcome);
  if (!finished.ok()) return settle_failure(project, source, run, started_us, finished.error());
  Report report = TRY(published_report(project, source, run, outcome, monotonic_seconds() - begin));
  TRY(put_run(project, source, run, started_us, report.status, report.json));
  return report;
}

Result<Report> publish(const config::Project& project, const config::Source& source, const Options& options) {
  double begin = monotonic_seconds();
  int64_t started_us = now_us();
  TRY(check_stores(project));
  std::vector<RunFolder> waiting = RunFolder::waiting(project, source);
  auto has_staged = [](const RunFolder& run) {
    std::vector<std::string> shards = run.shards();
    return std::any_of(shards.begin(), shards.end(),
                       [&](const auto& shard) { return Segment::finished(run.shard(shard)); });
  };
  std::erase_if(waiting, [&](const RunFolder& run) { return !has_staged(run); });
  if (waiting.empty()) {
    Report report;
    report.status = "ok";
    report.json = {
        {"status", "ok"}, {"slices_published", 0}, {"slices_skipped", 0}, {"note", "nothing is staged"}};
    return report;
  }
  const RunFolder& run = waiting.back();
  TRY(put_run(project, source, run, started_us, "running", Json::object()));
  Outcome outcome;
  Result<> finished = publish_and_verify(project, source, run, {}, options, outcome);
  if (!finished.ok()) return settle_failure(project, source, run, started_us, finished.error());
  Report report = TRY(published_report(project, source, run, outcome, monotonic_seconds() - begin));
  TRY(put_run(project, source, run, started_us, report.status, report.json));
  return report;
}

Result<Json> plan_collect(const config::Project& project, const config::Source& source,
                          const Options& options) {
  std::vector<const config::Shard*> shards = TRY(chosen_shards(source, options));
  Preparation preparation = TRY(prepare(project, source, shards, Lease::look_only));
  TRY(check_rules(source, preparation));
  Json plan = {{"source", source.name}, {"shards", Json::array()}};
  std::map<std::string, int64_t> logicals;
  int64_t total = 0;
  for (const PreparedShard& shard : preparation.ready) {
    Json unmatched = Json::array();
    for (const ledger::UnmatchedTable& table : shard.plan.unmatched)
      unmatched.push_back(table.database + "." + table.table);
    plan["shards"].push_back(
        {{"shard", shard.config->name},
         {"version", shard.facts.version},
         {"zone", shard.facts.zone},
         {"tables", shard.plan.tables()},
         {"skipped", shard.plan.skipped},
         {"colliding", shard.plan.collisions.size()},
         {"parts", plan_parts(shard.plan, part_tables_max, [](const auto&) { return false; }).size()},
         {"unmatched", std::move(unmatched)}});
    total += shard.plan.tables();
    for (const LogicalPlan& logical : shard.plan.logicals)
      logicals[logical.name] += static_cast<int64_t>(logical.tables.size());
  }
  for (const FailedShard& shard : preparation.failed) {
    plan["shards"].push_back(
        {{"shard", shard.shard}, {"error", shard.error.message}, {"hint", shard.error.hint}});
  }
  plan["tables_total"] = total;
  plan["logical_tables"] = logicals;
  return plan;
}

}  // namespace suikei::collect
