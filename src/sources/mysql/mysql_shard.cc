#include "sources/mysql/mysql_shard.h"

#include <algorithm>
#include <chrono>
#include <mutex>
#include <set>
#include <tuple>

#include "base/text.h"
#include "base/time.h"
#include "sources/mysql/connection.h"
#include "sources/mysql/mysql_reader.h"

namespace suikei::sources::mysql {
namespace {

constexpr std::string_view table_types = "('BASE TABLE', 'SYSTEM VERSIONED')";
constexpr std::string_view system_databases = "('mysql', 'information_schema', 'performance_schema', 'sys')";

class MysqlShard : public Shard {
 public:
  MysqlShard(const config::Source& source, const config::Shard& shard) : source_(source), shard_(shard) {}

  Result<ShardFacts> check() override;
  Result<std::vector<ListedTable>> list() override;
  Result<std::unique_ptr<Reader>> open_reader() override;
  std::string grant_hint(const ListedTable& table) const override {
    return fmt::format("GRANT SELECT ON {}.* TO '{}'", backquoted(table.database), shard_.user);
  }

 private:
  Result<> load_collations(Connection& connection);
  Result<> look_again(Connection& connection, const std::set<std::string>& databases,
                      std::vector<ListedTable>& tables);
  Result<> add_estimates(Connection& connection, std::vector<ListedTable>& tables);

  const config::Source& source_;
  const config::Shard& shard_;
  std::mutex guard_;
  std::shared_ptr<const CollationNames> collations_;
};

Result<> MysqlShard::load_collations(Connection& connection) {
  {
    std::lock_guard lock(guard_);
    if (collations_) return ok();
  }
  auto names = std::make_shared<CollationNames>();
  for (const auto& row :
       TRY(connection.ask("SELECT ID, CHARACTER_SET_NAME FROM information_schema.COLLATIONS"))) {
    if (!row[0].empty()) names->emplace(std::atoi(row[0].c_str()), row[1]);
  }
  // MariaDB's uca1400 collations have an id per character set and stand in a view of their own.
  auto more = connection.ask(
      "SELECT ID, CHARACTER_SET_NAME FROM information_schema.COLLATION_CHARACTER_SET_APPLICABILITY");
  if (more.ok()) {
    for (const auto& row : more.value()) {
      if (!row[0].empty()) names->emplace(std::atoi(row[0].c_str()), row[1]);
    }
  }
  std::lock_guard lock(guard_);
  collations_ = std::move(names);
  return ok();
}

Result<ShardFacts> MysqlShard::check() {
  std::unique_ptr<Connection> connection = TRY(Connection::open(source_, shard_));
  ShardFacts facts;
  auto begin = std::chrono::steady_clock::now();
  auto rows =
      TRY(connection->ask("SELECT VERSION(), @@character_set_server, @@sql_mode, "
                          "TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), NOW())"));
  facts.round_trip_ms =
      std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
  facts.version = rows[0][0];
  facts.character_set = rows[0][1];
  facts.sql_mode = rows[0][2];
  if (const char* cipher = mysql_get_ssl_cipher(connection->handle())) facts.cipher = cipher;
  int offset = std::atoi(rows[0][3].c_str());
  facts.zone = offset_text(offset);
  std::string declared = source_.server_timezone.empty() ? source_.datetime_zone : source_.server_timezone;
  int expected = TRY(zone_offset_seconds(declared, now_us()));
  if (offset != expected) {
    return Error{
        ErrorKind::config,
        fmt::format(
            "the server's clock runs at {}, the project file declares {} ({}): every DATETIME that the "
            "server fills itself would be {} off",
            facts.zone, declared, offset_text(expected), short_duration(std::abs(offset - expected))),
        fmt::format("set `server_timezone: \"{}\"` for this source if that is right, or mend the server's "
                    "default_time_zone",
                    facts.zone)};
  }
  TRY(load_collations(*connection));
  TRY(connection->prepare_session());
  if (!connection->frees_locks()) {
    facts.cautions.push_back(Error{
        ErrorKind::denied,
        fmt::format("{} may not leave the binary log: a snapshot would keep the locks of all it has read, "
                    "so every table is read at a moment of its own",
                    shard_.user),
        fmt::format("GRANT BINLOG ADMIN ON *.* TO '{}'", shard_.user)});
  }
  return facts;
}

Result<> MysqlShard::add_estimates(Connection& connection, std::vector<ListedTable>& tables) {
  // One read of InnoDB's own statistics; a reader without that right simply has no estimates.
  auto rows = connection.ask(
      "SELECT database_name, table_name, n_rows FROM mysql.innodb_table_stats "
      "WHERE n_rows > 100000");
  if (!rows.ok()) return ok();
  for (const auto& row : rows.value()) {
    auto found =
        std::lower_bound(tables.begin(), tables.end(), row, [](const ListedTable& table, const auto& key) {
          return std::tie(table.database, table.table) < std::tie(key[0], key[1]);
        });
    if (found != tables.end() && found->database == row[0] && found->table == row[1]) {
      found->rows_estimate = std::atoll(row[2].c_str());
    }
  }
  return ok();
}

/// Adds what the listing left out. A MariaDB that cannot look into a database's folder, for want of open
/// files as a rule, lists nothing of it, without an error or a warning; asked for that database alone it says
/// so.
Result<> MysqlShard::look_again(Connection& connection, const std::set<std::string>& databases,
                                std::vector<ListedTable>& tables) {
  for (const std::string& database : databases) {
    auto rows = connection.ask(
        fmt::format("SHOW FULL TABLES FROM {} WHERE Table_type IN {}", backquoted(database), table_types));
    if (!rows.ok() && rows.error().kind == ErrorKind::not_found) continue;  // dropped since
    if (!rows.ok()) return rows.error().within("list of tables");
    for (auto& row : rows.value()) tables.push_back({database, std::move(row[0])});
  }
  return ok();
}

Result<std::vector<ListedTable>> MysqlShard::list() {
  std::unique_ptr<Connection> connection = TRY(Connection::open(source_, shard_));
  TRY(connection->prepare_session());
  std::set<std::string> without_tables;
  for (auto& row : TRY(connection->ask(
           fmt::format("SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME NOT IN {}",
                       system_databases)))) {
    without_tables.insert(std::move(row[0]));
  }
  // Names only: information_schema.columns would open every table of the server.
  std::vector<ListedTable> tables;
  TRY(connection->each_row(fmt::format("SELECT TABLE_SCHEMA, TABLE_NAME FROM information_schema.TABLES "
                                       "WHERE TABLE_TYPE IN {} AND TABLE_SCHEMA NOT IN {}",
                                       table_types, system_databases),
                           [&](std::span<const std::string_view> row) {
                             if (tables.empty() || tables.back().database != row[0])
                               without_tables.erase(std::string(row[0]));
                             tables.push_back({std::string(row[0]), std::string(row[1])});
                           }));
  TRY(look_again(*connection, without_tables, tables));
  std::sort(tables.begin(), tables.end(), [](const ListedTable& a, const ListedTable& b) {
    return std::tie(a.database, a.table) < std::tie(b.database, b.table);
  });
  TRY(add_estimates(*connection, tables));
  return tables;
}

Result<std::unique_ptr<Reader>> MysqlShard::open_reader() {
  std::unique_ptr<Connection> connection = TRY(Connection::open(source_, shard_));
  TRY(load_collations(*connection));
  TRY(connection->prepare_session());
  return std::unique_ptr<Reader>(std::make_unique<MysqlReader>(std::move(connection), source_, collations_));
}

}  // namespace

std::unique_ptr<Shard> make_mysql_shard(const config::Source& source, const config::Shard& shard) {
  return std::make_unique<MysqlShard>(source, shard);
}

}  // namespace suikei::sources::mysql
