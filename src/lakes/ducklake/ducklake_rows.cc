// ducklake_rows.cc — rows pulled out of the lake, so that they can be staged again.

#include "base/text.h"
#include "lakes/ducklake/ducklake_folders.h"
#include "lakes/ducklake/ducklake_lake.h"

namespace suikei::lakes::ducklake {
namespace {

class CursorStream final : public BatchStream {
 public:
  CursorStream(engine::Connection connection, engine::Cursor cursor)
      : connection_(std::move(connection)), cursor_(std::move(cursor)) {}
  const table::Schema& schema() const override { return cursor_.schema(); }
  Result<const table::Batch*> next() override { return cursor_.next(); }

 private:
  engine::Connection connection_;  // outlives the cursor, which is destroyed first
  engine::Cursor cursor_;
};

Result<std::unique_ptr<BatchStream>> pull(engine::Connection connection, const std::string& sql) {
  engine::Cursor cursor = TRY(connection.open_cursor(sql));
  return std::unique_ptr<BatchStream>(
      std::make_unique<CursorStream>(std::move(connection), std::move(cursor)));
}

}  // namespace

std::string DuckLake::folder_of(const SliceName& slice, const std::string& run_id) const {
  return table_folder(slice.table) + "/" + slice_folder(run_id, slice.shard);
}

Result<std::unique_ptr<BatchStream>> DuckLake::rows_of(const std::string& sql) {
  return pull(TRY(connect()), sql);
}

Result<std::unique_ptr<BatchStream>> DuckLake::rows_without(const StagedFile& file,
                                                            const std::vector<std::string>& tenants) {
  std::vector<std::string> excluded = {"NULL"};
  for (const std::string& tenant : tenants) excluded.push_back(engine::quote_text(tenant));
  // A worker asks this too, so no catalog: the file alone. NULL in the list keeps it from being empty.
  return pull(TRY(engine_->connect()),
              fmt::format("SELECT * FROM read_parquet({}, hive_partitioning = false) "
                          "WHERE (coalesce({}, '') IN ({})) IS NOT TRUE",
                          engine::quote_text((options_.data / file.path).string()),
                          engine::quote_name(table::tenant_column), join(excluded, ", ")));
}

}  // namespace suikei::lakes::ducklake
