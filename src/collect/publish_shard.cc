#include "collect/publish_shard.h"

#include <algorithm>
#include <random>

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

std::string slice_checksum(const std::vector<const ledger::TableRecord*>& tables) {
  std::vector<std::string> lines;
  for (const ledger::TableRecord* table : tables) {
    if (table->rows > 0)
      lines.push_back(fmt::format("{}\t{}\t{}\n", table->tenant, table->rows, table->checksum));
  }
  std::sort(lines.begin(), lines.end());
  return md5_hex(join(lines, ""));
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
  TRY(gather(conflicts, totals, shapes));
  TRY(compare_with_lake());
  for (auto& [logical, slice] : slices_) {
    if (!slice.unchanged) TRY(carry_forward(logical, slice));
  }
  TRY(make_quarantine());

  std::vector<lakes::SliceContent> contents;
  std::vector<std::string> not_needed;
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
  finish_records(totals);
  double begin = monotonic_seconds();
  TRY(ledger_.merge(source_.name, run_.run_id(), result_));
  totals.ledger_seconds += monotonic_seconds() - begin;
  TRY(io::fault_point("publish.after_ledger"));
  segment_.reset();
  return run_.mark_shard_published(shard_);
}

ledger::TableRecord ShardPublisher::failed_record(const TableResult& table, const ledger::TableRecord* before,
                                                  const Error& error) const {
  ledger::TableRecord record;
  if (before) record = *before;
  record.database = table.database;
  record.table = table.table;
  record.tenant = table.tenant;
  record.state = before && has_good_rows(*before) ? ledger::TableState::stale : ledger::TableState::failed;
  record.reason_kind = error.kind;
  record.reason = error.message;
  record.hint = error.hint;
  record.attempts = table.attempts;
  record.run_id = run_.run_id();
  return record;
}

/// Every table of the shard, from the segment and from what the ledger remembers.
Result<> ShardPublisher::gather(const std::map<std::string, Error>& conflicts, PublishTotals& totals,
                                ShapeCounts& shapes) {
  std::map<std::string, ledger::TableRecord> prior = TRY(ledger_.tables(source_.name, shard_));
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
  for (const std::string& logical : TRY(segment_->logicals())) {
    Slice& slice = slices_[logical];
    auto conflict = conflicts.find(logical);
    for (const TableResult& table : TRY(segment_->tables(logical))) {
      auto before = prior.find(table.database + '\0' + table.table);
      const ledger::TableRecord* known = before == prior.end() ? nullptr : &before->second;
      totals.tables_new += known == nullptr;
      ++totals.tables_read;
      std::optional<Error> error = table.error;
      if (!error && conflict != conflicts.end()) error = conflict->second;
      size_t at = result_.tables.size();
      if (error) {
        ledger::TableRecord& record = result_.tables.emplace_back(failed_record(table, known, *error));
        record.logical = logical;
        if (record.state == ledger::TableState::stale) slice.carried.push_back(at);
      } else {
        ledger::TableRecord& record = result_.tables.emplace_back();
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
        slice.tables.push_back(at);
        slice.bytes += table.bytes;
        totals.rows_read += table.rows;
        if (table.rows > range_rows)
          shapes.big[fmt::format("{} {}.{}", shard_, table.database, table.table)] = table.rows;
        totals.bytes += table.bytes;
      }
      if (known) prior.erase(before);
    }
    if (conflict == conflicts.end()) slice.content.files = TRY(segment_->files(logical));
    totals.files += static_cast<int64_t>(slice.content.files.size());
  }
  add_vanished(prior);
  mark_drift(totals, shapes);
  return ok();
}

/// What the ledger knows and the shard no longer lists. The reader may just have lost the right to see it, so
/// rows leave the lake only when somebody said so.
void ShardPublisher::add_vanished(std::map<std::string, ledger::TableRecord>& prior) {
  std::erase_if(prior, [](const auto& entry) { return entry.second.state == ledger::TableState::removed; });
  bool remove = options_.accept_vanished || static_cast<int64_t>(prior.size()) <= source_.vanish_limit;
  for (auto& [key, record] : prior) {
    record.state =
        remove || !has_good_rows(record) ? ledger::TableState::removed : ledger::TableState::vanished;
    record.run_id = run_.run_id();
    record.reason_kind = ErrorKind::not_found;
    record.reason = remove ? "gone at the source, removal accepted" : "listed before, not listed now";
    record.hint =
        remove ? ""
               : "if it was dropped: suikei collect --accept-vanished; if not: restore the reader's right";
    size_t at = result_.tables.size();
    Slice& slice = slices_[record.logical];
    if (record.state == ledger::TableState::vanished) slice.carried.push_back(at);
    result_.tables.push_back(std::move(record));
  }
}

void ShardPublisher::mark_drift(PublishTotals& totals, ShapeCounts& shapes) {
  for (auto& [logical, slice] : slices_) {
    std::map<std::string, int64_t> counts;
    for (size_t at : slice.tables) ++counts[result_.tables[at].shape];
    std::string common;
    for (const auto& [fingerprint, count] : counts) {
      if (common.empty() || count > counts[common]) common = fingerprint;
      shapes.tables[logical][fingerprint] += count;
    }
    for (size_t at : slice.tables) {
      result_.tables[at].drifted = result_.tables[at].shape != common;
      totals.tables_drifted += result_.tables[at].drifted;
    }
  }
}

Result<> ShardPublisher::compare_with_lake() {
  for (auto& [logical, slice] : slices_) {
    std::vector<const ledger::TableRecord*> tables;
    for (size_t at : slice.tables) tables.push_back(&result_.tables[at]);
    for (size_t at : slice.carried) tables.push_back(&result_.tables[at]);
    slice.content.slice = slice_name(logical);
    slice.content.checksum = slice_checksum(tables);
    for (const ledger::TableRecord* table : tables) slice.content.rows += table->rows;
    std::optional<lakes::PublishedSlice> published = TRY(lake_.find_published(slice.content.slice));
    slice.unchanged = published && published->checksum == slice.content.checksum;
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
  for (size_t at : slice.carried) {
    if (result_.tables[at].rows == 0) continue;
    tenants.push_back(result_.tables[at].tenant);
    expected += result_.tables[at].rows;
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
  std::map<std::string, std::string> logical_of;
  std::vector<std::string> carried;
  for (const auto& [logical, slice] : slices_) {
    for (size_t at : slice.carried) {
      const ledger::TableRecord& record = result_.tables[at];
      carried.push_back(record.database + "." + record.table);
      identity += "carried " + carried.back() + " of " + record.good_run_id;
    }
    for (size_t at : slice.tables)
      logical_of[result_.tables[at].database + "." + result_.tables[at].table] = logical;
  }
  for (const QuarantineRow& row : rows) {
    auto logical = logical_of.find(row.table);
    if (logical != logical_of.end()) ++slices_[logical->second].quarantined;
  }
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

void ShardPublisher::finish_records(PublishTotals& totals) {
  int64_t failed = 0;
  for (const ledger::TableRecord& table : result_.tables)
    failed += table.state != ledger::TableState::current && table.state != ledger::TableState::removed;
  result_.status = failed == 0 ? "ok" : "partial";
  for (const auto& [logical, slice] : slices_) {
    if (logical == quarantine_table) {
      totals.quarantined += slice.quarantined;
      continue;
    }
    ledger::SliceRecord& record = result_.slices.emplace_back();
    record.logical = logical;
    record.shard = shard_;
    record.tables = static_cast<int64_t>(slice.tables.size() + slice.carried.size());
    record.failed = static_cast<int64_t>(slice.carried.size());
    record.rows = slice.content.rows;
    record.bytes = slice.bytes;
    record.files = static_cast<int64_t>(slice.content.files.size());
    record.quarantined = slice.quarantined;
    record.checksum = slice.content.checksum;
    record.published = !slice.unchanged;
    ++(slice.unchanged ? totals.slices_skipped : totals.slices_published);
  }
}

}  // namespace suikei::collect
