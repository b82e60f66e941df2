#include "collect/publish_shard.h"

#include <algorithm>
#include <random>
#include <set>

#include "base/text.h"
#include "collect/limits.h"
#include "io/fault.h"
#include "io/files.h"
#include "table/checksum.h"

namespace suikei::collect {
namespace {

/// Rows that stand ready in memory, as a stream.
class QuarantineStream final : public lakes::BatchStream {
 public:
  QuarantineStream(const std::vector<QuarantineRow>& rows, std::string shard, int64_t collected_at_us)
      : rows_(rows),
        shard_(std::move(shard)),
        collected_at_us_(collected_at_us),
        batch_(quarantine_schema()) {}
  const table::Schema& schema() const override { return batch_.schema(); }
  Result<const table::Batch*> next() override {
    batch_.clear();
    for (; at_ < rows_.size() && !batch_.full(); ++at_) {
      const QuarantineRow& row = rows_[at_];
      batch_.column(0).append_bytes(shard_);
      batch_.column(1).append_bytes(row.tenant);
      batch_.column(2).append(collected_at_us_);
      size_t column = table::system_columns;
      for (const std::string* text : {&row.table, &row.key, &row.column, &row.reason, &row.original}) {
        batch_.column(column++).append_bytes(*text);
      }
      batch_.row_done(row.original.size());
    }
    return batch_.rows() > 0 ? &batch_ : nullptr;
  }

 private:
  const std::vector<QuarantineRow>& rows_;
  std::string shard_;
  int64_t collected_at_us_;
  table::Batch batch_;
  size_t at_ = 0;
};

bool has_good_rows(const ledger::TableRecord& record) {
  return !record.good_run_id.empty() && record.state != ledger::TableState::removed;
}

/// A table's name in 16 bytes. Two names of one shard having the same mark is as likely as two equal MD5
/// digests.
Sum128 name_mark(const std::string& database, const std::string& table) {
  return md5_number(database + '\0' + table);
}

std::string sql_list(const std::vector<std::string>& texts) {
  std::vector<std::string> quoted;
  for (const std::string& text : texts) quoted.push_back(lakes::sql_text(text));
  return "(" + join(quoted, ", ") + ")";
}

}  // namespace

table::Schema quarantine_schema() {
  table::Schema schema = table::lake_schema();
  for (const char* name : {"table", "key", "column", "reason"})
    schema.columns.push_back({name, table::varchar_type, ""});
  schema.columns.push_back({"original", table::blob_type, "bytes as the source sent them"});
  return schema;
}

Result<std::unique_ptr<lakes::Lake>> open_lake_of(const config::Project& project, lakes::LakeAccess access) {
  lakes::LakeOptions options;
  options.kind = project.lake.kind;
  options.catalog = project.lake.catalog;
  options.data = project.lake.data;
  return lakes::open_lake(options, access);
}

ShardPublisher::ShardPublisher(const config::Project& project, const config::Source& source,
                               const RunFolder& run, std::string shard, lakes::Lake& lake,
                               ledger::Ledger& ledger, const Options& options)
    : project_(project),
      source_(source),
      run_(run),
      shard_(std::move(shard)),
      lake_(lake),
      ledger_(ledger),
      options_(options) {}

lakes::SliceName ShardPublisher::slice_name(const std::string& logical) const {
  return {{"lake_" + source_.name, logical}, shard_};
}

Result<> ShardPublisher::publish(const std::map<std::string, Error>& conflicts, PublishTotals& totals,
                                 ShapeCounts& shapes) {
  segment_ = TRY(Segment::open_read_only(run_.shard(shard_)));
  TRY(read_head(totals, shapes));
  TRY(read_tables(conflicts, totals, shapes));
  TRY(recall(totals));
  TRY(settle_vanished());
  TRY(drop_leftovers());
  TRY(compare_with_lake());
  for (auto& [logical, slice] : slices_) {
    if (!slice.unchanged) TRY(carry_forward(logical, slice));
  }
  TRY(make_quarantine());

  std::vector<lakes::SliceContent> contents;
  std::vector<std::string> not_needed = std::move(refused_);
  for (auto& [logical, slice] : slices_) {
    if (!slice.unchanged) {
      contents.push_back(slice.content);
      continue;
    }
    for (const lakes::StagedFile& file : slice.content.files) not_needed.push_back(file.path);
  }
  TRY(lake_.publish(run_.run_id(), contents));
  TRY(lake_.discard(not_needed));
  TRY(io::fault_point("publish.before_ledger"));

  // From here on the rows are the lake's; what follows only tells people about it.
  finish_slices(totals);
  double begin = monotonic_seconds();
  TRY(merge_into_ledger());
  totals.ledger_seconds += monotonic_seconds() - begin;
  TRY(io::fault_point("publish.after_ledger"));
  segment_.reset();
  return run_.mark_shard_published(shard_);
}

/// What the segment says of the shard as a whole.
Result<> ShardPublisher::read_head(PublishTotals& totals, ShapeCounts& shapes) {
  collected_at_us_ = std::atoll(TRY(segment_->find("collected_at_us")).c_str());
  result_.shard = shard_;
  Result<Json> facts = parse_json(TRY(segment_->find("facts")));
  if (facts.ok()) result_.facts = facts.value();
  Result<Json> unmatched = parse_json(TRY(segment_->find("unmatched")));
  if (unmatched.ok()) {
    for (const Json& name : unmatched.value()) result_.unmatched.push_back({name[0], name[1]});
  }
  totals.tables_unmatched += static_cast<int64_t>(result_.unmatched.size());
  for (auto& [fingerprint, shape] : TRY(segment_->shapes())) {
    result_.shapes[fingerprint] = sources::to_json(shape).at("columns");
    shapes.shapes[fingerprint] = shape;
  }
  return ok();
}

/// A slice's checksum is the sum of its tables', each hashed with its tenant and its number of rows, so that
/// two tenants that swap their rows do not cancel out. Tables without rows leave no trace.
void ShardPublisher::add_to_checksum(Slice& slice, const std::string& tenant, int64_t rows,
                                     Sum128 checksum) const {
  if (rows == 0) return;
  slice.checksum += md5_number(fmt::format("{}\t{}\t{}", tenant, rows, hex(checksum)));
  slice.content.rows += rows;
}

Result<> ShardPublisher::read_tables(const std::map<std::string, Error>& conflicts, PublishTotals& totals,
                                     ShapeCounts& shapes) {
  for (const std::string& logical : TRY(segment_->logicals())) {
    Slice& slice = slices_[logical];
    slice.content.files = TRY(segment_->files(logical));
    if (conflicts.contains(logical)) {
      for (const lakes::StagedFile& file : slice.content.files) refused_.push_back(file.path);
      slice.content.files.clear();
    }
    totals.files += static_cast<int64_t>(slice.content.files.size());
  }
  TableWalk walk = TRY(segment_->walk());
  while (TRY(walk.next())) {
    const TableResult& table = walk.table();
    ++totals.tables_read;
    seen_.push_back(name_mark(table.database, table.table));
    auto conflict = conflicts.find(walk.logical());
    if (!table.error && conflict == conflicts.end()) {
      Slice& slice = slices_.at(walk.logical());
      add_to_checksum(slice, table.tenant, table.rows, table.checksum);
      ++slice.tables;
      slice.bytes += table.bytes;
      totals.rows_read += table.rows;
      totals.bytes += table.bytes;
      ++shapes.tables[walk.logical()][table.shape];
      if (table.rows > range_rows) {
        shapes.big[fmt::format("{} {}.{}", shard_, table.database, table.table)] = table.rows;
      }
      continue;
    }
    ledger::TableRecord& record = failed_[table.database + '\0' + table.table];
    record = current_record(walk.logical(), table);
    record.state = ledger::TableState::failed;
    record.rows = record.bytes = 0;
    record.checksum.clear();
    record.good_run_id.clear();
    record.good_at_us = 0;
    const Error& error = table.error ? *table.error : conflict->second;
    record.reason_kind = error.kind;
    record.reason = error.message;
    record.hint = error.hint;
  }
  std::sort(seen_.begin(), seen_.end());
  return ok();
}

/// Holds the ledger's memory against the segment: which tables are new, which vanished, what a failed one
/// had.
Result<> ShardPublisher::recall(PublishTotals& totals) {
  auto known = static_cast<int64_t>(0);
  TRY(ledger_.each_table(source_.name, shard_, [&](const ledger::TableRecord& before) -> Result<> {
    if (!std::binary_search(seen_.begin(), seen_.end(), name_mark(before.database, before.table))) {
      if (before.state != ledger::TableState::removed) vanished_.push_back(before);
      return ok();
    }
    ++known;
    // A rule may give a table another logical name: its rows must leave the slice where they were.
    if (before.state != ledger::TableState::removed && has_good_rows(before)) slices_[before.logical];
    auto failed = failed_.find(before.database + '\0' + before.table);
    if (failed == failed_.end() || !has_good_rows(before)) return ok();
    ledger::TableRecord& record = failed->second;
    record.state = ledger::TableState::stale;
    record.rows = before.rows;
    record.bytes = before.bytes;
    record.checksum = before.checksum;
    record.consistency = before.consistency;
    record.good_run_id = before.good_run_id;
    record.good_at_us = before.good_at_us;
    if (record.shape.empty()) record.shape = before.shape;
    return ok();
  }));
  totals.tables_new += static_cast<int64_t>(seen_.size()) - known;
  for (const auto& [name, record] : failed_) {
    if (record.state == ledger::TableState::stale) slices_[record.logical].carried.push_back(&record);
  }
  return ok();
}

/// What the ledger knows and the shard no longer lists. The reader may just have lost the right to see it, so
/// rows leave the lake only when somebody said so.
Result<> ShardPublisher::settle_vanished() {
  std::set<std::string> unmatched;
  for (const ledger::UnmatchedTable& table : result_.unmatched)
    unmatched.insert(table.database + '\0' + table.table);
  bool remove = options_.accept_vanished || static_cast<int64_t>(vanished_.size()) <= source_.vanish_limit;
  for (ledger::TableRecord& record : vanished_) {
    record.state =
        remove || !has_good_rows(record) ? ledger::TableState::removed : ledger::TableState::vanished;
    record.run_id = run_.run_id();
    record.reason_kind = ErrorKind::not_found;
    record.reason = remove ? "gone at the source, removal accepted" : "listed before, not listed now";
    record.hint =
        remove ? ""
               : "if it was dropped: suikei collect --accept-vanished; if not: restore the reader's right";
    Slice& slice = slices_[record.logical];
    if (record.state == ledger::TableState::vanished) slice.carried.push_back(&record);
    if (!remove && unmatched.contains(record.database + '\0' + record.table)) {
      record.reason = "still there, but no rule takes it any more";
      record.hint = "give it a rule, or let its rows go: suikei collect --accept-vanished";
    }
  }
  return ok();
}

/// Removes files that an earlier, killed publish of this run staged on top of the segment's.
Result<> ShardPublisher::drop_leftovers() {
  std::vector<std::string> listed = TRY(segment_->paths());
  std::set<std::string> staged(listed.begin(), listed.end());
  std::vector<std::string> leftovers;
  std::vector<std::string> logicals = {quarantine_table};
  for (const auto& [logical, slice] : slices_) logicals.push_back(logical);
  for (const std::string& logical : logicals) {
    std::string folder = lake_.folder_of(slice_name(logical), run_.run_id());
    for (const std::string& name : io::entries(project_.lake.data / folder)) {
      if (!staged.contains(folder + "/" + name)) leftovers.push_back(folder + "/" + name);
    }
  }
  return lake_.discard(leftovers);
}

Result<> ShardPublisher::compare_with_lake() {
  for (auto& [logical, slice] : slices_) {
    for (const ledger::TableRecord* table : slice.carried) {
      add_to_checksum(slice, table->tenant, table->rows, sum128_from_hex(table->checksum));
    }
    slice.content.slice = slice_name(logical);
    slice.content.checksum = hex(slice.checksum);
    std::optional<lakes::PublishedSlice> published = TRY(lake_.find_published(slice.content.slice));
    slice.unchanged = published && published->checksum == slice.content.checksum;
    // A logical table of which nothing could ever be read has no table in the lake, and needs none.
    bool nothing = !published && slice.content.rows == 0 && slice.content.files.empty();
    if (nothing && !TRY(lake_.find_table(slice.content.slice.table))) slice.unchanged = true;
  }
  return ok();
}

Result<lakes::StagedFile> ShardPublisher::stage_query(const std::string& logical, const std::string& sql) {
  static const auto process_mark = std::random_device()();
  std::unique_ptr<lakes::BatchStream> rows = TRY(lake_.rows_of(sql));
  std::string name = fmt::format("{:08x}-carried-{:06}.parquet", process_mark, ++files_named_);
  return lake_.stage(slice_name(logical), run_.run_id(), name, *rows);
}

/// The last good rows of tables that failed or vanished, copied into the new slice.
Result<> ShardPublisher::carry_forward(const std::string& logical, Slice& slice) {
  std::vector<std::string> tenants;
  int64_t expected = 0;
  for (const ledger::TableRecord* table : slice.carried) {
    if (table->rows == 0) continue;
    tenants.push_back(table->tenant);
    expected += table->rows;
  }
  if (tenants.empty()) return ok();
  std::string name = lakes::sql_name("lake_" + source_.name) + "." + lakes::sql_name(logical);
  lakes::StagedFile file = TRY(stage_query(
      logical, fmt::format("SELECT * FROM {} WHERE _shard = {} AND _tenant IN {} ORDER BY _tenant", name,
                           lakes::sql_text(shard_), sql_list(tenants))));
  if (file.rows != expected) {
    return Error{
        ErrorKind::corrupt,
        fmt::format("{} on {}: the lake holds {} rows of {} tables to carry forward, the ledger says {}",
                    logical, shard_, file.rows, tenants.size(), expected),
        "somebody changed the lake by hand; collect those tables again, or restore the lake"};
  }
  slice.content.files.push_back(std::move(file));
  return ok();
}

/// The quarantine is a slice like any other: new values of tables that were read, old ones of those carried.
Result<> ShardPublisher::make_quarantine() {
  std::vector<QuarantineRow> rows = TRY(segment_->quarantine());
  std::string identity;
  for (const QuarantineRow& row : rows) {
    for (const std::string* text : {&row.table, &row.key, &row.column, &row.reason, &row.original}) {
      identity += fmt::format("{}:{}", text->size(), *text);
    }
  }
  std::vector<std::string> carried;
  for (const auto& [logical, slice] : slices_) {
    for (const ledger::TableRecord* table : slice.carried) {
      carried.push_back(table->database + "." + table->table);
      identity += "carried " + carried.back() + " of " + table->good_run_id;
    }
  }
  for (const QuarantineRow& row : rows) ++slices_[row.logical].quarantined;
  Slice slice;
  slice.content.slice = slice_name(quarantine_table);
  slice.content.checksum = md5_hex(identity);
  slice.quarantined = static_cast<int64_t>(rows.size());
  std::optional<lakes::PublishedSlice> published = TRY(lake_.find_published(slice.content.slice));
  slice.unchanged = published && published->checksum == slice.content.checksum;
  if (!slice.unchanged) {
    if (!rows.empty()) {
      QuarantineStream stream(rows, shard_, collected_at_us_);
      std::string name = fmt::format("{:08x}-quarantine.parquet", std::random_device()());
      slice.content.files.push_back(TRY(lake_.stage(slice.content.slice, run_.run_id(), name, stream)));
    }
    std::string table = lakes::sql_name("lake_" + source_.name) + "." + lakes::sql_name(quarantine_table);
    std::string where = fmt::format("FROM {} WHERE _shard = {} AND \"table\" IN {}", table,
                                    lakes::sql_text(shard_), sql_list(carried));
    if (!carried.empty() && published && TRY(lake_.query("SELECT count(*) " + where)).rows[0][0] != "0") {
      slice.content.files.push_back(TRY(stage_query(quarantine_table, "SELECT * " + where)));
    }
    for (const lakes::StagedFile& file : slice.content.files) slice.content.rows += file.rows;
  }
  slices_[quarantine_table] = std::move(slice);
  return ok();
}

void ShardPublisher::finish_slices(PublishTotals& totals) {
  bool lost = !failed_.empty() || std::any_of(vanished_.begin(), vanished_.end(), [](const auto& table) {
    return table.state == ledger::TableState::vanished;
  });
  result_.status = lost ? "partial" : "ok";
  for (const auto& [logical, slice] : slices_) {
    if (logical == quarantine_table) {
      totals.quarantined += slice.quarantined;
      continue;
    }
    ledger::SliceRecord& record = result_.slices.emplace_back();
    record.logical = logical;
    record.shard = shard_;
    record.failed = static_cast<int64_t>(slice.carried.size());
    record.tables = slice.tables + record.failed;
    record.rows = slice.content.rows;
    record.bytes = slice.bytes;
    record.files = static_cast<int64_t>(slice.content.files.size());
    record.quarantined = slice.quarantined;
    record.checksum = slice.content.checksum;
    record.published = !slice.unchanged;
    ++(slice.unchanged ? totals.slices_skipped : totals.slices_published);
  }
}

ledger::TableRecord ShardPublisher::current_record(const std::string& logical,
                                                   const TableResult& table) const {
  ledger::TableRecord record;
  record.database = table.database;
  record.table = table.table;
  record.tenant = table.tenant;
  record.logical = logical;
  record.rows = table.rows;
  record.bytes = table.bytes;
  record.checksum = hex(table.checksum);
  record.shape = table.shape;
  record.consistency = table.consistency;
  record.attempts = table.attempts;
  record.run_id = record.good_run_id = run_.run_id();
  record.good_at_us = collected_at_us_;
  return record;
}

Result<> ShardPublisher::merge_into_ledger() {
  TableWalk walk = TRY(segment_->walk());
  bool walking = true;
  auto next_failed = failed_.begin();
  auto next_vanished = vanished_.begin();
  return ledger_.merge(source_.name, run_.run_id(), result_,
                       [&](ledger::TableRecord& record) -> Result<bool> {
                         while (walking) {
                           walking = TRY(walk.next());
                           const TableResult& table = walk.table();
                           if (!walking || failed_.contains(table.database + '\0' + table.table)) continue;
                           record = current_record(walk.logical(), table);
                           return true;
                         }
                         if (next_failed != failed_.end()) {
                           record = (next_failed++)->second;
                           return true;
                         }
                         if (next_vanished == vanished_.end()) return false;
                         record = *next_vanished++;
                         return true;
                       });
}

}  // namespace suikei::collect
