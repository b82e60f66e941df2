// What `status`, `doctor` and the next run ask of the ledger.
#include <algorithm>
#include <set>
#include <unordered_map>

#include "base/text.h"
#include "ledger/interned.h"
#include "ledger/ledger.h"
#include "ledger/limits.h"
#include "ledger/row.h"

namespace suikei::ledger {
namespace {

/// Turns stored rows into records: numbers into texts, and what a row leaves to its shard into values.
class Reading {
 public:
  static Result<Reading> open(io::Database& database, const std::string& source) {
    Interned words = TRY(Interned::words(database));
    Interned shapes = TRY(Interned::shapes(database));
    Interned runs = TRY(Interned::runs(database));
    Reading reading(std::move(words), std::move(shapes), std::move(runs));
    TRY(reading.load_shards(database, source));
    TRY(reading.load_usual_shapes(database, source));
    return reading;
  }

  Interned words, shapes, runs;

  /// The row the statement stands on (row_columns).
  Result<> read(const io::Statement& from, TableRecord& record, std::string* shard_name = nullptr) {
    Row row = read_row(from);
    const ShardMemory& shard = shards_[from.integer(0)];
    TRY(set(words, row.database, record.database));
    TRY(set(words, row.name, record.table));
    TRY(set(words, row.tenant, record.tenant));
    TRY(set(words, row.logical, record.logical));
    TRY(set(words, row.consistency, record.consistency));
    TRY(set(words, row.reason, record.reason));
    TRY(set(words, row.hint, record.hint));
    TRY(set(shapes, row.shape, record.shape));
    TRY(set(runs, last_seen(row, shard), record.run_id));
    TRY(set(runs, good_run(row, shard), record.good_run_id));
    const std::string* kind = TRY(words.text_of(row.reason_kind));
    record.reason_kind = error_kind_named(*kind);
    record.state = row.state;
    record.rows = row.rows;
    record.bytes = row.bytes;
    record.checksum = text_of(row.checksum);
    record.attempts = row.attempts;
    record.good_at_us = good_at_us(row, shard);
    auto usual = usual_shapes_.find(row.logical);
    record.drifted = row.shape && usual != usual_shapes_.end() && usual->second.first != row.shape;
    if (shard_name) *shard_name = shard.name;
    return ok();
  }

 private:
  Reading(Interned words_in, Interned shapes_in, Interned runs_in)
      : words(std::move(words_in)), shapes(std::move(shapes_in)), runs(std::move(runs_in)) {}

  static Result<> set(Interned& texts, uint32_t id, std::string& into) {
    const std::string* text = TRY(texts.text_of(id));
    into = *text;
    return ok();
  }

  Result<> load_shards(io::Database& database, const std::string& source) {
    io::Statement list = TRY(database.prepare(
        "SELECT number, name, last_run, (SELECT read_us FROM shard_run r WHERE r.run = s.last_run AND "
        "r.shard = s.number) FROM shard s WHERE source = ?"));
    list.bind_all(source);
    while (TRY(list.step())) {
      shards_[list.integer(0)] = {list.text(1), static_cast<uint32_t>(list.integer(2)), list.integer(3)};
    }
    return ok();
  }

  /// The shape that most tables of each logical table have; of equally common ones the older.
  Result<> load_usual_shapes(io::Database& database, const std::string& source) {
    io::Statement list = TRY(database.prepare(
        "SELECT logical, shape, sum(tables) FROM shape_count WHERE shard IN (SELECT number FROM shard WHERE "
        "source = ?) GROUP BY 1, 2 ORDER BY 1, 2"));
    list.bind_all(source);
    while (TRY(list.step())) {
      auto& usual = usual_shapes_[static_cast<uint32_t>(list.integer(0))];
      if (list.integer(2) > usual.second) usual = {static_cast<uint32_t>(list.integer(1)), list.integer(2)};
    }
    return ok();
  }

  std::unordered_map<int64_t, ShardMemory> shards_;
  std::unordered_map<uint32_t, std::pair<uint32_t, int64_t>> usual_shapes_;  // logical -> shape, tables
};

using ShardTables = std::vector<std::pair<std::string, TableRecord>>;

Result<ShardTables> read_all(Reading& reading, io::Statement& list) {
  ShardTables found;
  while (TRY(list.step())) {
    found.emplace_back();
    TRY(reading.read(list, found.back().second, &found.back().first));
  }
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) {
    return std::tie(a.first, a.second.database, a.second.table) <
           std::tie(b.first, b.second.database, b.second.table);
  });
  return found;
}

constexpr const char* shards_of_source = "(SELECT number FROM shard WHERE source = ?1)";

}  // namespace

Result<> Ledger::each_table(const std::string& source, const std::string& shard, const TakeTable& take) {
  Reading reading = TRY(Reading::open(database_, source));
  io::Statement list = TRY(database_.prepare(fmt::format(
      "SELECT {} FROM physical p WHERE shard = (SELECT number FROM shard WHERE source = ? AND name = ?) "
      "AND state <> {}",
      row_columns, static_cast<int>(TableState::removed))));
  list.bind_all(source, shard);
  TableRecord record;
  while (TRY(list.step())) {
    TRY(reading.read(list, record));
    TRY(take(record));
  }
  return ok();
}

Result<std::map<std::string, TableRecord>> Ledger::tables(const std::string& source,
                                                          const std::string& shard) {
  std::map<std::string, TableRecord> found;
  TRY(each_table(source, shard, [&](const TableRecord& record) {
    found.emplace(record.database + '\0' + record.table, record);
    return ok();
  }));
  return found;
}

Result<std::vector<StateCount>> Ledger::counts(const std::string& source) {
  Interned words = TRY(Interned::words(database_));
  io::Statement list = TRY(database_.prepare(
      "SELECT s.name, c.logical, c.state, c.reason, c.tables, c.rows FROM state_count c JOIN shard s ON "
      "s.number = c.shard WHERE s.source = ?"));
  list.bind_all(source);
  std::vector<StateCount> found;
  while (TRY(list.step())) {
    const std::string* logical = TRY(words.text_of(static_cast<uint32_t>(list.integer(1))));
    const std::string* reason = TRY(words.text_of(static_cast<uint32_t>(list.integer(3))));
    found.push_back({list.text(0), *logical, *reason, static_cast<TableState>(list.integer(2)),
                     list.integer(4), list.integer(5)});
  }
  std::sort(found.begin(), found.end(), [](const StateCount& a, const StateCount& b) {
    return std::tie(a.shard, a.logical, a.state, a.reason) < std::tie(b.shard, b.logical, b.state, b.reason);
  });
  return found;
}

Result<ShardTables> Ledger::not_current(const std::string& source, int limit) {
  Reading reading = TRY(Reading::open(database_, source));
  // The condition on `state` is that of the index.
  io::Statement list = TRY(database_.prepare(
      fmt::format("SELECT {} FROM physical p WHERE p.state BETWEEN 1 AND 3 AND p.shard IN {} LIMIT ?2",
                  row_columns, shards_of_source)));
  list.bind_all(source, limit > 0 ? limit : -1);
  return read_all(reading, list);
}

Result<ShardTables> Ledger::find_tables(const std::string& source, const std::string& logical,
                                        const std::string& tenant) {
  Reading reading = TRY(Reading::open(database_, source));
  uint32_t logical_word = TRY(reading.words.find(logical));
  uint32_t tenant_word = TRY(reading.words.find(tenant));
  if ((!logical.empty() && !logical_word) || (!tenant.empty() && !tenant_word)) return ShardTables();
  std::string sql = fmt::format("SELECT {} FROM physical p ", row_columns);
  if (!tenant.empty())
    sql += "JOIN tenant_place t ON t.tenant = ?3 AND t.shard = p.shard AND t.database = p.database ";
  sql += fmt::format("WHERE p.shard IN {} AND (?2 = 0 OR p.logical = ?2) AND (?3 = 0 OR p.tenant = ?3)",
                     shards_of_source);
  io::Statement list = TRY(database_.prepare(sql));
  list.bind_all(source, int64_t{logical_word}, int64_t{tenant_word});
  return read_all(reading, list);
}

Result<std::vector<Attempt>> Ledger::attempts(const std::string& source, const std::string& shard,
                                              const TableRecord& table) {
  Interned words = TRY(Interned::words(database_));
  uint32_t database_word = TRY(words.find(table.database));
  uint32_t table_word = TRY(words.find(table.table));
  io::Statement number = TRY(database_.prepare("SELECT number FROM shard WHERE source = ? AND name = ?"));
  number.bind_all(source, shard);
  std::vector<Attempt> found;
  if (!TRY(number.step())) return found;
  int64_t shard_id = number.integer(0);
  io::Statement list =
      TRY(database_.prepare("SELECT r.run_id, a.at_us, a.outcome, a.rows, a.checksum, a.reason, a.attempts "
                            "FROM run r JOIN attempt a ON "
                            "a.run = r.id AND a.shard = ?2 AND a.database = ?3 AND a.name = ?4 WHERE "
                            "r.source = ?1 ORDER BY a.run DESC"));
  list.bind_all(source, shard_id, int64_t{database_word}, int64_t{table_word});
  while (TRY(list.step())) {
    const std::string* outcome = TRY(words.text_of(static_cast<uint32_t>(list.integer(2))));
    const std::string* reason = TRY(words.text_of(static_cast<uint32_t>(list.integer(5))));
    found.push_back({list.text(0), list.integer(1), *outcome, list.integer(3),
                     text_of(read_checksum(list, 4)), *reason, static_cast<int>(list.integer(6))});
  }
  // A table's beginning is told by its row alone.
  io::Statement first = TRY(database_.prepare(
      "SELECT r.run_id, r.started_us FROM physical p JOIN run r ON r.id = p.first_run WHERE p.shard = ? AND "
      "p.database = ? AND p.name = ?"));
  first.bind_all(shard_id, int64_t{database_word}, int64_t{table_word});
  if (TRY(first.step())) found.push_back({first.text(0), first.integer(1), "new", 0, "", "", 1});
  return found;
}

Result<std::vector<DriftedShape>> Ledger::shapes(const std::string& source, const std::string& logical) {
  Interned words = TRY(Interned::words(database_));
  io::Statement list =
      TRY(database_.prepare("SELECT c.logical, s.fingerprint, s.columns, c.tables, c.examples, h.name FROM "
                            "shape_count c JOIN shape s ON "
                            "s.id = c.shape JOIN shard h ON h.number = c.shard WHERE h.source = ? ORDER BY "
                            "c.logical, c.shape, h.name"));
  list.bind_all(source);
  std::map<std::pair<std::string, std::string>, DriftedShape> found;
  std::map<std::string, int> shapes_of;
  while (TRY(list.step())) {
    const std::string* name = TRY(words.text_of(static_cast<uint32_t>(list.integer(0))));
    if (!logical.empty() && *name != logical) continue;
    DriftedShape& shape = found[{*name, list.text(1)}];
    if (shape.fingerprint.empty()) {
      ++shapes_of[*name];
      shape.logical = *name;
      shape.fingerprint = list.text(1);
      std::string columns = list.text(2);
      if (!columns.empty()) shape.columns = TRY(parse_json(columns));
    }
    shape.tables += list.integer(3);
    Json examples = TRY(parse_json(list.text(4)));
    for (const Json& example : examples) {
      if (shape.examples.size() < shape_examples_max)
        shape.examples.push_back(list.text(5) + " " + example.get<std::string>());
    }
  }
  std::vector<DriftedShape> result;
  for (auto& [key, shape] : found) {
    if (!logical.empty() || shapes_of[key.first] > 1) result.push_back(std::move(shape));
  }
  std::stable_sort(result.begin(), result.end(), [](const DriftedShape& a, const DriftedShape& b) {
    return a.logical != b.logical ? a.logical < b.logical : a.tables > b.tables;
  });
  return result;
}

Result<std::vector<std::pair<std::string, UnmatchedTable>>> Ledger::unmatched(const std::string& source) {
  io::Statement list =
      TRY(database_.prepare("SELECT s.name, u.database, u.name FROM unmatched u JOIN shard s ON s.number = "
                            "u.shard WHERE s.source = ? "
                            "ORDER BY 1, 2, 3"));
  list.bind_all(source);
  std::vector<std::pair<std::string, UnmatchedTable>> found;
  while (TRY(list.step())) found.push_back({list.text(0), {list.text(1), list.text(2)}});
  return found;
}

Result<std::map<std::string, std::vector<std::string>>> Ledger::tenants_on_many_shards(
    const std::string& source) {
  Interned words = TRY(Interned::words(database_));
  io::Statement list =
      TRY(database_.prepare("SELECT DISTINCT t.tenant, s.name FROM tenant_place t JOIN shard s ON s.number = "
                            "t.shard WHERE s.source = ? "
                            "AND t.current > 0 ORDER BY 1, 2"));
  list.bind_all(source);
  std::map<std::string, std::vector<std::string>> found;
  uint32_t tenant = 0;
  std::vector<std::string> shards;
  auto take = [&]() -> Result<> {
    if (shards.size() < 2) return ok();
    const std::string* name = TRY(words.text_of(tenant));
    found[*name] = shards;
    return ok();
  };
  while (TRY(list.step())) {
    auto next = static_cast<uint32_t>(list.integer(0));
    if (next != tenant) {
      TRY(take());
      shards.clear();
      tenant = next;
    }
    shards.push_back(list.text(1));
  }
  TRY(take());
  return found;
}

Result<std::vector<SliceRecord>> Ledger::slices(const std::string& source, const std::string& run_id) {
  Interned words = TRY(Interned::words(database_));
  io::Statement list = TRY(database_.prepare(
      "SELECT s.name, c.logical, c.tables, c.failed, c.rows, c.bytes, c.files, c.quarantined, c.checksum, "
      "c.published FROM shard s JOIN slice_run c ON c.shard = s.number AND c.run = "
      "CASE ?2 WHEN '' THEN s.last_run ELSE (SELECT id FROM run WHERE run_id = ?2) END WHERE s.source = ?1"));
  list.bind_all(source, run_id);
  std::vector<SliceRecord> found;
  while (TRY(list.step())) {
    const std::string* logical = TRY(words.text_of(static_cast<uint32_t>(list.integer(1))));
    found.push_back({*logical, list.text(0), list.integer(2), list.integer(3), list.integer(4),
                     list.integer(5), list.integer(6), list.integer(7), text_of(read_checksum(list, 8)),
                     list.integer(9) != 0});
  }
  std::sort(found.begin(), found.end(), [](const SliceRecord& a, const SliceRecord& b) {
    return std::tie(a.shard, a.logical) < std::tie(b.shard, b.logical);
  });
  return found;
}

Result<std::vector<ShardRunRecord>> Ledger::shard_runs(const std::string& source, const std::string& run_id) {
  io::Statement list =
      TRY(database_.prepare("SELECT s.name, r.run_id, c.status, c.error, c.hint, c.facts, c.seconds FROM "
                            "shard s JOIN shard_run c ON "
                            "c.shard = s.number AND c.run = CASE ?2 WHEN '' THEN (SELECT max(run) FROM "
                            "shard_run WHERE shard = s.number) "
                            "ELSE (SELECT id FROM run WHERE run_id = ?2) END JOIN run r ON r.id = c.run "
                            "WHERE s.source = ?1 ORDER BY 1"));
  list.bind_all(source, run_id);
  std::vector<ShardRunRecord> found;
  while (TRY(list.step())) {
    ShardRunRecord record{list.text(0), list.text(1), list.text(2), list.text(3),
                          list.text(4), {},           list.real(6)};
    std::string facts = list.text(5);
    if (!facts.empty()) record.facts = TRY(parse_json(facts));
    found.push_back(std::move(record));
  }
  return found;
}

}  // namespace suikei::ledger
