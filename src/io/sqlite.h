// sqlite.h — SQLite as the rest of the program sees it: prepared statements and Results.
// Threads: one Database per thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace suikei::io {

/// A prepared statement. Bind from 1, step, read columns from 0.
class Statement {
 public:
  Statement(Statement&&) noexcept;
  Statement& operator=(Statement&&) noexcept;
  ~Statement();

  Statement& bind(int at, int64_t value);
  Statement& bind(int at, int value) { return bind(at, static_cast<int64_t>(value)); }
  Statement& bind(int at, uint64_t value) { return bind(at, static_cast<int64_t>(value)); }
  Statement& bind(int at, double value);
  /// The text is copied.
  Statement& bind(int at, std::string_view text);
  Statement& bind(int at, const std::string& text) { return bind(at, std::string_view(text)); }
  Statement& bind(int at, const char* text) { return bind(at, std::string_view(text)); }
  Statement& bind_null(int at);
  Statement& bind_blob(int at, std::string_view bytes);
  template <typename T>
  Statement& bind(int at, const std::optional<T>& value) {
    return value ? bind(at, *value) : bind_null(at);
  }

  /// Binds all values from 1 on.
  template <typename... Values>
  Statement& bind_all(const Values&... values) {
    int at = 0;
    (bind(++at, values), ...);
    return *this;
  }

  /// True while there is a row; false at the end, when the statement is reset and may be bound again.
  Result<bool> step();
  /// Runs to the end, dropping rows.
  Result<> run();

  bool is_null(int column) const;
  int64_t integer(int column) const;
  double real(int column) const;
  std::string text(int column) const;
  std::string blob(int column) const { return text(column); }

 private:
  friend class Database;
  explicit Statement(sqlite3_stmt* handle) : handle_(handle) {}
  Error failure() const;
  sqlite3_stmt* handle_;
};

enum class OpenMode { read_only, read_write, create };

class Database {
 public:
  /// Opens with foreign keys off, a busy timeout of 30 s. `not_found` when it must exist and does not.
  static Result<Database> open(const std::filesystem::path& path, OpenMode mode);
  Database(Database&&) noexcept;
  Database& operator=(Database&&) noexcept;
  ~Database();

  /// One or more statements without results.
  Result<> run(const std::string& sql);
  Result<Statement> prepare(std::string_view sql);
  /// First column of the first row; nullopt when there is no row or it is NULL.
  Result<std::optional<int64_t>> integer(std::string_view sql);
  Result<std::optional<std::string>> text(std::string_view sql);
  /// Rows changed by the last statement.
  int64_t changes() const;

 private:
  explicit Database(sqlite3* handle) : handle_(handle) {}
  sqlite3* handle_;
};

/// Rolls back unless committed.
class Transaction {
 public:
  /// BEGIN IMMEDIATE: the write lock is taken now, so commit cannot meet a competing writer.
  static Result<Transaction> begin(Database& database);
  Transaction(Transaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();
  Result<> commit();

 private:
  explicit Transaction(Database& database) : database_(&database) {}
  Database* database_;
};

}  // namespace suikei::io
