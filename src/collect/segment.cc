#include "collect/segment.h"

#include "base/text.h"
#include "collect/embedded.gen.h"
#include "io/fault.h"
#include "io/files.h"

namespace suikei::collect {
namespace fs = std::filesystem;
namespace {

std::string bytes_of(Sum128 number) {
  std::string bytes(16, '\0');
  for (size_t i = 0; i < 16; ++i)
    bytes[15 - i] = static_cast<char>(static_cast<unsigned char>(number >> (8 * i)));
  return bytes;
}

Sum128 number_of(const std::string& bytes) {
  Sum128 number = 0;
  for (char c : bytes) number = number << 8 | static_cast<unsigned char>(c);
  return number;
}

/// The row's id of a text that is stored once.
Result<int64_t> interned(io::Database& database, const char* insert, const char* select,
                         const std::string& key, const std::string& value = {}) {
  io::Statement put = TRY(database.prepare(insert));
  put.bind(1, key);
  if (!value.empty()) put.bind(2, value);
  TRY(put.run());
  io::Statement find = TRY(database.prepare(select));
  find.bind(1, key);
  CHECK(TRY(find.step()));
  return find.integer(0);
}

Result<int64_t> logical_id(io::Database& database, const std::string& name) {
  return interned(database, "INSERT OR IGNORE INTO logical(name) VALUES(?)",
                  "SELECT logical_id FROM logical WHERE name=?", name);
}

}  // namespace

Result<std::unique_ptr<Segment>> Segment::open(const fs::path& folder) {
  TRY(io::make_folders(folder));
  io::Database database = TRY(io::Database::open(folder / "segment.sqlite", io::OpenMode::create));
  TRY(database.run("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL"));
  TRY(database.run(embedded::segment));
  return std::unique_ptr<Segment>(new Segment(std::move(database)));
}

Result<std::unique_ptr<Segment>> Segment::open_read_only(const fs::path& folder) {
  io::Database database = TRY(io::Database::open(folder / "segment.sqlite", io::OpenMode::read_write));
  return std::unique_ptr<Segment>(new Segment(std::move(database)));
}

Result<> Segment::commit(const PartResult& part) {
  std::lock_guard lock(guard_);
  TRY(io::fault_point("segment.commit.before"));
  io::Transaction transaction = TRY(io::Transaction::begin(database_));
  int64_t logical = TRY(logical_id(database_, part.logical));
  for (const sources::Shape& shape : part.new_shapes) {
    io::Statement put =
        TRY(database_.prepare("INSERT INTO shape(fingerprint, json) VALUES(?,?) "
                              "ON CONFLICT(fingerprint) DO UPDATE SET json=excluded.json"));
    TRY(put.bind_all(shape.fingerprint, sources::to_json(shape).dump()).run());
  }
  std::map<std::string, int64_t> shape_ids;
  {
    io::Statement all = TRY(database_.prepare("SELECT fingerprint, shape_id FROM shape"));
    while (TRY(all.step())) shape_ids[all.text(0)] = all.integer(1);
  }
  io::Statement put = TRY(database_.prepare("INSERT INTO physical VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?)"));
  for (const TableResult& table : part.tables) {
    put.bind_all(logical, table.database, table.table, table.tenant, table.rows, table.bytes);
    put.bind_blob(7, bytes_of(table.checksum));
    auto shape = shape_ids.find(table.shape);
    if (shape != shape_ids.end()) {
      put.bind(8, shape->second);
    } else {
      put.bind_null(8);
    }
    put.bind(9, table.consistency).bind(10, table.attempts);
    if (table.error) {
      put.bind(11, name_of(table.error->kind)).bind(12, table.error->message).bind(13, table.error->hint);
    } else {
      put.bind_null(11).bind_null(12).bind_null(13);
    }
    TRY(put.run());
  }
  io::Statement put_file = TRY(database_.prepare("INSERT INTO file VALUES(?,?,?)"));
  for (const lakes::StagedFile& file : part.files) {
    TRY(put_file.bind_all(logical, file.path, lakes::to_json(file).dump()).run());
  }
  io::Statement put_value = TRY(database_.prepare("INSERT INTO quarantine VALUES(?,?,?,?,?,?,?)"));
  for (const QuarantineRow& row : part.quarantine) {
    put_value.bind_all(logical, row.tenant, row.table, row.key, row.column, row.reason);
    put_value.bind_blob(7, row.original);
    TRY(put_value.run());
  }
  TRY(transaction.commit());
  return io::fault_point("segment.commit.after");
}

Result<> Segment::put(const std::string& key, const std::string& value) {
  std::lock_guard lock(guard_);
  io::Statement put = TRY(database_.prepare("INSERT OR REPLACE INTO meta VALUES(?,?)"));
  return put.bind_all(key, value).run();
}

Result<std::string> Segment::find(const std::string& key) {
  std::lock_guard lock(guard_);
  io::Statement find = TRY(database_.prepare("SELECT value FROM meta WHERE key=?"));
  find.bind(1, key);
  if (!TRY(find.step())) return std::string();
  return find.text(0);
}

Result<std::unordered_set<std::string>> Segment::done() {
  std::lock_guard lock(guard_);
  std::unordered_set<std::string> names;
  io::Statement all = TRY(database_.prepare("SELECT database, name FROM physical"));
  while (TRY(all.step())) names.insert(all.text(0) + '\0' + all.text(1));
  return names;
}

Result<Segment::Totals> Segment::totals() {
  std::lock_guard lock(guard_);
  Totals totals;
  io::Statement tables =
      TRY(database_.prepare("SELECT count(*), count(error_kind), total(rows), total(bytes) FROM physical"));
  if (TRY(tables.step())) {
    totals.tables = tables.integer(0);
    totals.failed = tables.integer(1);
    totals.rows = tables.integer(2);
    totals.bytes = tables.integer(3);
  }
  totals.quarantined = TRY(database_.integer("SELECT count(*) FROM quarantine")).value_or(0);
  totals.files = TRY(database_.integer("SELECT count(*) FROM file")).value_or(0);
  return totals;
}

Result<std::vector<std::string>> Segment::logicals() {
  std::lock_guard lock(guard_);
  std::vector<std::string> names;
  io::Statement all = TRY(database_.prepare("SELECT name FROM logical ORDER BY name"));
  while (TRY(all.step())) names.push_back(all.text(0));
  return names;
}

Result<TableWalk> Segment::walk() {
  std::lock_guard lock(guard_);
  std::map<int64_t, std::string> logicals, shapes;
  io::Statement names = TRY(database_.prepare("SELECT logical_id, name FROM logical"));
  while (TRY(names.step())) logicals.emplace(names.integer(0), names.text(1));
  io::Statement fingerprints = TRY(database_.prepare("SELECT shape_id, fingerprint FROM shape"));
  while (TRY(fingerprints.step())) shapes.emplace(fingerprints.integer(0), fingerprints.text(1));
  io::Statement rows =
      TRY(database_.prepare("SELECT logical_id, database, name, tenant, rows, bytes, checksum, shape_id, "
                            "consistency, attempts, error_kind, error, hint FROM physical"));
  return TableWalk(std::move(rows), std::move(logicals), std::move(shapes));
}

Result<bool> TableWalk::next() {
  if (!TRY(rows_.step())) return false;
  logical_ = &logicals_.at(rows_.integer(0));
  table_.database = rows_.text(1);
  table_.table = rows_.text(2);
  table_.tenant = rows_.text(3);
  table_.rows = rows_.integer(4);
  table_.bytes = rows_.integer(5);
  table_.checksum = number_of(rows_.blob(6));
  auto shape = shapes_.find(rows_.is_null(7) ? -1 : rows_.integer(7));
  table_.shape = shape == shapes_.end() ? "" : shape->second;
  table_.consistency = rows_.text(8);
  table_.attempts = static_cast<int>(rows_.integer(9));
  table_.error.reset();
  if (!rows_.is_null(10)) {
    table_.error = Error{error_kind_named(rows_.text(10)), rows_.text(11), rows_.text(12)};
  }
  return true;
}

Result<std::vector<lakes::StagedFile>> Segment::files(const std::string& logical) {
  std::lock_guard lock(guard_);
  std::vector<lakes::StagedFile> files;
  io::Statement all = TRY(database_.prepare(
      "SELECT json FROM file JOIN logical USING (logical_id) WHERE logical.name=? ORDER BY path"));
  all.bind(1, logical);
  while (TRY(all.step())) {
    Json json = TRY(parse_json(all.text(0)));
    files.push_back(TRY(lakes::staged_file_from_json(json)));
  }
  return files;
}

Result<std::vector<std::string>> Segment::paths() {
  std::lock_guard lock(guard_);
  std::vector<std::string> paths;
  io::Statement all = TRY(database_.prepare("SELECT path FROM file"));
  while (TRY(all.step())) paths.push_back(all.text(0));
  return paths;
}

Result<std::vector<QuarantineRow>> Segment::quarantine() {
  std::lock_guard lock(guard_);
  std::vector<QuarantineRow> rows;
  io::Statement all = TRY(database_.prepare(
      "SELECT logical.name, tenant, quarantine.name, row_key, column_name, reason, original FROM quarantine "
      "JOIN logical USING (logical_id) ORDER BY quarantine.name, column_name, row_key, original"));
  while (TRY(all.step())) {
    rows.push_back(
        {all.text(0), all.text(1), all.text(2), all.text(3), all.text(4), all.text(5), all.blob(6)});
  }
  return rows;
}

Result<std::map<std::string, sources::Shape>> Segment::shapes() {
  std::lock_guard lock(guard_);
  std::map<std::string, sources::Shape> shapes;
  io::Statement all = TRY(database_.prepare("SELECT json FROM shape"));
  while (TRY(all.step())) {
    Json json = TRY(parse_json(all.text(0)));
    sources::Shape shape = TRY(sources::shape_from_json(json));
    shapes[shape.fingerprint] = std::move(shape);
  }
  return shapes;
}

Result<> Segment::finish(const fs::path& folder, const Json& manifest) {
  TRY(io::fault_point("manifest.before"));
  TRY(io::write_file_atomically(folder / "manifest.json", manifest.dump(1)));
  return io::fault_point("manifest.after");
}

bool Segment::finished(const fs::path& folder) {
  std::error_code problem;
  return fs::exists(folder / "manifest.json", problem);
}

}  // namespace suikei::collect
