// engine.h — DuckDB: runs SQL, reads and writes Parquet. The only folder that includes its header.
// Holds:  auto-install and auto-load of extensions are off; only the vendor-signed files beside the program
//         (lib/suikei) or in the cache are loaded. No exception and no DuckDB type leaves this folder.
// Threads: one Engine for the process; one Connection per thread.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "table/batch.h"
#include "table/rows.h"

namespace suikei::engine {

struct Options {
  int threads = 1;                 ///< threads of the engine's own, besides the callers'
  std::string memory_max = "1GB";  ///< beyond it the engine spills to temp_folder or fails
  std::filesystem::path temp_folder;
};

struct ParquetFile {
  int64_t rows = 0, bytes = 0, footer_bytes = 0;
  std::vector<table::ColumnStatistics> columns;
};

/// The next batch to write, nullptr at the end.
using NextBatch = std::function<Result<const table::Batch*>()>;

class Engine;

/// A running query whose rows are pulled batch by batch. Holds its connection.
class Cursor {
 public:
  Cursor(Cursor&&) noexcept;
  ~Cursor();
  const table::Schema& schema() const;
  /// The next rows, nullptr at the end; valid until the next call.
  Result<const table::Batch*> next();

 private:
  friend class Connection;
  struct Impl;
  explicit Cursor(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

class Connection {
 public:
  Connection(Connection&&) noexcept;
  ~Connection();

  /// Runs statements without looking at their rows.
  Result<> run(const std::string& sql);
  /// Runs one statement and keeps its rows (at most `limit`, 0: all).
  Result<table::Rows> query(const std::string& sql, int64_t limit = 0);
  /// Starts one query. `rejected` when a column's type is none of table::Type. The connection does nothing
  /// else while the cursor lives.
  Result<Cursor> open_cursor(const std::string& sql);
  /// The same, rows handed over to `take`.
  Result<> scan(const std::string& sql, const std::function<Result<>(const table::Batch&)>& take);
  /// Writes zstd Parquet from batches of `schema` in their order.
  Result<ParquetFile> write_parquet(const std::filesystem::path& path, const table::Schema& schema,
                                    const NextBatch& next);
  /// From another thread: makes the running statement fail with `cancelled`.
  void interrupt();

 private:
  friend class Engine;
  struct Impl;
  explicit Connection(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

class Engine {
 public:
  static Result<std::shared_ptr<Engine>> open(const Options& options);
  ~Engine();
  Result<Connection> connect();
  /// Loads an extension by name from the folders above. `not_found` names the folders it looked in.
  Result<> load_extension(const std::string& name);
  /// "1.5.5"
  static std::string version();

 private:
  struct Impl;
  explicit Engine(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// 'it''s' — a text as an SQL literal.
std::string quote_text(std::string_view text);
/// "na""me" — a name as an SQL identifier.
std::string quote_name(std::string_view name);

}  // namespace suikei::engine
