// Rows pulled out of the lake, so that they can be staged again.
#include "base/text.h"
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

}  // namespace

Result<std::unique_ptr<BatchStream>> DuckLake::rows_of(const std::string& sql) {
  engine::Connection connection = TRY(connect());
  engine::Cursor cursor = TRY(connection.open_cursor(sql));
  return std::unique_ptr<BatchStream>(
      std::make_unique<CursorStream>(std::move(connection), std::move(cursor)));
}

Result<std::unique_ptr<BatchStream>> DuckLake::rows_without(const StagedFile& file,
                                                            const std::vector<std::string>& tenants) {
  std::vector<std::string> excluded;
  for (const std::string& tenant : tenants) excluded.push_back(engine::quote_text(tenant));
  return rows_of(
      fmt::format("SELECT * FROM read_parquet({}, hive_partitioning => false) "
                  "WHERE coalesce(_tenant, '') NOT IN ({})",
                  engine::quote_text((options_.data / file.path).string()), join(excluded, ", ")));
}

}  // namespace suikei::lakes::ducklake
