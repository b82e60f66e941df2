// ducklake_lake.h — the embedded lake: Parquet files under a folder, a catalog in SQLite.
// See: docs/design/publish.md
#pragma once

#include "engine/engine.h"
#include "io/files.h"
#include "lakes/ducklake/ducklake_catalog.h"
#include "lakes/lake.h"

namespace suikei::lakes::ducklake {

Result<std::unique_ptr<Lake>> open_ducklake(const LakeOptions& options, LakeAccess access);

class DuckLake final : public Lake {
 public:
  static Result<std::unique_ptr<Lake>> open(const LakeOptions& options, LakeAccess access);

  Capabilities capabilities() const override;
  Result<std::optional<table::Schema>> find_table(const TableName& name) override;
  Result<> evolve(const std::map<TableName, table::Schema>& tables) override;
  Result<StagedFile> stage(const SliceName& slice, const std::string& run_id, const std::string& file_name,
                           BatchStream& rows) override;
  Result<std::map<std::string, int64_t>> count_back(const StagedFile& file) override;
  Result<> discard(const std::vector<std::string>& paths) override;
  Result<> publish(const std::string& run_id, std::span<const SliceContent> slices) override;
  Result<std::optional<PublishedSlice>> find_published(const SliceName& slice) override;
  Result<> distrust(const SliceName& slice) override;
  Result<std::map<SliceName, PublishedSlice>> published(const std::string& dataset) override;
  Result<table::Rows> query(const std::string& sql, int64_t limit) override;
  Result<> scan(const std::string& sql, const std::function<Result<>(const table::Batch&)>& take) override;
  Result<std::unique_ptr<Session>> open_session() override;
  std::string folder_of(const SliceName& slice, const std::string& run_id) const override;
  Result<std::unique_ptr<BatchStream>> rows_of(const std::string& sql) override;
  Result<std::unique_ptr<BatchStream>> rows_without(const StagedFile& file,
                                                    const std::vector<std::string>& tenants) override;
  Result<> expire(double keep_days) override;
  Result<std::vector<ErasedRows>> erase(const std::string& dataset, const std::string& tenant) override;

 private:
  DuckLake(LakeOptions options, LakeAccess access) : options_(std::move(options)), access_(access) {}

  Result<> open_catalog();
  Result<> attach();
  /// A connection whose unqualified names mean the lake.
  Result<engine::Connection> connect();
  /// The one lock of the lake; whoever changes the catalog holds it.
  Result<io::FileLock> lock(std::string_view purpose);
  /// Runs statements in one transaction of the lake.
  Result<> run_together(const std::vector<std::string>& statements);
  Result<> must_write() const;
  /// Removes folders of removed files as far as they are empty, never a table's own.
  void remove_empty_folders(const std::vector<std::string>& paths);

  LakeOptions options_;
  LakeAccess access_;
  std::shared_ptr<engine::Engine> engine_;
  std::optional<Catalog> catalog_;
};

}  // namespace suikei::lakes::ducklake
