#include "engine/engine.h"

#include <duckdb.h>

#include <cstdlib>

#include "base/text.h"
#include "engine/convert.h"
#include "engine/feed.h"
#include "io/files.h"

namespace suikei::engine {
namespace fs = std::filesystem;

struct Engine::Impl {
  duckdb_database database = nullptr;
  ~Impl() { duckdb_close(&database); }
};

struct Connection::Impl {
  duckdb_connection connection = nullptr;
  ~Impl() { duckdb_disconnect(&connection); }
};

namespace {

/// A finished statement; destroyed with its answer.
struct Answer {
  duckdb_result result{};
  Answer() = default;
  Answer(const Answer&) = delete;
  Answer& operator=(const Answer&) = delete;
  ~Answer() { duckdb_destroy_result(&result); }
};

ErrorKind kind_of(duckdb_error_type type) {
  switch (type) {
    case DUCKDB_ERROR_PARSER:
    case DUCKDB_ERROR_SYNTAX:
    case DUCKDB_ERROR_BINDER:
    case DUCKDB_ERROR_CATALOG:
    case DUCKDB_ERROR_INVALID_INPUT:
      return ErrorKind::usage;
    case DUCKDB_ERROR_INTERRUPT:
      return ErrorKind::cancelled;
    case DUCKDB_ERROR_PERMISSION:
      return ErrorKind::denied;
    case DUCKDB_ERROR_IO:
    case DUCKDB_ERROR_OUT_OF_MEMORY:
    case DUCKDB_ERROR_CONNECTION:
    case DUCKDB_ERROR_NETWORK:
    case DUCKDB_ERROR_HTTP:
      return ErrorKind::unavailable;
    default:
      return ErrorKind::rejected;
  }
}

Error failure(Answer& answer) {
  const char* message = duckdb_result_error(&answer.result);
  Error error{kind_of(duckdb_result_error_type(&answer.result)), message ? message : "unknown failure", ""};
  if (error.message.find("No space left") != std::string::npos) error.hint = "free some space and run again";
  return error;
}

Result<> run_into(duckdb_connection connection, const std::string& sql, Answer& answer) {
  if (duckdb_query(connection, sql.c_str(), &answer.result) == DuckDBError) return failure(answer);
  return ok();
}

std::vector<fs::path> extension_folders() {
  std::vector<fs::path> folders = {io::program_folder() / "../lib/suikei"};
  if (const char* cache = std::getenv("XDG_CACHE_HOME"); cache && *cache) {
    folders.push_back(fs::path(cache) / "suikei/extensions");
  } else if (const char* home = std::getenv("HOME"); home && *home) {
    folders.push_back(fs::path(home) / ".cache/suikei/extensions");
  }
  return folders;
}

}  // namespace

Engine::Engine(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Engine::~Engine() = default;

std::string Engine::version() {
  std::string text = duckdb_library_version();
  return starts_with(text, "v") ? text.substr(1) : text;
}

Result<std::shared_ptr<Engine>> Engine::open(const Options& options) {
  duckdb_config config = nullptr;
  duckdb_create_config(&config);
  auto set = [&](const char* name, const std::string& value) {
    CHECK(duckdb_set_config(config, name, value.c_str()) == DuckDBSuccess);
  };
  set("threads", std::to_string(std::max(1, options.threads)));
  set("memory_limit", options.memory_max);
  set("autoinstall_known_extensions", "false");
  set("autoload_known_extensions", "false");
  if (!options.temp_folder.empty()) set("temp_directory", options.temp_folder.string());
  auto impl = std::make_unique<Impl>();
  char* problem = nullptr;
  duckdb_state state = duckdb_open_ext(":memory:", &impl->database, config, &problem);
  duckdb_destroy_config(&config);
  if (state == DuckDBError) {
    Error error{ErrorKind::unavailable, std::string("start the engine: ") + (problem ? problem : "unknown"),
                ""};
    duckdb_free(problem);
    return error;
  }
  std::shared_ptr<Engine> engine(new Engine(std::move(impl)));
  duckdb_connection connection = nullptr;
  duckdb_connect(engine->impl_->database, &connection);
  register_feed(connection);
  duckdb_disconnect(&connection);
  return engine;
}

Result<Connection> Engine::connect() {
  auto impl = std::make_unique<Connection::Impl>();
  if (duckdb_connect(impl_->database, &impl->connection) == DuckDBError) {
    return Error{ErrorKind::unavailable, "connect to the engine", ""};
  }
  Connection connection(std::move(impl));
  TRY(connection.run("SET TimeZone='UTC'"));
  return connection;
}

Result<> Engine::load_extension(const std::string& name) {
  std::vector<std::string> looked_in;
  for (const fs::path& folder : extension_folders()) {
    fs::path file = folder / (name + ".duckdb_extension");
    std::error_code problem;
    if (fs::exists(file, problem)) {
      Connection connection = TRY(connect());
      return connection.run("LOAD " + quote_text(file.string()));
    }
    looked_in.push_back(folder.lexically_normal().string());
  }
  return Error{ErrorKind::not_found, fmt::format("extension {} is not in {}", name, join(looked_in, " or ")),
               "run ./dev setup, or copy the file of DuckDB " + version() + " there"};
}

Connection::Connection(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Connection::Connection(Connection&&) noexcept = default;
Connection::~Connection() = default;

void Connection::interrupt() {
  duckdb_interrupt(impl_->connection);
}

Result<> Connection::run(const std::string& sql) {
  Answer answer;
  return run_into(impl_->connection, sql, answer);
}

Result<table::Rows> Connection::query(const std::string& sql, int64_t limit) {
  table::Rows rows;
  // Values as text are the engine's own business: where the statement is a query, let it do the cast.
  std::string trimmed(trim(sql));
  while (!trimmed.empty() && trimmed.back() == ';')
    trimmed = std::string(trim(trimmed.substr(0, trimmed.size() - 1)));
  duckdb_prepared_statement prepared = nullptr;
  duckdb_state state = duckdb_prepare(impl_->connection, trimmed.c_str(), &prepared);
  bool is_query =
      state == DuckDBSuccess && duckdb_prepared_statement_type(prepared) == DUCKDB_STATEMENT_TYPE_SELECT;
  std::vector<std::string> types;
  if (is_query) {
    for (idx_t i = 0; i < duckdb_prepared_statement_column_count(prepared); ++i) {
      duckdb_logical_type type = duckdb_prepared_statement_column_logical_type(prepared, i);
      types.push_back(describe_type(type));
      duckdb_destroy_logical_type(&type);
    }
  }
  duckdb_destroy_prepare(&prepared);

  Answer answer;
  std::string run_sql = is_query ? "SELECT COLUMNS(*)::VARCHAR FROM (" + trimmed + "\n)" : trimmed;
  if (is_query && limit > 0) run_sql += fmt::format(" LIMIT {}", limit);
  Result<> ran = run_into(impl_->connection, run_sql, answer);
  if (!ran.ok() && is_query) {
    // Some queries cannot stand in a subquery; as they are, they still run or tell the user's own error.
    Answer plain;
    TRY(run_into(impl_->connection, trimmed, plain));
    std::swap(answer.result, plain.result);
  } else if (!ran.ok()) {
    return ran.error();
  }
  idx_t width = duckdb_column_count(&answer.result);
  for (idx_t i = 0; i < width; ++i) {
    rows.names.emplace_back(duckdb_column_name(&answer.result, i));
    duckdb_logical_type type = duckdb_column_logical_type(&answer.result, i);
    rows.types.push_back(i < types.size() ? types[i] : describe_type(type));
    duckdb_destroy_logical_type(&type);
  }
  idx_t count = duckdb_row_count(&answer.result);
  if (limit > 0) count = std::min(count, static_cast<idx_t>(limit));
  for (idx_t row = 0; row < count; ++row) {
    table::Row& values = rows.rows.emplace_back(width);
    for (idx_t i = 0; i < width; ++i) {
      if (duckdb_value_is_null(&answer.result, i, row)) continue;
      duckdb_string text = duckdb_value_string(&answer.result, i, row);
      values[i] = std::string(text.data ? text.data : "", text.size);
      duckdb_free(text.data);
    }
  }
  return rows;
}

struct Cursor::Impl {
  Answer answer;
  std::optional<table::Batch> batch;
};

Cursor::Cursor(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Cursor::Cursor(Cursor&&) noexcept = default;
Cursor::~Cursor() = default;
const table::Schema& Cursor::schema() const {
  return impl_->batch->schema();
}

Result<const table::Batch*> Cursor::next() {
  duckdb_data_chunk chunk = duckdb_fetch_chunk(impl_->answer.result);
  if (!chunk) {
    const char* problem = duckdb_result_error(&impl_->answer.result);
    if (problem && *problem) return failure(impl_->answer);
    return nullptr;
  }
  copy_chunk(chunk, *impl_->batch);
  duckdb_destroy_data_chunk(&chunk);
  return impl_->batch->rows() == 0 ? nullptr : &*impl_->batch;
}

Result<Cursor> Connection::open_cursor(const std::string& sql) {
  duckdb_prepared_statement prepared = nullptr;
  if (duckdb_prepare(impl_->connection, sql.c_str(), &prepared) == DuckDBError) {
    Error error{ErrorKind::usage, duckdb_prepare_error(prepared), ""};
    duckdb_destroy_prepare(&prepared);
    return error;
  }
  auto cursor = std::make_unique<Cursor::Impl>();
  duckdb_pending_result pending = nullptr;
  duckdb_state state = duckdb_pending_prepared_streaming(prepared, &pending);
  if (state == DuckDBSuccess) state = duckdb_execute_pending(pending, &cursor->answer.result);
  duckdb_destroy_pending(&pending);
  duckdb_destroy_prepare(&prepared);
  if (state == DuckDBError) return failure(cursor->answer);
  cursor->batch.emplace(TRY(schema_of(&cursor->answer.result)));
  return Cursor(std::move(cursor));
}

Result<> Connection::scan(const std::string& sql, const std::function<Result<>(const table::Batch&)>& take) {
  Cursor cursor = TRY(open_cursor(sql));
  while (const table::Batch* batch = TRY(cursor.next())) TRY(take(*batch));
  return ok();
}

Result<ParquetFile> Connection::write_parquet(const fs::path& path, const table::Schema& schema,
                                              const NextBatch& next) {
  Feed feed(impl_->connection, schema, next);
  std::vector<std::string> columns;
  for (const table::Column& column : schema.columns) {
    std::string name = quote_name(column.name);
    // A batch keeps booleans as bytes.
    if (column.type == table::boolean_type) name = fmt::format("CAST({0} AS BOOLEAN) AS {0}", name);
    columns.push_back(name);
  }
  Answer answer;
  Result<> ran =
      run_into(impl_->connection,
               fmt::format("COPY (SELECT {} FROM {}({}::UBIGINT)) TO {} (FORMAT parquet, COMPRESSION zstd, "
                           "COMPRESSION_LEVEL 1, ROW_GROUP_SIZE 61440, RETURN_STATS true)",
                           join(columns, ", "), feed_function, reinterpret_cast<uintptr_t>(&feed),
                           quote_text(path.string())),
               answer);
  if (feed.error()) return *feed.error();
  if (!ran.ok()) return ran.error();
  ParquetFile file = TRY(read_parquet_statistics(&answer.result));
  // The statistics come sorted by name; callers want the order of the file.
  std::vector<table::ColumnStatistics> ordered(schema.columns.size());
  for (table::ColumnStatistics& statistics : file.columns) {
    int at = schema.find(statistics.column);
    if (at >= 0) ordered[static_cast<size_t>(at)] = std::move(statistics);
  }
  file.columns = std::move(ordered);
  return file;
}

std::string quote_text(std::string_view text) {
  std::string quoted = "'";
  for (char c : text) {
    if (c == '\'') quoted += '\'';
    quoted += c;
  }
  return quoted + "'";
}

std::string quote_name(std::string_view name) {
  std::string quoted = "\"";
  for (char c : name) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

}  // namespace suikei::engine
