#include "collect/part_reader.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include "base/text.h"
#include "collect/limits.h"
#include "io/fault.h"

namespace suikei::collect {

PartReader::PartReader(Staging& staging, std::unique_ptr<sources::Reader> reader)
    : staging_(staging), reader_(std::move(reader)), consistency_(staging.consistency) {}

const sources::ListedTable& PartReader::listed(size_t unit) const {
  return staging_.plan.listed[staging_.plan.logicals[logical_at_].tables[works_[unit].table].listed];
}

const std::string& PartReader::tenant(size_t unit) const {
  return staging_.plan.logicals[logical_at_].tables[works_[unit].table].tenant;
}

Result<> PartReader::run(const Part& part) {
  logical_at_ = part.logical;
  logical_ = staging_.logicals[part.logical].get();
  auto [select_list, extra_columns] = logical_->guess();
  std::vector<Work> works;
  for (size_t table : part.tables) works.push_back({table, select_list, extra_columns, 1, part.range});
  job_ = part.job.get();
  while (!works.empty()) {
    TRY(start(std::move(works)));
    while (!works_over_) TRY(read_file());
    works = TRY(next_round());
  }
  if (!job_) return ok();
  std::vector<std::string> dropped;
  std::optional<PartResult> whole = job_->range_over(&dropped);
  if (!whole) return ok();
  for (const TableResult& table : whole->tables) {
    ++staging_.counters.done;
    staging_.counters.failed += table.error.has_value();
  }
  TRY(staging_.segment.commit(*whole));
  return staging_.lake.discard(dropped);
}

/// Into the segment; or to the table's other ranges, which go there together.
Result<> PartReader::put(PartResult part) {
  if (!job_) return staging_.segment.commit(part);
  job_->add(std::move(part));
  return ok();
}

Result<> PartReader::start(std::vector<Work> works) {
  works_ = std::move(works);
  units_.clear();
  progress_.assign(works_.size(), {});
  for (size_t i = 0; i < works_.size(); ++i) {
    const sources::ListedTable& table = listed(i);
    units_.push_back({works_[i].table, table.database, table.table, works_[i].select_list,
                      works_[i].extra_columns, works_[i].range});
  }
  committed_ = 0;
  works_over_ = false;
  link_lost_.reset();
  return reader_->start(units_, *this);
}

// ---- one file ----

Result<> PartReader::read_file() {
  schema_ = logical_->schema();
  batch_.emplace(schema_);
  hasher_.emplace(schema_);
  routes_.clear();
  file_over_ = false;
  file_bytes_ = 0;
  file_units_.clear();
  file_rows_.clear();
  first_ = TRY(pull());
  if (first_) {
    files_.push_back(TRY(staging_.lake.stage(slice(), staging_.run_id, staging_.new_file_name(), *this)));
    TRY(prove_last_file());
  }
  // A table whose rows go on in the next file holds the commit back until it ends.
  bool table_open = false;
  for (size_t unit : file_units_) table_open |= !progress_[unit].finished && !link_lost_;
  if (table_open) return ok();
  TRY(drop_rows_of_failed());
  return commit();
}

Result<const table::Batch*> PartReader::next() {
  if (first_) return std::exchange(first_, nullptr);
  return pull();
}

/// The next batch with rows, its system columns filled and its rows hashed; nullptr when the file is to end.
Result<const table::Batch*> PartReader::pull() {
  std::vector<sources::Span> spans;
  std::vector<sources::Quarantined> quarantined;
  while (!file_over_) {
    if (staging_.cancelled()) return Error{ErrorKind::cancelled, "stopped on request", "run again to resume"};
    batch_->clear();
    Result<bool> more = reader_->fill(*batch_, spans, quarantined);
    if (!more.ok()) {
      // The rows of the table that was under way are taken back; everything before it stands.
      link_lost_ = more.error();
      if (!spans.empty() && !spans.back().finished) {
        batch_->truncate(spans.back().first);
        std::erase_if(quarantined, [&](const auto& value) { return value.unit == spans.back().unit; });
        progress_[spans.back().unit].error = *link_lost_;
        spans.pop_back();
      }
    }
    bool works_left = more.ok() && more.value();
    works_over_ = !works_left;
    file_over_ = !works_left || reader_->stopped_for_shape();
    absorb(spans, quarantined);
    hasher_->flush();
    file_over_ |= file_bytes_ >= file_bytes_max;
    if (batch_->rows() > 0) return &*batch_;
  }
  return nullptr;
}

void PartReader::absorb(const std::vector<sources::Span>& spans,
                        const std::vector<sources::Quarantined>& quarantined) {
  for (size_t i = table::system_columns; i < batch_->width(); ++i) batch_->column(i).pad(batch_->rows());
  for (const sources::Span& span : spans) {
    Progress& progress = progress_[span.unit];
    progress.begun |= span.begins;
    if (span.rows > 0) absorb_rows(span, progress);
    progress.bytes += span.bytes;
    file_bytes_ += span.bytes;
    if (!span.finished) continue;
    progress.finished = true;
    if (span.error) progress.error = span.error;
    staging_.counters.rows += span.error ? 0 : progress.rows;
    staging_.counters.done += job_ == nullptr;
  }
  for (const sources::Quarantined& value : quarantined) keep_quarantined(value);
}

void PartReader::absorb_rows(const sources::Span& span, Progress& progress) {
  const std::string& tenant_name = tenant(span.unit);
  for (size_t row = 0; row < span.rows; ++row) {
    batch_->column(0).append_bytes(staging_.shard_name);
    batch_->column(1).append_bytes(tenant_name);
    batch_->column(2).append(staging_.collected_at_us);
  }
  for (size_t row = span.first; row < span.first + span.rows; ++row) hasher_->add(*batch_, row, progress.sum);
  auto rows = static_cast<int64_t>(span.rows);
  progress.rows += rows;
  progress.rows_in_files += rows;
  file_rows_[tenant_name] += rows;
  if (file_units_.empty() || file_units_.back() != span.unit) file_units_.push_back(span.unit);
}

void PartReader::keep_quarantined(const sources::Quarantined& value) {
  Progress& progress = progress_[value.unit];
  const sources::Shape& shape = *progress.shape;
  std::vector<std::string> keys;
  for (size_t i = 0; i < shape.columns.size(); ++i) {
    if (!shape.columns[i].key) continue;
    auto position = static_cast<size_t>(progress.route->positions[i]);
    const table::ColumnBuffer& column = batch_->column(position);
    keys.push_back(shape.columns[i].name + "=" +
                   (column.is_null(value.row) ? "NULL" : table::canonical_text(column, value.row)));
  }
  progress.quarantine.push_back(
      {logical_->name(), tenant(value.unit), staging_.shard.name_of(listed(value.unit)), join(keys, ", "),
       shape.columns[static_cast<size_t>(value.column)].name, value.reason, value.original});
}

// ---- shapes ----

std::shared_ptr<const sources::Binding> PartReader::route_of(const sources::Shape& shape) const {
  auto route = std::make_shared<sources::Binding>();
  for (const sources::ShapeColumn& column : shape.columns) {
    int at = schema_.find(column.name);
    if (at < table::system_columns) return nullptr;
    const table::Type wanted = schema_.columns[static_cast<size_t>(at)].type;
    if (table::widen(wanted, column.type) != wanted) return nullptr;
    route->positions.push_back(at);
  }
  return route;
}

sources::Verdict PartReader::bind(size_t unit, const sources::Shape& shape, sources::Binding& binding,
                                  Error& reason) {
  Progress& progress = progress_[unit];
  progress.shape_seen = true;
  auto route = routes_.find(shape.fingerprint);
  if (route == routes_.end()) {
    std::optional<sources::Shape> details = staging_.details(shape.star, listed(unit));
    if (works_[unit].plain) details.reset();  // the server has refused the list of its look-alikes
    if (works_[unit].plain && shape.lossy) {
      reason =
          Error{ErrorKind::rejected, "a FLOAT column would lose digits", "give the table a rule of its own"};
      return sources::Verdict::skip;
    }
    if (details && details->select_list != works_[unit].select_list) {
      progress.redo = Redo::other_columns;
      works_[unit].select_list = details->select_list;
      works_[unit].extra_columns = details->extra_columns;
      reason = Error{ErrorKind::unavailable, "its columns must be named", ""};
      return sources::Verdict::skip;
    }
    for (const sources::ShapeColumn& column : shape.columns) {
      int reserved = table::lake_schema().find(column.name);
      if (reserved < 0) continue;
      reason = Error{ErrorKind::rejected, fmt::format("column `{}` has a name that is reserved", column.name),
                     "rename it at the source, or skip the table with a rule"};
      return sources::Verdict::skip;
    }
    std::shared_ptr<const sources::Binding> fresh = route_of(shape);
    if (!fresh) {
      if (std::optional<table::Conflict> conflict = logical_->join(shape.schema())) {
        progress.shape =
            std::make_shared<sources::Shape>(details ? *details : shape);  // for the drift report
        reason =
            Error{ErrorKind::rejected, conflict->text(), "see: suikei status --drift " + logical_->name()};
        return sources::Verdict::skip;
      }
      return sources::Verdict::end_of_batch;  // the union has grown: a new file with the new columns
    }
    progress.shape = std::make_shared<sources::Shape>(details ? *details : shape);
    progress.route = fresh;
    // Not kept for a plain read: the next table that looks like it may need its hidden columns.
    if (!works_[unit].plain) {
      routes_[shape.fingerprint] = fresh;
      shapes_[shape.fingerprint] = progress.shape;
    }
  } else {
    progress.shape = shapes_[shape.fingerprint];
    progress.route = route->second;
  }
  binding = *progress.route;
  // A column that the tables before this one do not have lags behind; its rows there are NULL.
  for (int position : binding.positions) batch_->column(static_cast<size_t>(position)).pad(batch_->rows());
  return sources::Verdict::read;
}

// ---- proof and commit ----

/// Counts the rows per tenant back from the file that was just written.
Result<> PartReader::prove_last_file() {
  std::map<std::string, int64_t> counted = TRY(staging_.lake.count_back(files_.back()));
  for (size_t unit : file_units_) {
    Progress& progress = progress_[unit];
    int64_t expected = file_rows_[tenant(unit)], found = counted[tenant(unit)];
    if (expected == found || progress.error) continue;
    progress.error =
        Error{ErrorKind::corrupt,
              fmt::format("{} rows were read, {} are in the file {}", expected, found, files_.back().path),
              "the disk or this program lost rows; run again, and report it if it stays"};
  }
  return ok();
}

/// Rewrites the files not yet committed without the tables that failed after some of their rows were written.
Result<> PartReader::drop_rows_of_failed() {
  std::vector<std::string> tenants;
  for (size_t unit = committed_; unit < progress_.size(); ++unit) {
    if (progress_[unit].error && progress_[unit].rows_in_files > 0) tenants.push_back(tenant(unit));
  }
  if (tenants.empty()) return ok();
  std::vector<lakes::StagedFile> kept;
  std::vector<std::string> dropped;
  for (lakes::StagedFile& file : files_) {
    dropped.push_back(file.path);
    std::map<std::string, int64_t> counted = TRY(staging_.lake.count_back(file));
    int64_t lost = 0;
    for (const std::string& name : tenants) lost += counted[name];
    if (lost == 0) {
      kept.push_back(std::move(file));
      dropped.pop_back();
    } else if (lost < file.rows) {
      std::unique_ptr<lakes::BatchStream> rows = TRY(staging_.lake.rows_without(file, tenants));
      kept.push_back(TRY(staging_.lake.stage(slice(), staging_.run_id, staging_.new_file_name(), *rows)));
    }
  }
  files_ = std::move(kept);
  return staging_.lake.discard(dropped);
}

/// What a unit's result says whether it was read or failed.
TableResult PartReader::result_of(size_t unit) const {
  TableResult result;
  result.database = listed(unit).database;
  result.table = listed(unit).table;
  result.tenant = tenant(unit);
  result.attempts = works_[unit].attempts;
  if (progress_[unit].shape) result.shape = progress_[unit].shape->fingerprint;
  return result;
}

Result<> PartReader::commit() {
  PartResult part;
  part.logical = logical_->name();
  part.files = std::move(files_);
  files_.clear();
  part.new_shapes = staging_.take_new_shapes();
  for (size_t unit = committed_; unit < progress_.size(); ++unit) {
    Progress& progress = progress_[unit];
    if (!progress.finished || progress.error) continue;
    TableResult& result = part.tables.emplace_back(result_of(unit));
    result.rows = progress.rows;
    result.bytes = progress.bytes;
    result.checksum = progress.sum;
    result.consistency = works_[unit].attempts > 1 ? "table" : consistency_;
    part.quarantine.insert(part.quarantine.end(), progress.quarantine.begin(), progress.quarantine.end());
  }
  // Units are read in order: everything up to the last that ended is settled now, failed ones wait for
  // next_round.
  for (size_t unit = committed_; unit < progress_.size(); ++unit) {
    if (progress_[unit].finished && !progress_[unit].error) progress_[unit].rows_in_files = 0;
    if (progress_[unit].finished) committed_ = unit + 1;
  }
  if (part.tables.empty() && part.files.empty() && part.new_shapes.empty()) return ok();
  reconnects_ = 0;
  return put(std::move(part));
}

// ---- trying again ----

/// What is left to do after all units were tried: lost links, passing failures, other columns. The rest has
/// failed.
Result<std::vector<PartReader::Work>> PartReader::next_round() {
  std::vector<Work> again;
  PartResult failed;
  failed.logical = logical_->name();
  bool renew_snapshot = false;
  for (size_t unit = 0; unit < progress_.size(); ++unit) {
    Progress& progress = progress_[unit];
    if (progress.finished && !progress.error) continue;
    Work work = works_[unit];
    if (!progress.finished && !progress.error) {  // never begun: the link was lost before
      again.push_back(work);
      continue;
    }
    if (progress.finished && !job_) --staging_.counters.done;
    if (progress.redo == Redo::other_columns && work.attempts < attempts_max) {
      again.push_back(work);
      continue;
    }
    bool wrong_columns =
        progress.error->kind == ErrorKind::rejected && work.extra_columns > 0 && !progress.shape_seen;
    if (wrong_columns) {
      work.select_list.clear();
      work.extra_columns = 0;
      work.plain = true;
      again.push_back(work);
      continue;
    }
    bool passing = progress.error->kind == ErrorKind::unavailable;
    if (passing && work.attempts < attempts_max) {
      ++work.attempts;
      renew_snapshot |= passing;
      again.push_back(work);
      continue;
    }
    const sources::ListedTable& table = listed(unit);
    TableResult& result = failed.tables.emplace_back(result_of(unit));
    result.error = progress.error;
    if (progress.error->kind == ErrorKind::denied) result.error->hint = staging_.shard.grant_hint(table);
    if (job_) continue;
    ++staging_.counters.done;
    ++staging_.counters.failed;
  }
  if (!failed.tables.empty()) TRY(put(std::move(failed)));
  if (link_lost_) {
    TRY(reopen());
  } else if (renew_snapshot) {
    TRY(begin_own_snapshot());
  }
  return again;
}

/// A new snapshot, which the other connections do not share.
Result<> PartReader::begin_own_snapshot() {
  sources::Snapshot snapshot = TRY(reader_->begin_snapshot());
  consistency_ = snapshot.lasts ? "connection" : "table";
  return ok();
}

Result<> PartReader::reopen() {
  while (true) {
    if (++reconnects_ > reconnects_max) return *link_lost_;
    if (staging_.cancelled()) return Error{ErrorKind::cancelled, "stopped on request", "run again to resume"};
    Result<std::unique_ptr<sources::Reader>> opened = staging_.shard.open_reader();
    if (opened.ok()) {
      reader_ = std::move(opened).value();
      if (begin_own_snapshot().ok()) return ok();
    } else if (opened.error().kind != ErrorKind::unavailable) {
      return opened.error();
    }
    std::this_thread::sleep_for(std::chrono::seconds(1));
  }
}

}  // namespace suikei::collect
