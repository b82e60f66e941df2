#include "ledger/merge.h"

#include <algorithm>
#include <numeric>

#include "base/text.h"
#include "base/time.h"
#include "ledger/limits.h"

namespace suikei::ledger {
namespace {

constexpr uint8_t visited = 1, changed = 2;

uint64_t key_of(uint32_t database, uint32_t name) {
  return uint64_t{database} << 32 | name;
}
uint64_t key_of(const Row& row) {
  return key_of(row.database, row.name);
}

Result<uint32_t> run_number(io::Database& database, const std::string& source, const std::string& run_id) {
  // Normally put_run came first; a ledger that was lost in between is filled all the same.
  io::Statement add =
      TRY(database.prepare("INSERT OR IGNORE INTO run (run_id, source, business_date, status, "
                           "started_us, finished_us, report) VALUES (?, ?, '', 'running', ?, 0, '')"));
  add.bind_all(run_id, source, now_us());
  TRY(add.run());
  Interned runs = TRY(Interned::runs(database));
  return runs.find(run_id);
}

/// What happened to a table, or nullptr for "read, and unchanged" and for "new", which the row itself tells.
const char* outcome_of(const Row* before, const Row& after) {
  if (after.state == TableState::stale || after.state == TableState::failed) return "failed";
  if (!before) return nullptr;
  if (after.state == TableState::vanished)
    return before->state == TableState::vanished ? nullptr : "vanished";
  if (after.state == TableState::removed) return before->state == TableState::removed ? nullptr : "removed";
  if (before->state == TableState::vanished || before->state == TableState::removed) return "returned";
  if (before->checksum != after.checksum || before->shape != after.shape) return "changed";
  return before->state == TableState::current ? nullptr : "returned";
}

}  // namespace

Result<Merge> Merge::begin(io::Database& database, const std::string& source, const std::string& run_id,
                           const std::string& shard) {
  Interned words = TRY(Interned::words(database));
  Interned shapes = TRY(Interned::shapes(database));
  io::Statement attempt =
      TRY(database.prepare("INSERT OR REPLACE INTO attempt VALUES (?,?,?,?,?,?,?,?,?,?)"));
  Merge merge(database, std::move(words), std::move(shapes), std::move(attempt));
  merge.source_ = source;
  merge.memory_.name = shard;
  merge.run_ = TRY(run_number(database, source, run_id));
  TRY(merge.load());
  return merge;
}

Result<> Merge::load() {
  io::Statement shard =
      TRY(database_.prepare("SELECT number, last_run, (SELECT read_us FROM shard_run r WHERE r.run = "
                            "s.last_run AND r.shard = s.number) "
                            "FROM shard s WHERE source = ? AND name = ?"));
  shard.bind_all(source_, memory_.name);
  bool found = TRY(shard.step());
  CHECK(found);  // the caller has asked for its number
  shard_ = shard.integer(0);
  memory_.last_run = static_cast<uint32_t>(shard.integer(1));
  memory_.read_us = read_us_ = shard.integer(2);
  TRY(shard.run());
  again_ = memory_.last_run == run_;
  if (!again_) read_us_ = 0;

  io::Statement rows =
      TRY(database_.prepare(fmt::format("SELECT {} FROM physical p WHERE shard = ?", row_columns)));
  rows.bind(1, shard_);
  while (TRY(rows.step())) {
    rows_.push_back(read_row(rows));
    places_.emplace(key_of(rows_.back()), static_cast<uint32_t>(rows_.size() - 1));
  }
  marks_.resize(rows_.size());
  return ok();
}

Result<> Merge::take_shapes(const std::map<std::string, Json>& shapes) {
  io::Statement update =
      TRY(database_.prepare("UPDATE shape SET columns = ?2 WHERE id = ?1 AND columns <> ?2"));
  for (const auto& [fingerprint, columns] : shapes) {
    uint32_t id = TRY(shapes_.id_of(fingerprint));
    update.bind(1, int64_t{id}).bind(2, columns.dump());
    TRY(update.run());
  }
  return ok();
}

Result<> Merge::take_tables(const NextTable& next) {
  TableRecord record;
  while (TRY(next(record))) TRY(take_table(record));
  return ok();
}

Result<> Merge::take_table(const TableRecord& record) {
  visited_any_ = true;
  uint32_t database = TRY(words_.id_of(record.database));
  uint32_t name = TRY(words_.id_of(record.table));
  auto place = places_.find(key_of(database, name));
  const Row* before = place == places_.end() ? nullptr : &rows_[place->second];
  Row after;
  if (before) after = *before;
  after.database = database;
  after.name = name;
  if (!TRY(next_row(record, before, after))) return ok();

  bool same = before && after == *before;
  const char* outcome = outcome_of(before, after);
  // What this run has told before is not told again.
  if (outcome && !(again_ && same)) TRY(note_attempt(outcome, record, after));
  if (record.state == TableState::current) read_us_ = std::max(read_us_, record.good_at_us);
  if (!before) {
    after.first_run = run_;
    places_.emplace(key_of(after), static_cast<uint32_t>(rows_.size()));
    rows_.emplace_back();
    marks_.push_back(0);
    place = places_.find(key_of(after));
  }
  uint32_t at = place->second;
  marks_[at] |= visited;
  if (same) return ok();
  after.written_run = run_;
  if (after.state == TableState::current) after.good_at_us = record.good_at_us;
  rows_[at] = after;
  marks_[at] |= changed;
  return ok();
}

Result<bool> Merge::next_row(const TableRecord& record, const Row* before, Row& row) {
  bool readable = before && before->checksum.known;  // something of it is in the lake
  row.tenant = TRY(words_.id_of(record.tenant));
  row.logical = TRY(words_.id_of(record.logical));
  if (!record.shape.empty()) row.shape = TRY(shapes_.id_of(record.shape));
  row.state = record.state;
  row.seen_run = 0;

  if (record.state == TableState::current) {
    row.rows = record.rows;
    row.bytes = record.bytes;
    row.checksum = TRY(checksum_of(record.checksum));
    row.consistency = TRY(words_.id_of(record.consistency));
    row.attempts = record.attempts;
    row.reason_kind = row.reason = row.hint = 0;
    row.good_run = 0;
    return true;
  }
  bool gone = record.state == TableState::vanished || record.state == TableState::removed;
  if (gone && !before) return false;
  if (record.state == TableState::removed || (gone && !readable)) {
    if (before->state == TableState::removed) {
      row = *before;
      return true;
    }
    row.state = TableState::removed;
    row.rows = row.bytes = row.good_at_us = 0;
    row.checksum = Checksum();
    row.good_run = 0;
    row.seen_run = run_;  // nobody will look at it again
    TRY(describe_failure(record, row));
    return true;
  }
  // Not readable now: what is in the lake stays, and so does what is known of it.
  if (before && before->state == TableState::current) {
    row.good_run = good_run(*before, memory_);
    row.good_at_us = good_at_us(*before, memory_);
  }
  if (!readable && !record.good_run_id.empty()) {
    // The lake has rows of which this ledger does not know: it was lost and is being filled again.
    Interned runs = TRY(Interned::runs(database_));
    row.rows = record.rows;
    row.bytes = record.bytes;
    row.checksum = TRY(checksum_of(record.checksum));
    row.consistency = TRY(words_.id_of(record.consistency));
    row.good_run = TRY(runs.find(record.good_run_id));
    row.good_at_us = record.good_at_us;
    readable = row.checksum.known;
  }
  if (!gone) row.state = readable ? TableState::stale : TableState::failed;
  TRY(describe_failure(record, row));
  return true;
}

Result<> Merge::describe_failure(const TableRecord& record, Row& row) {
  row.reason_kind = TRY(words_.id_of(record.reason.empty() ? "" : name_of(record.reason_kind)));
  row.reason = TRY(words_.id_of(record.reason));
  row.hint = TRY(words_.id_of(record.hint));
  row.attempts = record.attempts;
  return ok();
}

Result<> Merge::note_attempt(const char* outcome, const TableRecord& record, const Row& row) {
  int64_t at_us = record.state == TableState::current && record.good_at_us ? record.good_at_us : now_us();
  uint32_t outcome_word = TRY(words_.id_of(outcome));
  attempt_.bind(1, int64_t{run_}).bind(2, shard_).bind(3, int64_t{row.database}).bind(4, int64_t{row.name});
  attempt_.bind(5, at_us).bind(6, int64_t{outcome_word}).bind(7, row.rows);
  bind_checksum(attempt_, 8, row.checksum);
  attempt_.bind(9, int64_t{row.reason}).bind(10, record.attempts);
  return attempt_.run();
}

void Merge::pin_unvisited() {
  // The shard's last run is about to move on; a row that this run did not look at must not move with it.
  if (!visited_any_ || again_ || !memory_.last_run) return;
  for (size_t i = 0; i < rows_.size(); ++i) {
    Row& row = rows_[i];
    if (marks_[i] & visited || row.seen_run) continue;
    row.good_at_us = good_at_us(row, memory_);
    row.seen_run = memory_.last_run;
    marks_[i] |= changed;
  }
}

Result<> Merge::take_slices(const std::vector<SliceRecord>& slices) {
  io::Statement add =
      TRY(database_.prepare("INSERT OR REPLACE INTO slice_run VALUES (?,?,?,?,?,?,?,?,?,?,?)"));
  for (const SliceRecord& slice : slices) {
    uint32_t logical = TRY(words_.id_of(slice.logical));
    Checksum checksum = TRY(checksum_of(slice.checksum));
    add.bind(1, int64_t{run_}).bind(2, shard_).bind(3, int64_t{logical});
    add.bind(4, slice.tables)
        .bind(5, slice.failed)
        .bind(6, slice.rows)
        .bind(7, slice.bytes)
        .bind(8, slice.files);
    add.bind(9, slice.quarantined);
    bind_checksum(add, 10, checksum);
    add.bind(11, static_cast<int>(slice.published));
    TRY(add.run());
  }
  return ok();
}

Result<> Merge::take_unmatched(const ShardResult& result) {
  // A shard that was not listed says nothing about unmatched tables.
  if (!visited_any_ && result.unmatched.empty() && result.status == "failed") return ok();
  std::vector<std::pair<std::string, std::string>> wanted, remembered;
  for (const UnmatchedTable& table : result.unmatched) wanted.emplace_back(table.database, table.table);
  std::sort(wanted.begin(), wanted.end());
  io::Statement list =
      TRY(database_.prepare("SELECT database, name FROM unmatched WHERE shard = ? ORDER BY 1, 2"));
  list.bind(1, shard_);
  while (TRY(list.step())) remembered.emplace_back(list.text(0), list.text(1));
  if (wanted == remembered) return ok();
  TRY(database_.run(fmt::format("DELETE FROM unmatched WHERE shard = {}", shard_)));
  io::Statement add = TRY(database_.prepare("INSERT OR IGNORE INTO unmatched VALUES (?, ?, ?)"));
  for (const auto& [database, table] : wanted) {
    add.bind_all(shard_, database, table);
    TRY(add.run());
  }
  return ok();
}

Result<> Merge::finish(const ShardResult& result) {
  pin_unvisited();
  if (std::any_of(marks_.begin(), marks_.end(), [](uint8_t mark) { return mark & changed; })) {
    TRY(write_rows());
    TRY(write_counts());
    TRY(write_places());
  }
  io::Statement remember =
      TRY(database_.prepare("INSERT OR REPLACE INTO shard_run VALUES (?,?,?,?,?,?,?,?)"));
  remember.bind_all(int64_t{run_}, shard_, result.status, result.error, result.hint,
                    result.facts.is_null() ? std::string() : result.facts.dump(), result.seconds, read_us_);
  TRY(remember.run());
  if (visited_any_) {
    TRY(database_.run(fmt::format("UPDATE shard SET last_run = {} WHERE number = {}", run_, shard_)));
  }
  return forget(source_);
}

Result<> Merge::forget(const std::string& source) {
  io::Statement drop =
      TRY(database_.prepare("DELETE FROM attempt WHERE shard = ?1 AND run IN (SELECT id FROM run WHERE "
                            "source = ?2 AND started_us < ?3) "
                            "AND (?4 = 0 OR outcome = ?4)"));
  constexpr int64_t day_us = int64_t{86400} * 1'000'000;
  int64_t changes_before = now_us() - changes_kept_days * day_us;
  uint32_t word = TRY(words_.id_of("changed"));
  drop.bind_all(shard_, source, changes_before, int64_t{word});
  TRY(drop.run());
  drop.bind_all(shard_, source, now_us() - attempts_kept_days * day_us, int64_t{0});
  return drop.run();
}

Result<> Merge::write_rows() {
  // In the order of the key, pages are filled one after the other.
  std::vector<uint32_t> order;
  for (uint32_t i = 0; i < rows_.size(); ++i) {
    if (marks_[i] & changed) order.push_back(i);
  }
  std::sort(order.begin(), order.end(),
            [this](uint32_t a, uint32_t b) { return key_of(rows_[a]) < key_of(rows_[b]); });
  io::Statement insert = TRY(database_.prepare(row_insert));
  for (uint32_t at : order) {
    bind_row(insert, shard_, rows_[at]);
    TRY(insert.run());
  }
  return ok();
}

Result<> Merge::write_counts() {
  struct Count {
    int64_t tables = 0, rows = 0;
  };
  struct Shapes {
    int64_t tables = 0;
    std::vector<const Row*> examples;
  };
  std::map<std::array<uint32_t, 3>, Count> states;
  std::map<std::array<uint32_t, 2>, Shapes> shapes;
  for (const Row& row : rows_) {
    if (row.state == TableState::removed) continue;
    Count& count = states[{row.logical, static_cast<uint32_t>(row.state), row.reason}];
    ++count.tables;
    count.rows += row.rows;
    // What is gone at the source does not drift from it.
    if (!row.shape || row.state == TableState::vanished) continue;
    Shapes& shape = shapes[{row.logical, row.shape}];
    ++shape.tables;
    if (shape.examples.size() < shape_examples_max) shape.examples.push_back(&row);
  }

  TRY(database_.run(fmt::format("DELETE FROM state_count WHERE shard = {}", shard_)));
  io::Statement add_state = TRY(database_.prepare("INSERT INTO state_count VALUES (?,?,?,?,?,?)"));
  for (const auto& [key, count] : states) {
    add_state.bind(1, shard_).bind(2, int64_t{key[0]}).bind(3, int64_t{key[1]}).bind(4, int64_t{key[2]});
    add_state.bind(5, count.tables).bind(6, count.rows);
    TRY(add_state.run());
  }
  TRY(database_.run(fmt::format("DELETE FROM shape_count WHERE shard = {}", shard_)));
  io::Statement add_shape = TRY(database_.prepare("INSERT INTO shape_count VALUES (?,?,?,?,?)"));
  for (const auto& [key, shape] : shapes) {
    Json examples = Json::array();
    for (const Row* row : shape.examples) {
      const std::string* database = TRY(words_.text_of(row->database));
      const std::string* name = TRY(words_.text_of(row->name));
      examples.push_back(*database + "." + *name);
    }
    add_shape.bind(1, shard_).bind(2, int64_t{key[0]}).bind(3, int64_t{key[1]}).bind(4, shape.tables);
    add_shape.bind(5, examples.dump());
    TRY(add_shape.run());
  }
  return ok();
}

Result<> Merge::write_places() {
  std::map<std::pair<uint32_t, uint32_t>, int64_t> wanted,
      remembered;  // (tenant, database) -> current tables
  for (const Row& row : rows_) {
    if (row.tenant) wanted[{row.tenant, row.database}] += row.state == TableState::current;
  }
  io::Statement list =
      TRY(database_.prepare("SELECT tenant, database, current FROM tenant_place WHERE shard = ?"));
  list.bind(1, shard_);
  while (TRY(list.step())) {
    remembered[{static_cast<uint32_t>(list.integer(0)), static_cast<uint32_t>(list.integer(1))}] =
        list.integer(2);
  }
  io::Statement put = TRY(database_.prepare("INSERT OR REPLACE INTO tenant_place VALUES (?,?,?,?)"));
  for (const auto& [place, current] : wanted) {
    auto known = remembered.find(place);
    if (known != remembered.end() && known->second == current) continue;
    put.bind(1, int64_t{place.first}).bind(2, shard_).bind(3, int64_t{place.second}).bind(4, current);
    TRY(put.run());
  }
  io::Statement drop =
      TRY(database_.prepare("DELETE FROM tenant_place WHERE tenant = ? AND shard = ? AND database = ?"));
  for (const auto& [place, current] : remembered) {
    if (wanted.count(place)) continue;
    drop.bind(1, int64_t{place.first}).bind(2, shard_).bind(3, int64_t{place.second});
    TRY(drop.run());
  }
  return ok();
}

}  // namespace suikei::ledger
