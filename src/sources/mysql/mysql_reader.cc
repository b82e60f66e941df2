#include "sources/mysql/mysql_reader.h"

#include <mysqld_error.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "base/hash.h"
#include "base/text.h"
#include "io/fault.h"

namespace suikei::sources::mysql {
namespace {

double monotonic_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::string select_from(const Unit& unit) {
  std::string sql = "SELECT ";
  sql += unit.select_list.empty() ? "*" : unit.select_list;
  sql += " FROM " + backquoted(unit.database) + "." + backquoted(unit.name);
  if (!unit.range.empty()) sql += " WHERE " + unit.range;
  return sql;
}

bool broken_link(const ServerError& error) {
  return error.number == ER_SERVER_SHUTDOWN || error.number == 1927 /* connection was killed */;
}

}  // namespace

MysqlReader::MysqlReader(std::unique_ptr<Connection> connection, const config::Source& source,
                         std::shared_ptr<const CollationNames> collations)
    : connection_(std::move(connection)),
      wire_(connection_->handle()),
      source_(source),
      collations_(std::move(collations)) {}

MysqlReader::~MysqlReader() = default;

Result<Snapshot> MysqlReader::begin_snapshot() {
  if (!connection_->frees_locks()) {
    // Outside of a transaction a statement gives its locks back by itself.
    release_locks_ = "DO 0";
    return Snapshot{"", false};
  }
  release_locks_ = "ROLLBACK TO SAVEPOINT suikei";
  if (snapshot_) TRY(connection_->ask("ROLLBACK"));
  TRY(connection_->ask("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY"));
  snapshot_ = true;
  auto position = TRY(connection_->ask("SHOW STATUS LIKE 'binlog_snapshot_%'"));
  TRY(connection_->ask("SAVEPOINT suikei"));
  std::string mark;
  for (const std::vector<std::string>& row : position) {
    if (!row[1].empty() && row[1] != "0") mark += row[1] + " ";
  }
  return Snapshot{mark, true};
}

// ---- asking several statements at once ----

Result<std::shared_ptr<const WireShape>> MysqlReader::read_columns(uint64_t count, int extra) {
  // The bytes are compared before anything is parsed: nearly every table looks like the one before it.
  raw_.assign(1, static_cast<char>(extra));
  ends_.clear();
  for (uint64_t i = 0; i < count; ++i) {
    raw_ += column_identity(TRY(wire_.packet()));
    ends_.push_back(raw_.size());
  }
  std::string_view end = TRY(wire_.packet());
  if (!is_end_of_rows(end)) return Error{ErrorKind::corrupt, "the server's answer has no end of columns", ""};
  auto found = shapes_by_raw_.find(raw_);
  if (found != shapes_by_raw_.end()) return found->second;

  std::string_view raw = raw_;
  std::vector<ColumnDefinition> columns;
  for (size_t i = 0, begin = 1; i < count; begin = ends_[i++]) {
    columns.push_back(TRY(parse_column(raw.substr(begin, ends_[i] - begin))));
  }
  size_t star_columns = count - static_cast<size_t>(extra);
  size_t star_bytes = star_columns == 0 ? 1 : ends_[star_columns - 1];
  auto wire_shape = std::make_shared<WireShape>();
  Shape& shape = wire_shape->shape;
  shape.fingerprint = md5_hex(std::string_view(raw_).substr(1));
  shape.star = md5_hex(std::string_view(raw_).substr(1, star_bytes - 1));
  shape.extra_columns = extra;
  for (size_t i = 0; i < columns.size(); ++i) {
    const ColumnDefinition& column = columns[i];
    // A column named again behind `*` keeps its first place and takes the later value.
    size_t place = 0;
    while (place < shape.columns.size() && shape.columns[place].name != column.name) ++place;
    if (place == shape.columns.size()) {
      shape.columns.emplace_back();
    } else {
      for (int& earlier : wire_shape->places) {
        if (earlier == static_cast<int>(place)) earlier = -1;
      }
    }
    wire_shape->places.push_back(static_cast<int>(place));
    ShapeColumn& entry = shape.columns[place];
    entry.name = column.name;
    entry.source_type = wire_type_name(column);
    entry.type = lake_type(column);
    entry.note = type_note(column, source_.datetime_zone);
    entry.nullable = !(column.flags & NOT_NULL_FLAG);
    entry.key = column.flags & PRI_KEY_FLAG;
  }
  for (size_t i = 0; i < columns.size(); ++i)
    shape.lossy |= wire_shape->places[i] >= 0 && needs_expression(columns[i]);
  wire_shape->columns = std::move(columns);
  shapes_by_raw_.emplace(raw_, wire_shape);
  return std::shared_ptr<const WireShape>(wire_shape);
}

Result<MysqlReader::Answer> MysqlReader::read_answer(int extra) {
  Answer answer;
  std::string_view head = TRY(wire_.packet());
  if (is_error(head)) {
    answer.error = parse_error(head);
    return answer;
  }
  if (head.empty() || head[0] == 0) return answer;  // OK
  answer.shape = TRY(read_columns(Fields(head).integer(), extra));
  while (true) {
    std::string_view payload = TRY(wire_.packet());
    if (is_end_of_rows(payload)) return answer;
    if (is_error(payload)) {
      answer.error = parse_error(payload);
      return answer;
    }
    Fields fields(payload);
    std::vector<std::string>& row = answer.rows.emplace_back();
    while (!fields.done()) row.emplace_back(fields.text());
  }
}

Result<std::vector<MysqlReader::Answer>> MysqlReader::ask_all(const std::vector<std::string>& statements,
                                                              const std::vector<int>& extras) {
  std::vector<Answer> answers;
  size_t sent = 0;
  while (answers.size() < statements.size()) {
    std::string packets;
    while (sent < statements.size() && sent - answers.size() < queries_ahead_max / 2 &&
           packets.size() < query_bytes_ahead_max / 2) {
      append_query(packets, statements[sent++]);
    }
    if (!packets.empty()) TRY(wire_.send(packets));
    size_t at = answers.size();
    answers.push_back(TRY(read_answer(at < extras.size() ? extras[at] : 0)));
  }
  return answers;
}

// ---- shapes ----

namespace {

/// What SHOW FULL COLUMNS and SHOW INDEX add to a shape; rows as the server gives them.
void add_details(Shape& shape, const std::vector<std::vector<std::string>>& columns,
                 const std::vector<std::vector<std::string>>& indexes) {
  std::vector<std::string> extras;
  for (const std::vector<std::string>& row : columns) {
    if (row.size() < 9) continue;
    const std::string &name = row[0], &type = row[1], &extra = row[6];
    bool invisible = extra.find("INVISIBLE") != std::string::npos;
    // Behind `*`, not instead of it: a column that is added tomorrow must not go missing.
    if (starts_with(type, "float")) {
      extras.push_back(fmt::format("{0}+0e0 AS {0}", backquoted(name)));
    } else if (invisible) {
      extras.push_back(backquoted(name));
    }
    for (ShapeColumn& column : shape.columns) {
      if (column.name != name) continue;
      column.source_type = type;
      column.collation = row[2];
      column.nullable = row[3] == "YES";
      column.key = row[4] == "PRI";
      column.default_value = row[5];
      column.invisible = invisible;
      column.generated = extra.find("GENERATED") != std::string::npos &&
                         extra.find("DEFAULT_GENERATED") == std::string::npos;
      column.comment = row[8];
      if (starts_with(type, "enum") || starts_with(type, "set")) column.members = type;
    }
  }
  shape.indexes.clear();
  for (const std::vector<std::string>& row : indexes) {
    if (row.size() < 5) continue;
    bool continues =
        !shape.indexes.empty() && starts_with(shape.indexes.back(), row[2] + "(") && row[3] != "1";
    if (continues) {
      shape.indexes.back().back() = ',';
      shape.indexes.back() += row[4] + ")";
    } else {
      shape.indexes.push_back(row[2] + "(" + row[4] + ")");
    }
  }
  shape.select_list = extras.empty() ? "" : "*, " + join(extras, ", ");
  shape.extra_columns = static_cast<int>(extras.size());
  shape.detailed = true;
}

}  // namespace

void MysqlReader::know(const Shape& shape) {
  details_by_star_[shape.star] = shape;
}

Result<std::vector<Result<Shape>>> MysqlReader::shapes_of(std::span<const ListedTable> tables) {
  auto from = [](const ListedTable& table) {
    return " FROM " + backquoted(table.database) + "." + backquoted(table.table);
  };
  std::vector<std::string> statements;
  for (const ListedTable& table : tables) {
    statements.push_back("SELECT *" + from(table) + " LIMIT 0");
    statements.push_back(release_locks_);
  }
  std::vector<Answer> answers = TRY(ask_all(statements));

  // Details are asked once for each shape that is new.
  std::vector<size_t> to_detail;
  statements.clear();
  for (size_t i = 0; i < tables.size(); ++i) {
    const Answer& answer = answers[2 * i];
    if (answer.error || !answer.shape || details_by_star_.contains(answer.shape->shape.star)) continue;
    details_by_star_[answer.shape->shape.star] = answer.shape->shape;
    to_detail.push_back(i);
    statements.push_back("SHOW FULL COLUMNS" + from(tables[i]));
    statements.push_back("SHOW INDEX" + from(tables[i]));
    statements.push_back(release_locks_);
  }
  std::vector<Answer> details = TRY(ask_all(statements));
  statements.clear();
  std::vector<std::string> renamed;
  std::vector<int> extras;
  for (size_t i = 0; i < to_detail.size(); ++i) {
    const std::string& star = answers[2 * to_detail[i]].shape->shape.star;
    Shape& shape = details_by_star_[star];
    if (details[3 * i].error) {
      details_by_star_.erase(star);
      continue;
    }
    add_details(shape, details[3 * i].rows, details[3 * i + 1].rows);
    if (shape.select_list.empty()) continue;
    renamed.push_back(star);
    statements.push_back("SELECT " + shape.select_list + from(tables[to_detail[i]]) + " LIMIT 0");
    statements.push_back(release_locks_);
    extras.insert(extras.end(), {shape.extra_columns, 0});
  }
  // Columns that `*` left out or spoiled get their true type from a result set that names them.
  std::vector<Answer> named = TRY(ask_all(statements, extras));
  for (size_t i = 0; i < renamed.size(); ++i) {
    Shape& shape = details_by_star_[renamed[i]];
    if (named[2 * i].error) continue;
    Shape full = named[2 * i].shape->shape;
    for (ShapeColumn& column : full.columns) {
      for (const ShapeColumn& known : shape.columns) {
        if (known.name != column.name) continue;
        table::Type type = column.type;
        column = known;
        column.type = type;
      }
    }
    full.extra_columns = shape.extra_columns;
    full.star = renamed[i];
    full.indexes = shape.indexes;
    full.select_list = shape.select_list;
    full.detailed = true;
    full.lossy = false;
    shape = std::move(full);
  }

  std::vector<Result<Shape>> shapes;
  for (size_t i = 0; i < tables.size(); ++i) {
    const Answer& answer = answers[2 * i];
    if (answer.error || !answer.shape) {
      ServerError error = answer.error.value_or(ServerError{0, "no columns"});
      shapes.emplace_back(
          mysql_failure(error.number, error.message, tables[i].database + "." + tables[i].table));
      continue;
    }
    auto found = details_by_star_.find(answer.shape->shape.star);
    shapes.emplace_back(found != details_by_star_.end() ? found->second : answer.shape->shape);
  }
  return shapes;
}

Result<std::vector<std::string>> MysqlReader::split(const ListedTable& table, const Shape& shape,
                                                    int64_t pieces) {
  std::vector<std::string> ranges;
  std::string key;
  for (const std::string& index : shape.indexes) {
    if (starts_with(index, "PRIMARY(")) key = split_first(index.substr(8), ",)");
  }
  int at = -1;
  for (size_t i = 0; i < shape.columns.size(); ++i) {
    if (shape.columns[i].name == key) at = static_cast<int>(i);
  }
  if (at < 0 || shape.columns[static_cast<size_t>(at)].type != table::bigint_type || pieces < 2)
    return ranges;
  std::string column = backquoted(key);
  auto rows = TRY(connection_->ask(fmt::format("SELECT MIN({0}), MAX({0}) FROM {1}.{2}", column,
                                               backquoted(table.database), backquoted(table.table))));
  TRY(connection_->ask(release_locks_));
  if (rows.empty() || rows[0][0].empty()) return ranges;
  int64_t low = std::atoll(rows[0][0].c_str()), high = std::atoll(rows[0][1].c_str());
  // Unsigned difference: keys may span the whole range of 64 bits.
  uint64_t step =
      (static_cast<uint64_t>(high) - static_cast<uint64_t>(low)) / static_cast<uint64_t>(pieces) + 1;
  for (int64_t piece = 0; piece < pieces; ++piece) {
    auto begin = static_cast<int64_t>(static_cast<uint64_t>(low) + step * static_cast<uint64_t>(piece));
    auto end = static_cast<int64_t>(static_cast<uint64_t>(begin) + step);
    // Open at both ends, so that no row can fall between the ranges whatever was inserted meanwhile.
    std::string from = piece == 0 ? "" : fmt::format("{} >= {}", column, begin);
    std::string to = piece == pieces - 1 ? "" : fmt::format("{} < {}", column, end);
    ranges.push_back(from.empty() ? to : to.empty() ? from : from + " AND " + to);
    if (piece < pieces - 1 && (end <= begin || end > high)) {
      ranges.back() = from.empty() ? "" : from;
      break;
    }
  }
  return ranges;
}

// ---- reading ----

Result<> MysqlReader::start(std::span<const Unit> units, Binder& binder) {
  CHECK(sent_ == units_.size() && current_ == units_.size());  // everything sent has been answered
  units_.assign(units.begin(), units.end());
  binder_ = &binder;
  sent_ = current_ = 0;
  state_ = State::between_units;
  converters_batch_ = nullptr;
  return ok();
}

void MysqlReader::pace() {
  if (source_.tables_per_second_max <= 0) return;
  double now = monotonic_seconds();
  double per_reader = source_.tables_per_second_max / std::max(1, source_.connections);
  if (next_send_at_ > now) std::this_thread::sleep_for(std::chrono::duration<double>(next_send_at_ - now));
  next_send_at_ = std::max(now, next_send_at_) + 1 / per_reader;
}

Result<> MysqlReader::top_up() {
  bool paced = source_.tables_per_second_max > 0;
  size_t ahead = sent_ - current_;
  size_t window = paced ? 1 : queries_ahead_max;
  if (sent_ == units_.size() || ahead > window / 2) return ok();
  packets_.clear();
  while (sent_ < units_.size() && sent_ - current_ < window && bytes_ahead_ < query_bytes_ahead_max) {
    if (paced) pace();
    size_t before = packets_.size();
    append_query(packets_, select_from(units_[sent_]));
    append_query(packets_, release_locks_);
    ++sent_;
    sizes_ahead_.push_back(packets_.size() - before);
    bytes_ahead_ += sizes_ahead_.back();
  }
  return wire_.send(packets_);
}

Result<> MysqlReader::end_unit() {
  std::string_view released = TRY(wire_.packet());
  if (is_error(released)) {
    ServerError error = parse_error(released);
    // Without the savepoint locks would pile up; the snapshot is gone (a DDL of ours is impossible).
    return mysql_failure(error.number, error.message, release_locks_);
  }
  ++current_;
  bytes_ahead_ -= sizes_ahead_.front();
  sizes_ahead_.pop_front();
  state_ = State::between_units;
  return io::fault_point("read.unit.after");
}

void MysqlReader::fail_unit(std::vector<Span>& spans, table::Batch* batch, Error error) {
  bool open = !spans.empty() && spans.back().unit == current_ && !spans.back().finished;
  if (!open) {
    Span& span = spans.emplace_back();
    span.unit = current_;
    span.first = batch ? batch->rows() : 0;
  }
  Span& span = spans.back();
  if (batch) batch->truncate(span.first);
  span.rows = 0;
  span.finished = true;
  span.error = std::move(error);
}

void MysqlReader::open_span(std::vector<Span>& spans, const table::Batch& batch, bool begins) {
  Span& span = spans.emplace_back();
  span.unit = current_;
  span.first = batch.rows();
  span.begins = begins;
}

Result<bool> MysqlReader::fill(table::Batch& batch, std::vector<Span>& spans,
                               std::vector<Quarantined>& quarantined) {
  spans.clear();
  quarantined.clear();
  if (state_ == State::in_rows) open_span(spans, batch, /*begins=*/false);
  while (true) {
    if (state_ == State::between_units) {
      if (current_ == units_.size()) return false;
      if (batch.full()) return true;
      TRY(top_up());
      wire_.expect_many(sent_ - current_ > 8);
      std::string_view head = TRY(wire_.packet());
      if (is_error(head)) {
        ServerError error = parse_error(head);
        if (broken_link(error)) return mysql_failure(ER_SERVER_SHUTDOWN, error.message, "read");
        const Unit& unit = units_[current_];
        fail_unit(spans, &batch, mysql_failure(error.number, error.message, unit.database + "." + unit.name));
        TRY(end_unit());
        continue;
      }
      shape_ = TRY(read_columns(Fields(head).integer(), units_[current_].extra_columns));
      state_ = State::shape_known;
    }
    if (state_ == State::shape_known) {
      Error reason;
      Verdict verdict = binder_->bind(current_, shape_->shape, binding_, reason);
      if (verdict == Verdict::end_of_batch) {
        converters_batch_ = nullptr;  // the next batch may lie at the same address with other types
        return true;
      }
      if (verdict == Verdict::skip) {
        skip_reason_ = reason;
        state_ = State::skipping;
      } else {
        make_converters(batch);
        open_span(spans, batch, /*begins=*/true);
        state_ = State::in_rows;
      }
    }
    bool ended = TRY(read_rows(batch, spans, quarantined));
    if (!ended) return true;  // the batch is full
    TRY(end_unit());
  }
}

/// Reads rows of the current unit until its end (true) or until the batch is full (false).
Result<bool> MysqlReader::read_rows(table::Batch& batch, std::vector<Span>& spans,
                                    std::vector<Quarantined>& quarantined) {
  while (true) {
    if (state_ == State::in_rows && batch.full()) {
      spans.back().rows = batch.rows() - spans.back().first;
      return false;
    }
    std::string_view payload = TRY(wire_.packet());
    if (is_end_of_rows(payload)) {
      if (state_ == State::skipping) {
        fail_unit(spans, nullptr, *skip_reason_);
        spans.back().first = batch.rows();
      } else {
        spans.back().rows = batch.rows() - spans.back().first;
        spans.back().finished = true;
      }
      return true;
    }
    if (is_error(payload)) {
      ServerError error = parse_error(payload);
      if (broken_link(error)) return mysql_failure(ER_SERVER_SHUTDOWN, error.message, "read");
      const Unit& unit = units_[current_];
      std::erase_if(quarantined, [&](const Quarantined& value) { return value.unit == current_; });
      fail_unit(spans, &batch, mysql_failure(error.number, error.message, unit.database + "." + unit.name));
      return true;
    }
    if (state_ == State::skipping) continue;
    spans.back().bytes += static_cast<int64_t>(payload.size());
    convert_row(payload, batch, quarantined);
  }
}

void MysqlReader::make_converters(const table::Batch& batch) {
  if (converters_shape_ == shape_.get() && converters_batch_ == &batch &&
      converters_binding_ == binding_.positions)
    return;
  converters_.clear();
  converters_positions_.clear();
  CHECK(binding_.positions.size() == shape_->shape.columns.size());
  for (size_t i = 0; i < shape_->columns.size(); ++i) {
    int place = shape_->places[i];
    int position = place < 0 ? -1 : binding_.positions[static_cast<size_t>(place)];
    converters_positions_.push_back(position);
    std::optional<Converter>& converter = converters_.emplace_back();
    if (position < 0) continue;
    converter.emplace(shape_->columns[i], batch.column(static_cast<size_t>(position)).type(), *collations_);
  }
  converters_shape_ = shape_.get();
  converters_batch_ = &batch;
  converters_binding_ = binding_.positions;
}

void MysqlReader::convert_row(std::string_view payload, table::Batch& batch,
                              std::vector<Quarantined>& quarantined) {
  Fields fields(payload);
  size_t row = batch.rows();
  for (size_t i = 0; i < converters_.size(); ++i) {
    bool is_null;
    std::string_view text = fields.text(&is_null);
    if (converters_positions_[i] < 0) continue;
    table::ColumnBuffer& column = batch.column(static_cast<size_t>(converters_positions_[i]));
    if (is_null) {
      column.append_null();
    } else if (const char* reason = converters_[i]->append(text, column)) [[unlikely]] {
      quarantined.push_back({current_, row, shape_->places[i], reason, std::string(text)});
    }
  }
  batch.row_done(payload.size());
}

}  // namespace suikei::sources::mysql
