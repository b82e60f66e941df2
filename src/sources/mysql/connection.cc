#include "sources/mysql/connection.h"

#include <errmsg.h>
#include <mysqld_error.h>
#include <sys/socket.h>

#include <mutex>

#include "base/text.h"

namespace suikei::sources::mysql {
namespace {

bool is_local(const config::Shard& shard) {
  return !shard.socket.empty() || shard.host == "localhost" || starts_with(shard.host, "127.") ||
         shard.host == "::1";
}

std::string place_of(const config::Shard& shard) {
  return shard.socket.empty() ? fmt::format("{}:{}", shard.host, shard.port) : shard.socket;
}

Error connect_failure(MYSQL* mysql, const config::Shard& shard) {
  int number = static_cast<int>(mysql_errno(mysql));
  std::string message =
      fmt::format("connect to {} as {}: {}", place_of(shard), shard.user, mysql_error(mysql));
  switch (number) {
    case ER_ACCESS_DENIED_ERROR:
    case ER_DBACCESS_DENIED_ERROR:
    case ER_HOST_NOT_PRIVILEGED:
      return {ErrorKind::config, message,
              "correct `user` and the password's source for this shard in suikei.yaml"};
    case CR_SSL_CONNECTION_ERROR:
      return {ErrorKind::config, message,
              "set `tls: preferred` or `tls: off` for this shard, or give the right `ssl_ca`"};
    default:
      return {ErrorKind::unavailable, message, "see whether the server runs there and accepts connections"};
  }
}

void set_options(MYSQL* mysql, const config::Source& source, bool encrypted, const config::Shard& shard) {
  auto timeout = static_cast<unsigned>(source.timeout_seconds < 1 ? 1 : source.timeout_seconds);
  unsigned connect_timeout = timeout < 10 ? timeout : 10;
  mysql_options(mysql, MYSQL_OPT_CONNECT_TIMEOUT, &connect_timeout);
  mysql_options(mysql, MYSQL_OPT_READ_TIMEOUT, &timeout);
  mysql_options(mysql, MYSQL_OPT_WRITE_TIMEOUT, &timeout);
  mysql_options(mysql, MYSQL_SET_CHARSET_NAME, "utf8mb4");
  my_bool enforce = encrypted, verify = encrypted && shard.tls == config::Tls::verify;
  mysql_options(mysql, MYSQL_OPT_SSL_ENFORCE, &enforce);
  mysql_options(mysql, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verify);
  if (encrypted && !shard.ssl_ca.empty()) mysql_options(mysql, MYSQL_OPT_SSL_CA, shard.ssl_ca.c_str());
}

}  // namespace

std::string backquoted(std::string_view name) {
  std::string text = "`";
  for (char c : name) {
    if (c == '`') text += '`';
    text += c;
  }
  return text + "`";
}

std::string literal(std::string_view text) {
  std::string result = "'";
  for (char c : text) {
    if (c == '\'') result += '\'';
    result += c;
  }
  return result + "'";
}

namespace {

constexpr const char* no_files_left =
    "the server has no open files left: raise its open_files_limit, or lower its table_open_cache";

}  // namespace

Error mysql_failure(int number, const std::string& message, const std::string& what) {
  std::string told = fmt::format("{}: {} ({})", what, message, number);
  switch (number) {
    case ER_NO_SUCH_TABLE:
    case ER_BAD_DB_ERROR:
    case ER_NO_SUCH_TABLE_IN_ENGINE:
      return {ErrorKind::not_found, told, "it was dropped or renamed while the run was on"};
    case ER_TABLEACCESS_DENIED_ERROR:
    case ER_COLUMNACCESS_DENIED_ERROR:
    case ER_DBACCESS_DENIED_ERROR:
    case ER_ACCESS_DENIED_ERROR:
    case ER_SPECIFIC_ACCESS_DENIED_ERROR:
      return {ErrorKind::denied, told, ""};
    case ER_TABLE_DEF_CHANGED:
    case ER_LOCK_WAIT_TIMEOUT:
    case ER_LOCK_DEADLOCK:
    case ER_QUERY_INTERRUPTED:
    case ER_CON_COUNT_ERROR:
    case ER_SERVER_SHUTDOWN:
    case 1969:  // max_statement_time
    case 3024:  // max_execution_time
    case CR_SERVER_GONE_ERROR:
    case CR_SERVER_LOST:
      return {ErrorKind::unavailable, told, "run again to resume"};
    case 23:  // EE_OUT_OF_FILERESOURCES of the server's file layer
    case ER_OUT_OF_RESOURCES:
      return {ErrorKind::unavailable, told, no_files_left};
    case ER_CANT_OPEN_FILE:
    case ER_CANT_READ_DIR:
      if (message.find(": 24 ") != std::string::npos) return {ErrorKind::unavailable, told, no_files_left};
      [[fallthrough]];
    default:
      return {ErrorKind::rejected, told, "see whether the table can be read by hand: SELECT * FROM it"};
  }
}

Result<std::unique_ptr<Connection>> Connection::open(const config::Source& source,
                                                     const config::Shard& shard) {
  static std::once_flag library_ready;
  std::call_once(library_ready, [] { mysql_library_init(0, nullptr, nullptr); });
  std::string password = TRY(shard.password.resolve());
  // On the machine itself, a plain link leaks nothing; elsewhere `preferred` tries an encrypted one first.
  bool encrypted = shard.tls == config::Tls::required || shard.tls == config::Tls::verify ||
                   (shard.tls == config::Tls::preferred && !is_local(shard));
  while (true) {
    std::unique_ptr<Connection> connection(new Connection);
    CHECK(mysql_init(&connection->mysql_));
    set_options(&connection->mysql_, source, encrypted, shard);
    const char* host = shard.socket.empty() ? shard.host.c_str() : "localhost";
    const char* socket = shard.socket.empty() ? nullptr : shard.socket.c_str();
    auto port = static_cast<unsigned>(shard.socket.empty() ? shard.port : 0);
    if (!shard.socket.empty() || shard.host != "localhost") {
      unsigned protocol = shard.socket.empty() ? MYSQL_PROTOCOL_TCP : MYSQL_PROTOCOL_SOCKET;
      mysql_options(&connection->mysql_, MYSQL_OPT_PROTOCOL, &protocol);
    }
    if (mysql_real_connect(&connection->mysql_, host, shard.user.c_str(), password.c_str(), nullptr, port,
                           socket, 0)) {
      return connection;
    }
    bool tls_failed = mysql_errno(&connection->mysql_) == CR_SSL_CONNECTION_ERROR;
    if (tls_failed && shard.tls == config::Tls::preferred) {
      encrypted = false;
      continue;
    }
    return connect_failure(&connection->mysql_, shard);
  }
}

Connection::~Connection() {
  mysql_close(&mysql_);
}

Result<> Connection::each_row(const std::string& sql,
                              const std::function<void(std::span<const std::string_view>)>& take) {
  auto failed = [&] {
    return mysql_failure(static_cast<int>(mysql_errno(&mysql_)), mysql_error(&mysql_), sql.substr(0, 80));
  };
  if (mysql_real_query(&mysql_, sql.data(), sql.size())) return failed();
  MYSQL_RES* result = mysql_use_result(&mysql_);
  if (!result) return mysql_errno(&mysql_) ? Result<>(failed()) : ok();
  std::vector<std::string_view> values(mysql_num_fields(result));
  while (MYSQL_ROW row = mysql_fetch_row(result)) {
    unsigned long* lengths = mysql_fetch_lengths(result);
    for (size_t i = 0; i < values.size(); ++i) {
      values[i] = row[i] ? std::string_view(row[i], lengths[i]) : std::string_view();
    }
    take(values);
  }
  bool complete = mysql_errno(&mysql_) == 0;
  Result<> ended = complete ? ok() : Result<>(failed());
  mysql_free_result(result);
  return ended;
}

Result<std::vector<std::vector<std::string>>> Connection::ask(const std::string& sql) {
  std::vector<std::vector<std::string>> rows;
  TRY(each_row(sql, [&](std::span<const std::string_view> values) {
    rows.emplace_back(values.begin(), values.end());
  }));
  return rows;
}

Result<> Connection::prepare_session() {
  TRY(ask("SET time_zone='+00:00', sql_mode='NO_BACKSLASH_ESCAPES', character_set_results=NULL"));
  TRY(ask("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ"));
  TRY(ask("SET SESSION net_write_timeout=3600, wait_timeout=28800"));
  // A limit on statement time would end the read of a big table; each server knows one of the two names.
  (void)ask("SET SESSION max_statement_time=0").ok();
  (void)ask("SET SESSION max_execution_time=0").ok();
  // A MariaDB that writes a binary log frees no lock on ROLLBACK TO SAVEPOINT as long as the session could
  // have something to log. It takes the right BINLOG ADMIN to say that it has not.
  bool silent = ask("SET SESSION sql_log_bin=0").ok();
  auto server = TRY(ask("SELECT VERSION() LIKE '%MariaDB%' AND @@log_bin"));
  frees_locks_ = silent || server[0][0] != "1";
  return ok();
}

void Connection::interrupt() {
  shutdown(static_cast<int>(mysql_get_socket(&mysql_)), SHUT_RDWR);
}

}  // namespace suikei::sources::mysql
