#include "collect/stage.h"

#include <algorithm>
#include <chrono>
#include <set>
#include <span>
#include <thread>

#include "base/text.h"
#include "base/time.h"
#include "collect/limits.h"
#include "collect/part_reader.h"
#include "io/fault.h"
#include "io/files.h"

namespace suikei::collect {
namespace {

std::string name_key(const sources::ListedTable& table) {
  return table.database + '\0' + table.table;
}

Json facts_json(const sources::ShardFacts& facts) {
  return {{"version", facts.version},   {"character_set", facts.character_set},
          {"sql_mode", facts.sql_mode}, {"zone", facts.zone},
          {"tls", facts.cipher},        {"round_trip_ms", facts.round_trip_ms}};
}

/// Readers on one snapshot each; tells whether all of them see the same state.
Result<std::vector<std::unique_ptr<sources::Reader>>> open_readers(sources::Shard& shard, int count,
                                                                   std::string* consistency) {
  std::vector<std::unique_ptr<sources::Reader>> readers;
  for (int i = 0; i < count; ++i) readers.push_back(TRY(shard.open_reader()));
  std::set<std::string> marks;
  bool lasts = true;
  for (std::unique_ptr<sources::Reader>& reader : readers) {
    sources::Snapshot snapshot = TRY(reader->begin_snapshot());
    lasts &= snapshot.lasts;
    marks.insert(std::move(snapshot.mark));
  }
  bool same = count == 1 || (marks.size() == 1 && !marks.begin()->empty());
  *consistency = !lasts ? "table" : same ? "shard" : "connection";
  return readers;
}

/// Removes files of this run and shard that a killed worker wrote but never committed. Only names that this
/// run gave out can match: the folder carries run and shard.
Result<> drop_uncommitted(const config::Project& project, const Staging& staging) {
  std::vector<std::string> committed = TRY(staging.segment.paths());
  std::set<std::string> keep(committed.begin(), committed.end());
  for (const LogicalPlan& logical : staging.plan.logicals) {
    std::string folder =
        staging.lake.folder_of({{staging.dataset, logical.name}, staging.shard_name}, staging.run_id);
    for (const std::string& name : io::entries(project.lake.data / folder)) {
      if (!keep.contains(folder + "/" + name)) TRY(io::remove_all(project.lake.data / folder / name));
    }
  }
  return ok();
}

/// What a killed worker's files hold belongs to the union, though their tables are not read again.
Result<> join_committed(Staging& staging) {
  for (const std::unique_ptr<LogicalTable>& logical : staging.logicals) {
    for (const lakes::StagedFile& file : TRY(staging.segment.files(logical->name()))) {
      if (std::optional<table::Conflict> conflict = logical->join(file.schema)) {
        return Error{ErrorKind::corrupt, fmt::format("{}: {}", file.path, conflict->text()),
                     "start the run over: suikei collect --fresh"};
      }
    }
  }
  return ok();
}

/// Tables that lost their place to another one, or are named so that the lake cannot hold them.
Result<> commit_collisions(Staging& staging, const std::unordered_set<std::string>& done) {
  for (const Collision& collision : staging.plan.collisions) {
    const sources::ListedTable& table = staging.plan.listed[collision.listed];
    if (done.contains(name_key(table))) continue;
    PartResult part;
    part.logical = collision.logical;
    TableResult& result = part.tables.emplace_back();
    result.database = table.database;
    result.table = table.table;
    result.tenant = collision.tenant;
    result.error = Error{ErrorKind::rejected, "collides with " + collision.with,
                         "give one of the two another logical name, or skip it, with a rule of its own"};
    ++staging.counters.done;
    ++staging.counters.failed;
    TRY(staging.segment.commit(part));
  }
  return ok();
}

/// All connections work on the parts until none is left; the first failure of a connection stops them all.
Result<> read_parts(Staging& staging, const std::vector<Part>& parts,
                    std::vector<std::unique_ptr<sources::Reader>> readers) {
  std::atomic<size_t> next = 0;
  std::mutex guard;
  std::optional<Error> failure;
  std::vector<std::thread> threads;
  for (std::unique_ptr<sources::Reader>& reader : readers) {
    threads.emplace_back([&, own = std::move(reader)]() mutable {
      PartReader part_reader(staging, std::move(own));
      for (size_t at; (at = next++) < parts.size();) {
        Result<> result = part_reader.run(parts[at]);
        if (result.ok()) continue;
        std::lock_guard lock(guard);
        // A cancelled run is the lesser reason when a connection has failed too.
        if (!failure || failure->kind == ErrorKind::cancelled) failure = result.error();
        next = parts.size();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  if (failure) return *failure;
  return ok();
}

/// Replaces each part that is one big table by parts that are its key ranges.
std::vector<Part> split_big(const ShardPlan& plan, std::vector<Part> parts, sources::Reader& reader) {
  std::vector<Part> result;
  for (Part& part : parts) {
    std::vector<std::string> ranges;
    if (part.rows_estimate > range_rows && part.tables.size() == 1) {
      const sources::ListedTable& table =
          plan.listed[plan.logicals[part.logical].tables[part.tables[0]].listed];
      // A table that cannot be split is read whole; if it cannot be read either, that is told then.
      Result<std::vector<Result<sources::Shape>>> shape = reader.shapes_of(std::span(&table, 1));
      if (shape.ok() && shape.value()[0].ok()) {
        int64_t pieces = part.rows_estimate / range_rows + 1;
        Result<std::vector<std::string>> split = reader.split(table, shape.value()[0].value(), pieces);
        if (split.ok()) ranges = std::move(split).value();
      }
    }
    if (ranges.size() < 2) {
      result.push_back(std::move(part));
      continue;
    }
    auto job = std::make_shared<RangeJob>(ranges.size());
    for (std::string& range : ranges) {
      result.push_back({part.logical, part.tables, range_rows, std::move(range), job});
    }
  }
  return result;
}

Result<> put_names(Segment& segment, const ShardPlan& plan) {
  Json unmatched = Json::array();
  for (const ledger::UnmatchedTable& table : plan.unmatched)
    unmatched.push_back({table.database, table.table});
  TRY(segment.put("unmatched", unmatched.dump()));
  TRY(segment.put("idle_rules", Json(plan.idle_rules).dump()));
  return segment.put("skipped", std::to_string(plan.skipped));
}

/// The union of each logical table's shapes, also of those without a single row.
Result<> put_schemas(Staging& staging) {
  Json schemas = Json::object();
  for (const std::unique_ptr<LogicalTable>& logical : staging.logicals) {
    schemas[logical->name()] = table::to_json(logical->schema());
  }
  return staging.segment.put("schemas", schemas.dump());
}

}  // namespace

double monotonic_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

Result<PreparedShard> prepare_shard(const config::Project& project, const config::Source& source,
                                    const config::Shard& shard, io::FileLock lease) {
  PreparedShard prepared;
  prepared.config = &shard;
  prepared.lease = std::move(lease);
  prepared.from = TRY(sources::make_shard(source, shard));
  prepared.facts = TRY(prepared.from->check());
  config::RuleMatcher rules = TRY(config::RuleMatcher::compile(source.tables));
  std::vector<sources::ListedTable> listed = TRY(prepared.from->list());
  Known known = TRY(read_known(known_file(project, source)));
  for (sources::ListedTable& table : listed) {
    if (known.big.empty()) break;
    auto rows = known.big.find(fmt::format("{} {}.{}", shard.name, table.database, table.table));
    if (rows != known.big.end()) table.rows_estimate = std::max(table.rows_estimate, rows->second);
  }
  prepared.plan = plan_shard(std::move(listed), source, rules);
  TRY(io::fault_point("list.after"));
  return prepared;
}

Result<> stage_shard(const config::Project& project, const config::Source& source, PreparedShard& prepared,
                     lakes::Lake& lake, const RunFolder& run, const Options& options, ShardWatch& watch) {
  double begin = monotonic_seconds();
  watch.started = begin;
  const config::Shard& shard = *prepared.config;
  const ShardPlan& plan = prepared.plan;
  std::unique_ptr<Segment> segment = TRY(Segment::open(run.shard(shard.name)));
  Staging staging(*prepared.from, lake, *segment, plan, watch.counters);
  staging.run_id = run.run_id();
  staging.dataset = "lake_" + source.name;
  staging.shard_name = shard.name;
  staging.cancel = options.cancel;
  // A resumed run keeps the instant it began with, so that it ends as an undisturbed one would.
  std::string collected_at = TRY(segment->find("collected_at_us"));
  bool resumed = !collected_at.empty();
  staging.collected_at_us = resumed ? std::atoll(collected_at.c_str()) : now_us();
  TRY(segment->put("collected_at_us", std::to_string(staging.collected_at_us)));
  TRY(segment->put("facts", facts_json(prepared.facts).dump()));
  TRY(put_names(*segment, plan));

  std::unordered_set<std::string> done = TRY(segment->done());
  watch.counters.total = plan.tables() + static_cast<int64_t>(plan.collisions.size());
  Segment::Totals before = TRY(segment->totals());
  watch.counters.done = before.tables;
  watch.counters.failed = before.failed;
  watch.counters.rows = before.rows;

  watch.phase = "reading";
  Known known = TRY(read_known(known_file(project, source)));
  std::vector<std::unique_ptr<sources::Reader>> readers;
  for (int attempt = 1;; ++attempt) {
    readers = TRY(open_readers(*prepared.from, source.connections, &staging.consistency));
    Result<> known_shapes = staging.prepare(known, *readers[0]);
    if (known_shapes.ok()) break;
    // A link that is lost while shapes are looked at is as passing as one lost while rows are read.
    if (known_shapes.error().kind != ErrorKind::unavailable || attempt == attempts_max) return known_shapes;
  }
  if (resumed && staging.consistency == "shard") staging.consistency = "connection";
  if (resumed) {
    TRY(join_committed(staging));
    TRY(drop_uncommitted(project, staging));
  }
  TRY(commit_collisions(staging, done));
  auto is_done = [&](const sources::ListedTable& table) { return done.contains(name_key(table)); };
  std::vector<Part> parts = plan_parts(plan, part_tables_max, is_done);
  // Ranges read under different snapshots could miss a row that moves, or see it twice.
  if (staging.consistency == "shard") parts = split_big(plan, std::move(parts), *readers[0]);
  TRY(read_parts(staging, parts, std::move(readers)));

  TRY(put_schemas(staging));
  Segment::Totals totals = TRY(segment->totals());
  double seconds = monotonic_seconds() - begin;
  Json manifest = {{"run_id", run.run_id()},  {"shard", shard.name}, {"tables", totals.tables},
                   {"failed", totals.failed}, {"rows", totals.rows}, {"bytes", totals.bytes},
                   {"files", totals.files},   {"seconds", seconds}};
  TRY(Segment::finish(run.shard(shard.name), manifest));
  watch.phase = "staged";
  watch.ended = monotonic_seconds();
  return ok();
}

}  // namespace suikei::collect
