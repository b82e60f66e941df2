// connection.h — opens, prepares and asks one connection through Connector/C.
#pragma once

#include <mysql.h>

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "sources/mysql/charset.h"
#include "sources/source.h"

namespace suikei::sources::mysql {

/// `name` as MySQL quotes identifiers.
std::string backquoted(std::string_view name);
/// 'text' as a literal; valid whatever sql_mode says about backslashes, which our sessions switch off.
std::string literal(std::string_view text);

/// Kind and remedy of a server's or client's error number.
Error mysql_failure(int number, const std::string& message, const std::string& what);

class Connection {
 public:
  /// Connects. `config` on a wrong user or password, `unavailable` when nothing answers.
  static Result<std::unique_ptr<Connection>> open(const config::Source& source, const config::Shard& shard);
  ~Connection();

  /// Runs one statement; its rows as text (NULL becomes "").
  Result<std::vector<std::vector<std::string>>> ask(const std::string& sql);
  /// Hands the rows of one query over as they come, so that they are never in memory together. `take` must
  /// not ask anything itself; the views live until it returns.
  Result<> each_row(const std::string& sql,
                    const std::function<void(std::span<const std::string_view>)>& take);
  /// The session every read relies on: UTC, no conversion of text, no server-side limits.
  Result<> prepare_session();
  /// Whether ROLLBACK TO SAVEPOINT gives metadata locks back in this session; known after `prepare_session`.
  bool frees_locks() const { return frees_locks_; }
  MYSQL* handle() { return &mysql_; }
  /// Breaks a blocked call from another thread.
  void interrupt();

 private:
  Connection() = default;
  MYSQL mysql_{};
  bool frees_locks_ = true;
};

}  // namespace suikei::sources::mysql
