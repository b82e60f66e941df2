#include "io/sqlite.h"

#include <sqlite3.h>

#include "base/text.h"

namespace suikei::io {
namespace {

Error sqlite_error(sqlite3* handle, std::string_view what) {
  int code = sqlite3_errcode(handle);
  const char* file = sqlite3_db_filename(handle, "main");
  std::string message = fmt::format("{}: {} ({})", file ? file : "sqlite", sqlite3_errmsg(handle), what);
  switch (code & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {ErrorKind::unavailable, message, "another process is writing; run again"};
    case SQLITE_FULL:
      return {ErrorKind::unavailable, message, "free some space there and run again"};
    case SQLITE_IOERR:
      return {ErrorKind::unavailable, message, "see whether the disk is full or failing"};
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return {ErrorKind::denied, message, "give the user who runs suikei the right to write there"};
    case SQLITE_CANTOPEN:
      return {ErrorKind::not_found, message, ""};
    default:
      return {ErrorKind::corrupt, message, ""};
  }
}

}  // namespace

Statement::Statement(Statement&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
Statement& Statement::operator=(Statement&& other) noexcept {
  std::swap(handle_, other.handle_);
  return *this;
}
Statement::~Statement() {
  sqlite3_finalize(handle_);
}

Statement& Statement::bind(int at, int64_t value) {
  CHECK(sqlite3_bind_int64(handle_, at, value) == SQLITE_OK);
  return *this;
}
Statement& Statement::bind(int at, double value) {
  CHECK(sqlite3_bind_double(handle_, at, value) == SQLITE_OK);
  return *this;
}
Statement& Statement::bind(int at, std::string_view text) {
  const char* data = text.data() ? text.data() : "";
  CHECK(sqlite3_bind_text(handle_, at, data, static_cast<int>(text.size()), SQLITE_TRANSIENT) == SQLITE_OK);
  return *this;
}
Statement& Statement::bind_null(int at) {
  CHECK(sqlite3_bind_null(handle_, at) == SQLITE_OK);
  return *this;
}
Statement& Statement::bind_blob(int at, std::string_view bytes) {
  const char* data = bytes.data() ? bytes.data() : "";
  CHECK(sqlite3_bind_blob(handle_, at, data, static_cast<int>(bytes.size()), SQLITE_TRANSIENT) == SQLITE_OK);
  return *this;
}

Error Statement::failure() const {
  return sqlite_error(sqlite3_db_handle(handle_), sqlite3_sql(handle_));
}

Result<bool> Statement::step() {
  int code = sqlite3_step(handle_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) {
    sqlite3_reset(handle_);
    return false;
  }
  Error error = failure();
  sqlite3_reset(handle_);
  return error;
}

Result<> Statement::run() {
  while (TRY(step())) {
  }
  return ok();
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(handle_, column) == SQLITE_NULL;
}
int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(handle_, column);
}
double Statement::real(int column) const {
  return sqlite3_column_double(handle_, column);
}
std::string Statement::text(int column) const {
  const void* data = sqlite3_column_blob(handle_, column);
  int size = sqlite3_column_bytes(handle_, column);
  return data ? std::string(static_cast<const char*>(data), static_cast<size_t>(size)) : std::string();
}

Result<Database> Database::open(const std::filesystem::path& path, OpenMode mode) {
  int flags = mode == OpenMode::read_only    ? SQLITE_OPEN_READONLY
              : mode == OpenMode::read_write ? SQLITE_OPEN_READWRITE
                                             : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  sqlite3* handle = nullptr;
  int code = sqlite3_open_v2(path.c_str(), &handle, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  if (code != SQLITE_OK) {
    Error error = sqlite_error(handle, "open");
    sqlite3_close(handle);
    return error;
  }
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_timeout(handle, 30'000);
  return Database(handle);
}

Database::Database(Database&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
Database& Database::operator=(Database&& other) noexcept {
  std::swap(handle_, other.handle_);
  return *this;
}
Database::~Database() {
  sqlite3_close_v2(handle_);
}

Result<> Database::run(const std::string& sql) {
  if (sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
    return sqlite_error(handle_, sql);
  return ok();
}

Result<Statement> Database::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(handle_, sql.data(), static_cast<int>(sql.size()), &statement, nullptr) !=
      SQLITE_OK) {
    return sqlite_error(handle_, sql);
  }
  return Statement(statement);
}

Result<std::optional<int64_t>> Database::integer(std::string_view sql) {
  Statement statement = TRY(prepare(sql));
  if (!TRY(statement.step()) || statement.is_null(0)) return std::optional<int64_t>();
  return std::optional<int64_t>(statement.integer(0));
}

Result<std::optional<std::string>> Database::text(std::string_view sql) {
  Statement statement = TRY(prepare(sql));
  if (!TRY(statement.step()) || statement.is_null(0)) return std::optional<std::string>();
  return std::optional<std::string>(statement.text(0));
}

int64_t Database::changes() const {
  return sqlite3_changes64(handle_);
}

Result<Transaction> Transaction::begin(Database& database) {
  TRY(database.run("BEGIN IMMEDIATE"));
  return Transaction(database);
}

Transaction::~Transaction() {
  if (database_) (void)database_->run("ROLLBACK");
}

Result<> Transaction::commit() {
  TRY(database_->run("COMMIT"));
  database_ = nullptr;
  return ok();
}

}  // namespace suikei::io
