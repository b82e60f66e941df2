#include "collect/publish.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "base/time.h"
#include "collect/limits.h"
#include "collect/publish_shard.h"
#include "io/fault.h"
#include "io/files.h"

namespace suikei::collect {
namespace {

using Schemas = std::map<std::string, table::Schema>;

Result<Schemas> schemas_of(Segment& segment) {
  Schemas schemas;
  std::string text = TRY(segment.find("schemas"));
  if (text.empty()) return schemas;
  Json json = TRY(parse_json(text));
  for (const auto& [name, columns] : json.items()) schemas[name] = TRY(table::schema_from_json(columns));
  return schemas;
}

/// Widens the lake's tables so that every staged shard fits, in transactions of their own, before any data.
/// What a shard has that conflicts with the lake is returned: shard -> logical table -> why.
Result<std::map<std::string, std::map<std::string, Error>>> evolve(
    lakes::Lake& lake, const std::string& dataset, const std::map<std::string, Schemas>& by_shard) {
  std::map<std::string, std::map<std::string, Error>> conflicts;
  std::map<lakes::TableName, table::Schema> wanted;
  for (const auto& [shard, schemas] : by_shard) {
    for (const auto& [logical, schema] : schemas) {
      if (schema.columns.size() <= table::system_columns) continue;  // no table of it could be read
      lakes::TableName name{dataset, logical};
      auto [entry, is_new] = wanted.try_emplace(name);
      if (is_new) entry->second = TRY(lake.find_table(name)).value_or(table::lake_schema());
      if (std::optional<table::Conflict> conflict = table::merge(entry->second, schema)) {
        conflicts[shard].emplace(
            logical, Error{ErrorKind::rejected, conflict->text(), "see: suikei status --drift " + logical});
      }
    }
  }
  wanted[{dataset, quarantine_table}] = quarantine_schema();
  TRY(lake.evolve(wanted));
  return conflicts;
}

/// Staged files of runs that were never finished and that a newer run has replaced.
Result<> forget_abandoned(const config::Project& project, const config::Source& source, lakes::Lake& lake,
                          const RunFolder& published) {
  for (const RunFolder& run : RunFolder::waiting(project, source)) {
    if (run.run_id() == published.run_id()) break;  // they come oldest first
    bool busy = false;
    for (const std::string& shard : run.shards()) {
      Result<io::FileLock> lease =
          io::FileLock::take(lease_file(project, source, shard), owner_text("cleaning " + shard));
      if (!lease.ok()) {
        busy = true;
        continue;
      }
      std::unique_ptr<Segment> segment = TRY(Segment::open_read_only(run.shard(shard)));
      std::vector<std::string> logicals = TRY(segment->logicals());
      logicals.push_back(quarantine_table);
      segment.reset();
      std::vector<std::string> paths;
      for (const std::string& logical : logicals) {
        std::string folder = lake.folder_of({{"lake_" + source.name, logical}, shard}, run.run_id());
        for (const std::string& name : io::entries(project.lake.data / folder))
          paths.push_back(folder + "/" + name);
      }
      TRY(lake.discard(paths));
      TRY(io::remove_all(run.shard(shard)));
    }
    if (!busy) TRY(run.mark_published());
  }
  return ok();
}

/// What the next run's workers need not ask the source again.
Result<> remember(const config::Project& project, const config::Source& source, const std::string& dataset,
                  lakes::Lake& lake, const std::map<std::string, Schemas>& by_shard,
                  const ShapeCounts& shapes) {
  Known known = TRY(read_known(known_file(project, source)));
  for (const auto& [shard, schemas] : by_shard) {
    for (const auto& [logical, schema] : schemas) {
      std::optional<table::Schema> now = TRY(lake.find_table({dataset, logical}));
      if (!now) continue;
      // Notes are the source's words; the lake does not keep them.
      for (table::Column& column : now->columns) {
        int at = schema.find(column.name);
        if (at >= 0) column.note = schema.columns[static_cast<size_t>(at)].note;
      }
      now->columns.erase(now->columns.begin(), now->columns.begin() + table::system_columns);
      known.schemas[logical] = *now;
    }
  }
  for (const auto& [logical, counts] : shapes.tables) {
    int64_t most = 0;
    for (const auto& [fingerprint, count] : counts) {
      auto shape = shapes.shapes.find(fingerprint);
      if (count <= most || shape == shapes.shapes.end()) continue;
      most = count;
      known.guesses[logical] = shape->second.star;
    }
  }
  for (const auto& [fingerprint, shape] : shapes.shapes) {
    if (shape.detailed) known.shapes[shape.star] = shape;
  }
  for (const auto& [name, rows] : shapes.big) known.big[name] = rows;
  return write_known(known_file(project, source), known);
}

}  // namespace

Result<PublishTotals> publish_run(const config::Project& project, const config::Source& source,
                                  const RunFolder& run, const Options& options) {
  PublishTotals totals;
  double begin = monotonic_seconds();
  io::FileLock lock = TRY(io::FileLock::wait(project.staging() / source.name / "publish.lock",
                                             owner_text("publish"), publish_wait_seconds)
                              .within("publish"));
  std::string dataset = "lake_" + source.name;
  std::vector<std::string> shards;
  for (const std::string& shard : run.shards()) {
    if (Segment::finished(run.shard(shard))) shards.push_back(shard);
  }
  ledger::Ledger ledger = TRY(ledger::Ledger::open(project.ledger()));
  if (shards.empty()) return totals;
  std::unique_ptr<lakes::Lake> lake = TRY(open_lake_of(project, lakes::LakeAccess::write));
  std::map<std::string, Schemas> by_shard;
  for (const std::string& shard : shards) {
    std::unique_ptr<Segment> segment = TRY(Segment::open_read_only(run.shard(shard)));
    by_shard[shard] = TRY(schemas_of(*segment));
  }
  auto conflicts = TRY(evolve(*lake, dataset, by_shard));
  TRY(io::fault_point("publish.evolved"));

  ShapeCounts shapes;
  for (const std::string& shard : shards) {
    ShardPublisher publisher(project, source, run, shard, *lake, ledger, options);
    TRY(publisher.publish(conflicts[shard], totals, shapes));
  }
  TRY(remember(project, source, dataset, *lake, by_shard, shapes));
  bool complete = std::all_of(source.shards.begin(), source.shards.end(),
                              [&](const config::Shard& shard) { return run.shard_published(shard.name); });
  if (complete) TRY(run.mark_published());
  TRY(forget_abandoned(project, source, *lake, run));
  TRY(lake->expire(project.lake.keep_days));
  totals.publish_seconds = monotonic_seconds() - begin - totals.ledger_seconds;
  return totals;
}

}  // namespace suikei::collect
