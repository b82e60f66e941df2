#include "lakes/ducklake/ducklake_lake.h"

#include <unistd.h>

#include <set>

#include "base/text.h"
#include "base/time.h"
#include "io/fault.h"
#include "lakes/ducklake/ducklake_folders.h"

namespace suikei::lakes::ducklake {
namespace fs = std::filesystem;
namespace {

constexpr double lock_wait_seconds = 600;  // a publish of everything takes a minute; ten say that one hangs
constexpr int lock_busy_ms = 60'000;       // how long the engine waits for the catalog while we commit

/// Loses the last row of the first batch: the proof of a run must notice.
class LosingStream final : public BatchStream {
 public:
  explicit LosingStream(BatchStream& rows) : rows_(rows) {}
  const table::Schema& schema() const override { return rows_.schema(); }
  Result<const table::Batch*> next() override {
    const table::Batch* batch = TRY(rows_.next());
    if (!batch || lost_ || batch->rows() == 0) return batch;
    lost_.emplace(*batch);
    lost_->truncate(batch->rows() - 1);
    return &*lost_;
  }

 private:
  BatchStream& rows_;
  std::optional<table::Batch> lost_;
};

}  // namespace

Result<std::unique_ptr<Lake>> open_ducklake(const LakeOptions& options, LakeAccess access) {
  return DuckLake::open(options, access);
}

Result<std::unique_ptr<Lake>> DuckLake::open(const LakeOptions& options, LakeAccess access) {
  std::unique_ptr<DuckLake> lake(new DuckLake(options, access));
  engine::Options engine_options;
  engine_options.threads = options.threads;
  engine_options.memory_max = options.memory_max;
  engine_options.temp_folder = options.data / fmt::format(".spill-{}", getpid());
  lake->engine_ = TRY(engine::Engine::open(engine_options));
  if (access != LakeAccess::stage) TRY(lake->open_catalog());
  return std::unique_ptr<Lake>(std::move(lake));
}

Result<> DuckLake::open_catalog() {
  std::error_code problem;
  bool exists = fs::exists(options_.catalog, problem);
  if (access_ == LakeAccess::read) {
    Error none{ErrorKind::not_found, fmt::format("there is no lake at {}", options_.catalog.string()),
               "suikei collect creates it"};
    if (!exists) return none;
    catalog_ = TRY(Catalog::open(options_.catalog, io::OpenMode::read_only));
    if (!TRY(catalog_->has_lake())) return none;
    TRY(catalog_->check_format());
    return attach();
  }
  TRY(io::make_folders(options_.catalog.parent_path()));
  TRY(io::make_folders(options_.data));
  std::optional<Catalog> found;
  if (exists) {
    found = TRY(Catalog::open(options_.catalog, io::OpenMode::read_write));
    if (TRY(found->has_lake())) {
      TRY(found->check_format());
      if (TRY(found->prepared(options_.data))) {
        catalog_ = std::move(found);
        return attach();
      }
    }
    found.reset();
  }
  // A new lake, one that somebody else made, or one whose folder has moved.
  io::FileLock held = TRY(lock("opening the lake"));
  found = TRY(Catalog::open(options_.catalog, io::OpenMode::create));
  TRY(found->database().run("PRAGMA journal_mode = WAL"));
  TRY(attach());
  TRY(found->check_format());
  // Inlined rows and deletes would live in the catalog, where a replaced slice does not end them. Through the
  // lake's own command, so that this session knows it too.
  engine::Connection connection = TRY(connect());
  TRY(connection.run("CALL lake.set_option('data_inlining_row_limit', 0)"));
  TRY(found->prepare(options_.data));
  catalog_ = std::move(found);
  return ok();
}

Result<> DuckLake::attach() {
  // The engine finds the lake's catalog through the scanner, so that goes first.
  for (const char* extension : {"sqlite_scanner", "ducklake"}) TRY(engine_->load_extension(extension));
  engine::Connection connection = TRY(engine_->connect());
  std::string data = options_.data.lexically_normal().string();
  if (!data.ends_with('/')) data += '/';
  return connection.run(
      fmt::format("ATTACH {} AS lake (DATA_PATH {}, OVERRIDE_DATA_PATH true, META_BUSY_TIMEOUT {}{})",
                  engine::quote_text("ducklake:sqlite:" + options_.catalog.string()),
                  engine::quote_text(data), lock_busy_ms, access_ == LakeAccess::read ? ", READ_ONLY" : ""));
}

Result<engine::Connection> DuckLake::connect() {
  CHECK(access_ != LakeAccess::stage);
  engine::Connection connection = TRY(engine_->connect());
  TRY(connection.run("USE lake"));
  return connection;
}

Result<io::FileLock> DuckLake::lock(std::string_view purpose) {
  fs::path path = options_.catalog;
  path += ".lock";
  return io::FileLock::wait(path, fmt::format("process {} ({})", getpid(), purpose), lock_wait_seconds)
      .within("the lake's lock");
}

Result<> DuckLake::must_write() const {
  if (access_ == LakeAccess::write) return ok();
  return Error{ErrorKind::denied, "the lake was not opened for writing", ""};
}

Result<> DuckLake::run_together(const std::vector<std::string>& statements) {
  if (statements.empty()) return ok();
  engine::Connection connection = TRY(connect());
  TRY(connection.run("BEGIN"));
  for (const std::string& statement : statements) {
    Result<> ran = connection.run(statement);
    if (!ran.ok()) {
      (void)connection.run("ROLLBACK");
      return ran;
    }
  }
  return connection.run("COMMIT");
}

Capabilities DuckLake::capabilities() const {
  // No limit but the length of a folder's name.
  return Capabilities{};
}

Result<std::optional<table::Schema>> DuckLake::find_table(const TableName& name) {
  CHECK(catalog_);
  std::optional<CatalogTable> table = TRY(catalog_->find_table(name));
  if (!table) return std::optional<table::Schema>();
  return std::optional<table::Schema>(TRY(schema_of(*table)));
}

Result<StagedFile> DuckLake::stage(const SliceName& slice, const std::string& run_id,
                                   const std::string& file_name, BatchStream& rows) {
  StagedFile staged;
  staged.path = table_folder(slice.table) + "/" + slice_folder(run_id, slice.shard) + "/" + file_name;
  staged.schema = rows.schema();
  fs::path final_path = options_.data / staged.path;
  std::error_code problem;
  if (fs::exists(final_path, problem)) {
    return Error{ErrorKind::usage, fmt::format("{} exists, and a file's name is never reused", staged.path),
                 ""};
  }
  TRY(io::fault_point("stage.write.before"));
  TRY(io::make_folders(final_path.parent_path()));
  fs::path temporary = final_path;
  temporary += ".tmp";
  LosingStream losing(rows);
  BatchStream& source = io::fault_armed("stage.write", "lose_row") ? static_cast<BatchStream&>(losing) : rows;

  auto write = [&]() -> Result<> {
    engine::Connection connection = TRY(engine_->connect());
    engine::ParquetFile file =
        TRY(connection.write_parquet(temporary, staged.schema, [&] { return source.next(); }));
    staged.rows = file.rows;
    staged.bytes = file.bytes;
    staged.footer_bytes = file.footer_bytes;
    staged.columns = std::move(file.columns);
    TRY(io::fault_point("stage.commit.before"));
    TRY(io::commit_file(temporary, final_path));
    return io::fault_point("stage.commit.after");
  };
  Result<> written = write();
  if (!written.ok()) {
    fs::remove(temporary, problem);
    fs::remove(final_path, problem);
    return written.error().within(staged.path);
  }
  return staged;
}

Result<std::map<std::string, int64_t>> DuckLake::count_back(const StagedFile& file) {
  engine::Connection connection = TRY(engine_->connect());
  table::Rows rows = TRY(connection.query(fmt::format(
      "SELECT {}, count(*) FROM read_parquet({}, hive_partitioning = false) GROUP BY 1",
      engine::quote_name(table::tenant_column), engine::quote_text((options_.data / file.path).string()))));
  std::map<std::string, int64_t> counts;
  for (const table::Row& row : rows.rows) counts[row[0].value_or("")] += std::stoll(row[1].value_or("0"));
  return counts;
}

Result<> DuckLake::discard(const std::vector<std::string>& paths) {
  for (const std::string& path : paths) {
    std::string clean = fs::path(path).lexically_normal().string();
    if (clean != path || fs::path(path).is_absolute() || starts_with(path, "..") || path.empty()) {
      return Error{ErrorKind::usage, fmt::format("`{}` is no path below the lake's data folder", path), ""};
    }
  }
  std::set<std::string> held;
  std::optional<io::FileLock> guard;
  if (access_ == LakeAccess::write) {
    guard = TRY(lock("discarding staged files"));
    held = TRY(catalog_->held(paths));
  }
  std::vector<std::string> removed;
  for (const std::string& path : paths) {
    if (held.count(path)) continue;
    std::error_code problem;
    fs::remove(options_.data / path, problem);
    if (problem) return io::system_error("remove", options_.data / path, problem.value());
    removed.push_back(path);
  }
  remove_empty_folders(removed);
  return ok();
}

void DuckLake::remove_empty_folders(const std::vector<std::string>& paths) {
  std::set<fs::path> folders;
  for (const std::string& path : paths) folders.insert(fs::path(path).parent_path());
  for (fs::path folder : folders) {
    // dataset/table stays: two parts.
    while (std::distance(folder.begin(), folder.end()) > 2) {
      std::error_code problem;
      fs::path absolute = options_.data / folder;
      if (fs::exists(absolute, problem) && !fs::is_empty(absolute, problem)) break;
      fs::remove(absolute, problem);
      if (problem) break;
      folder = folder.parent_path();
    }
  }
}

Result<> DuckLake::publish(const std::string& run_id, std::span<const SliceContent> slices) {
  TRY(must_write());
  if (slices.empty()) return ok();
  io::FileLock held = TRY(lock("publishing run " + run_id));
  TRY(io::fault_point("publish.begin"));
  TRY(publish_slices(*catalog_, run_id, slices));
  return ok();
}

Result<> DuckLake::distrust(const SliceName& slice) {
  TRY(must_write());
  io::FileLock held = TRY(lock("marking a slice as damaged"));
  return catalog_->distrust(slice);
}

Result<std::optional<PublishedSlice>> DuckLake::find_published(const SliceName& slice) {
  CHECK(catalog_);
  std::map<SliceName, PublishedSlice> found = TRY(catalog_->published(slice.table.dataset, &slice));
  if (found.empty()) return std::optional<PublishedSlice>();
  return std::optional<PublishedSlice>(found.begin()->second);
}

Result<std::map<SliceName, PublishedSlice>> DuckLake::published(const std::string& dataset) {
  CHECK(catalog_);
  return catalog_->published(dataset, nullptr);
}

Result<table::Rows> DuckLake::query(const std::string& sql, int64_t limit) {
  engine::Connection connection = TRY(connect());
  return connection.query(sql, limit);
}

Result<> DuckLake::scan(const std::string& sql, const std::function<Result<>(const table::Batch&)>& take) {
  engine::Connection connection = TRY(connect());
  return connection.scan(sql, take);
}

Result<> DuckLake::expire(double keep_days) {
  TRY(must_write());
  io::FileLock held = TRY(lock("expiring old snapshots"));
  TRY(io::fault_point("expire.before"));
  engine::Connection connection = TRY(connect());
  auto kept_us = static_cast<int64_t>(keep_days * 86400e6);
  // By id: the lake's own `older_than` compares texts of two forms and takes the whole day.
  table::Rows old = TRY(connection.query(
      fmt::format("SELECT snapshot_id FROM ducklake_snapshots('lake') WHERE snapshot_time < TIMESTAMPTZ '{}' "
                  "AND snapshot_id < (SELECT max(snapshot_id) FROM ducklake_snapshots('lake'))",
                  iso_instant(now_us() - kept_us))));
  if (!old.rows.empty()) {
    std::vector<std::string> ids;
    for (const table::Row& row : old.rows) ids.push_back(row[0].value_or("0"));
    TRY(connection.run(
        fmt::format("CALL ducklake_expire_snapshots('lake', versions => [{}])", join(ids, ", "))));
  }
  std::vector<std::string> paths = TRY(catalog_->scheduled_for_deletion());
  if (!paths.empty()) TRY(connection.run("CALL ducklake_cleanup_old_files('lake', cleanup_all => true)"));
  remove_empty_folders(paths);
  TRY(catalog_->compact());
  return io::fault_point("expire.after");
}

Result<std::vector<ErasedRows>> DuckLake::erase(const std::string& dataset, const std::string& tenant) {
  TRY(must_write());
  io::FileLock held = TRY(lock("erasing a tenant"));
  std::vector<TableName> tables = TRY(catalog_->tables_with(dataset, tenant));
  std::vector<ErasedRows> erased;
  if (tables.empty()) return erased;
  engine::Connection connection = TRY(connect());
  TRY(connection.run("BEGIN"));
  TRY(connection.run("CALL lake.set_commit_message('suikei', 'erase a tenant')"));
  for (const TableName& name : tables) {
    table::Rows answer = TRY(
        connection.query(fmt::format("DELETE FROM lake.{}.{} WHERE {} = {}", engine::quote_name(name.dataset),
                                     engine::quote_name(name.table), engine::quote_name(table::tenant_column),
                                     engine::quote_text(tenant))));
    int64_t rows = answer.rows.empty() ? 0 : std::stoll(answer.rows[0][0].value_or("0"));
    if (rows > 0) erased.push_back({name, rows});
  }
  TRY(connection.run("COMMIT"));
  // A delete only hides rows; the live files are written anew without them.
  for (const ErasedRows& entry : erased) {
    TRY(connection.run(
        fmt::format("CALL ducklake_rewrite_data_files('lake', {}, schema => {}, delete_threshold => 0)",
                    engine::quote_text(entry.table.table), engine::quote_text(entry.table.dataset))));
  }
  return erased;
}

}  // namespace suikei::lakes::ducklake
