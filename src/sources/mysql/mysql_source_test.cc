#include <gtest/gtest.h>

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "io/files.h"
#include "io/process.h"
#include "lab/server.h"
#include "sources/mysql/charset.h"
#include "sources/mysql/connection.h"
#include "sources/source_conformance.h"

namespace suikei::sources {
namespace {

class MysqlServer final : public TestServer {
 public:
  static Result<std::unique_ptr<TestServer>> start(lab::ServerKind kind) {
    TRY(lab::find_programs(kind));
    std::unique_ptr<MysqlServer> made(new MysqlServer);
    char pattern[] = "/tmp/suikei-source-XXXXXX";
    if (!mkdtemp(pattern)) return io::system_error("make a folder like", pattern, errno);
    made->folder_ = pattern;
    lab::Server& server = made->server_;
    server.kind = kind;
    server.folder = made->folder_ / "s01";
    server.socket = made->folder_ / "s01.sock";
    server.port = TRY(io::free_port());
    if (kind == lab::ServerKind::mariadb) server.options = {"--log-bin=binlog", "--server-id=1"};
    TRY(lab::make_data_folders({server}));
    made->pid_ = TRY(lab::start_server(server));
    // Should the tests crash, the guard's input ends without a word and it clears up.
    made->guard_.emplace(TRY(io::FedProcess::start({"sh", "-c", "read word || { kill -9 $0; rm -rf $1; }",
                                                    std::to_string(made->pid_), made->folder_.string()},
                                                   "/dev/null")));
    TRY(made->run("CREATE USER 'reader'@'%' IDENTIFIED BY 'right'; GRANT SELECT ON *.* TO 'reader'@'%'"));
    // Without it a snapshot holds the locks of all tables it has read, where the server writes a binary log.
    if (kind == lab::ServerKind::mariadb) TRY(made->run("GRANT BINLOG ADMIN ON *.* TO 'reader'@'%'"));
    setenv("SUIKEI_TEST_PASSWORD", "right", 1);
    config::Source& source = made->source_;
    source.name = "test";
    source.kind = "mysql";
    source.datetime_zone = "Asia/Tokyo";  // the lab's servers run there
    config::Shard& shard = source.shards.emplace_back();
    shard.name = "s01";
    shard.port = server.port;
    shard.user = "reader";
    shard.password.env = "SUIKEI_TEST_PASSWORD";
    return std::unique_ptr<TestServer>(std::move(made));
  }
  ~MysqlServer() override {
    holder_.reset();
    io::stop_process(pid_, 0);  // nobody will miss its data
    if (guard_) (void)guard_->feed("done\n").ok();
    (void)io::remove_all(folder_);
  }

  Result<> run(const std::string& sql) override {
    TRY(lab::ask(server_, "SET sql_mode='NO_BACKSLASH_ESCAPES'; " + sql));
    return ok();
  }
  std::string quoted(std::string_view name) const override { return mysql::backquoted(name); }
  std::vector<OddValue> odd_values() const override {
    return {{"DATE", "'0000-00-00'", "0000-00-00"},
            {"DATE", "'2020-00-10'", "2020-00-10"},
            {"DATETIME(3)", "'0000-00-00'", "0000-00-00 00:00:00.000"},
            {"TIMESTAMP NULL", "'0000-00-00'", "0000-00-00 00:00:00"},
            {"VARCHAR(9) CHARACTER SET ucs2", "x'D800'", std::string("\xD8\x00", 2)}};
  }
  void lock(const std::string& table) override {
    holder_.emplace(good(io::FedProcess::start(lab::client_command(server_), folder_ / "holder.log")));
    good(holder_->feed("LOCK TABLES " + table + " WRITE; SELECT GET_LOCK('held', 0);\n"));
    for (int i = 0; i < 500 && good(lab::ask(server_, "SELECT IS_USED_LOCK('held') IS NULL")) != "0\n"; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }
  void unlock() override { holder_.reset(); }

  std::string ask(const std::string& sql) { return good(lab::ask(server_, sql)); }

  /// Leaves the server so many more files to open; the next connection is one.
  void leave_files(int count) {
    std::set<rlim_t> used;
    for (const std::string& name : io::entries(fmt::format("/proc/{}/fd", pid_)))
      used.insert(std::stoul(name));
    rlim_t free = 0;
    for (; count > 0 || used.contains(free); ++free) count -= !used.contains(free);
    ASSERT_EQ(prlimit(pid_, RLIMIT_NOFILE, nullptr, &files_), 0);
    rlimit limit{free, files_.rlim_max};
    ASSERT_EQ(prlimit(pid_, RLIMIT_NOFILE, &limit, nullptr), 0);
  }
  void give_files_back() { ASSERT_EQ(prlimit(pid_, RLIMIT_NOFILE, &files_, nullptr), 0); }

 private:
  MysqlServer() = default;
  lab::Server server_;
  std::filesystem::path folder_;
  pid_t pid_ = 0;
  rlimit files_{};
  std::optional<io::FedProcess> holder_, guard_;
};

/// What MySQL alone has.
class MysqlSource : public SourceConformance {
 protected:
  MysqlServer& mysql() { return static_cast<MysqlServer&>(*server_); }
  /// Reads a table as its shape says; rows sorted.
  UnitRead read_as_shaped(const std::string& table) {
    std::unique_ptr<Reader> one = reader();
    Shape shape = shape_of(*one, table);
    Unit work = unit(table);
    work.select_list = shape.select_list;
    work.extra_columns = shape.extra_columns;
    UnitRead result = read(*one, {work})[0];
    result.rows = sorted(std::move(result.rows));
    return result;
  }
  Shape shape_of(Reader& one, const std::string& table) const {
    ListedTable name = listed(table);
    return good(good(one.shapes_of(std::span(&name, 1)))[0]);
  }
};

TEST_P(MysqlSource, EveryTypeArrives) {
  run(fmt::format(
      "CREATE TABLE {0} (id BIGINT UNSIGNED PRIMARY KEY, tiny TINYINT(1), filled INT(8) ZEROFILL, y YEAR, "
      "d DECIMAL(10,3), wide DECIMAL(65,30), r DOUBLE, b BIT(1), bits BIT(9), day DATE, wall DATETIME(6), "
      "instant TIMESTAMP(3) NULL, span TIME(1), e ENUM('a','b'), s SET('x','y'), raw VARBINARY(9), doc JSON, "
      "place POINT);"
      "SET time_zone='+09:00';"
      "INSERT INTO {0} VALUES (18446744073709551615, -2, 42, 2026, -1.5, 12345678901234567890123456789.5, "
      "0.1, "
      "b'1', b'100000000', '9999-12-31', '2026-01-01 00:00:00.000001', '2026-01-01 00:00:00.25', "
      "'-838:59:59', "
      "'b', 'x,y', x'00FF', '{{\"k\": 1}}', ST_GeomFromText('POINT(1 2)', 4326))",
      full("t")));
  UnitRead t = read_as_shaped("t");
  ASSERT_EQ(t.rows.size(), 1u);
  EXPECT_TRUE(t.quarantined.empty());
  std::vector<std::string> values = split(t.rows[0], '|');
  ASSERT_EQ(values.size(), 18u);
  std::string wkb = hex(values[17]);
  values[8] = hex(values[8]);
  values[15] = hex(values[15]);
  values.pop_back();
  EXPECT_EQ(values, (std::vector<std::string>{"18446744073709551615", "-2", "42", "2026", "-1.5",
                                              "12345678901234567890123456789.500000000000000000000000000000",
                                              "0.10000000000000001", "1", "0100", "253402214400000000",
                                              "1767225600000001", "1767193200250000", "-838:59:59.0", "b",
                                              "x,y", "00ff", "{\"k\": 1}"}));
  EXPECT_EQ(wkb.substr(0, 10), "0101000000");  // the form's header: the SRID before it is gone
  EXPECT_EQ(wkb.size(), 42u);
}

TEST_P(MysqlSource, AFloatLosesNoDigit) {
  run(
      fmt::format("CREATE TABLE {0} (id INT PRIMARY KEY, f FLOAT, name VARCHAR(9));"
                  "INSERT INTO {0} VALUES (1, 16777215, 'a'), (2, 0.1, 'b'), (3, NULL, 'c')",
                  full("t")));
  std::unique_ptr<Reader> one = reader();
  Shape shape = shape_of(*one, "t");
  EXPECT_FALSE(shape.select_list.empty());
  EXPECT_FALSE(shape.lossy);
  std::vector<std::string> found;
  for (const std::string& row : read_as_shaped("t").rows) {
    for (const std::string& value : split(row, '|')) found.push_back(value);
  }
  EXPECT_TRUE(std::count(found.begin(), found.end(), "16777215"));
  EXPECT_TRUE(std::count(found.begin(), found.end(), "0.10000000149011612"));
  EXPECT_EQ(found.size(), 9u);  // the column that is named again comes once
}

TEST_P(MysqlSource, AShapeTellsWhatTheServerDeclares) {
  run(fmt::format(
      "CREATE TABLE {} (id BIGINT PRIMARY KEY, state ENUM('on','off') DEFAULT 'off' COMMENT '状態', "
      "twice BIGINT GENERATED ALWAYS AS (id * 2) STORED, KEY by_state (state, id), UNIQUE u (twice))",
      full("t")));
  std::unique_ptr<Reader> one = reader();
  Shape shape = shape_of(*one, "t");
  ASSERT_EQ(shape.columns.size(), 3u);
  EXPECT_EQ(shape.columns[1].source_type, "enum('on','off')");
  EXPECT_EQ(shape.columns[1].members, "enum('on','off')");
  EXPECT_EQ(shape.columns[1].comment, "状態");
  EXPECT_NE(shape.columns[1].default_value.find("off"), std::string::npos);
  EXPECT_FALSE(shape.columns[1].collation.empty());
  EXPECT_TRUE(shape.columns[2].generated);
  EXPECT_FALSE(shape.columns[0].generated);
  EXPECT_EQ(shape.indexes, (std::vector<std::string>{"PRIMARY(id)", "u(twice)", "by_state(state,id)"}));
  EXPECT_TRUE(shape.select_list.empty());
}

TEST_P(MysqlSource, InvisibleColumnsAreRead) {
  if (GetParam().name != "mariadb") GTEST_SKIP() << "skipped: this server has no invisible columns";
  run(
      fmt::format("CREATE TABLE {0} (id INT PRIMARY KEY, hidden INT INVISIBLE DEFAULT 7, name VARCHAR(9));"
                  "INSERT INTO {0} VALUES (1, 'a')",
                  full("t")));
  EXPECT_EQ(read_as_shaped("t").rows, std::vector<std::string>{"1|a|7"});
}

TEST_P(MysqlSource, ATableWithoutTheRightIsDeniedAloneWithTheRemedy) {
  make("mine", 2);
  make("theirs", 2);
  run(
      fmt::format("DROP USER IF EXISTS 'partial'@'%'; CREATE USER 'partial'@'%' IDENTIFIED BY 'right';"
                  "GRANT SELECT ON {} TO 'partial'@'%'",
                  full("mine")));
  config::Source source = server_->source();
  source.shards[0].user = "partial";
  std::unique_ptr<Shard> shard = open_shard(source, source.shards[0]);
  std::vector<ListedTable> seen = good(shard->list());
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0].table, "mine");
  std::unique_ptr<Reader> one = good(shard->open_reader());
  good(one->begin_snapshot());
  std::vector<UnitRead> units = read(*one, {unit("theirs"), unit("mine")});
  ASSERT_TRUE(units[0].error);
  EXPECT_EQ(units[0].error->kind, ErrorKind::denied);
  EXPECT_EQ(units[1].rows.size(), 2u);
  EXPECT_NE(shard->grant_hint(listed("theirs")).find("TO 'partial'"), std::string::npos);
}

TEST_P(MysqlSource, ALostLinkIsUnavailableAndTheServerIsNot) {
  make("a", 2);
  std::unique_ptr<Reader> one = reader();
  std::string ids = mysql().ask("SELECT ID FROM information_schema.PROCESSLIST WHERE USER = 'reader'");
  for (const std::string& id : split(trim(ids), '\n')) run("KILL " + id);
  ReadAll all(*one, {unit("a")});
  Result<> done = all.run();
  ASSERT_FALSE(done.ok());
  EXPECT_EQ(done.error().kind, ErrorKind::unavailable);
  EXPECT_EQ(all.read[0].finished, 0);
  EXPECT_EQ(read(*reader(), {unit("a")})[0].rows.size(), 2u);
}

// A snapshot that held the locks of what it has read would stop the product's deployment until its end.
TEST_P(MysqlSource, ATableThatWasReadCanBeAlteredAndItsNextReadFailsAlone) {
  make("a", 2);
  make("b", 2);
  std::unique_ptr<Reader> one = reader();
  EXPECT_EQ(read(*one, {unit("a"), unit("b")})[0].rows.size(), 2u);
  ListedTable name = listed("a");
  good(one->shapes_of(std::span(&name, 1)));
  run(fmt::format("SET lock_wait_timeout=3; ALTER TABLE {} ADD COLUMN later INT, ALGORITHM=COPY", full("a")));
  std::vector<UnitRead> units = read(*one, {unit("a"), unit("b")});
  ASSERT_TRUE(units[0].error);
  EXPECT_EQ(units[0].error->kind, ErrorKind::unavailable);
  EXPECT_EQ(sorted(units[1].rows), rows_of("b", 2));
  good(one->begin_snapshot());
  EXPECT_EQ(sorted(read(*one, {unit("a")})[0].rows), (std::vector<std::string>{"1|a 1|-", "2|a 2|-"}));
}

TEST_P(MysqlSource, ARowLargerThanAPacketAndABatchOfLargeRows) {
  run(
      fmt::format("CREATE TABLE {0} (id INT PRIMARY KEY, body LONGTEXT);"
                  "INSERT INTO {0} VALUES (1, 'before'), (2, REPEAT('x', 17000000)), (3, 'after');"
                  "INSERT INTO {0} SELECT id + 10, REPEAT('y', 3000000) FROM {0}",
                  full("t")));
  std::unique_ptr<Reader> one = reader();
  ReadAll all(*one, {unit("t")});
  good(all.run());
  ASSERT_EQ(all.read[0].rows.size(), 6u);
  EXPECT_EQ(all.read[0].rows[0], "1|before");
  EXPECT_TRUE(all.read[0].rows[1] == "2|" + std::string(17'000'000, 'x'));
  EXPECT_EQ(all.read[0].rows[2], "3|after");
  EXPECT_TRUE(all.read[0].rows[5] == "13|" + std::string(3'000'000, 'y'));
  EXPECT_GE(all.fills, 3);  // a batch ends by its bytes
}

TEST_P(MysqlSource, TheMarkIsTheBinaryLogsPositionWhereTheServerTellsIt) {
  std::unique_ptr<Reader> one = reader();
  Snapshot snapshot = good(one->begin_snapshot());
  EXPECT_TRUE(snapshot.lasts);
  EXPECT_EQ(snapshot.mark.empty(), GetParam().name != "mariadb");
}

TEST_P(MysqlSource, AReaderThatWouldHoldLocksReadsEachTableAtAMomentOfItsOwn) {
  if (GetParam().name != "mariadb") GTEST_SKIP() << "MySQL frees locks whatever the reader's rights";
  make("a", 2);
  run("DROP USER IF EXISTS 'plain'@'%'; CREATE USER 'plain'@'%' IDENTIFIED BY 'right';"
      "GRANT SELECT ON *.* TO 'plain'@'%'");
  config::Source source = server_->source();
  source.shards[0].user = "plain";
  std::unique_ptr<Shard> shard = open_shard(source, source.shards[0]);
  ShardFacts facts = good(shard->check());
  ASSERT_EQ(facts.cautions.size(), 1u);
  EXPECT_EQ(facts.cautions[0].hint, "GRANT BINLOG ADMIN ON *.* TO 'plain'");
  std::unique_ptr<Reader> one = good(shard->open_reader());
  EXPECT_FALSE(good(one->begin_snapshot()).lasts);
  EXPECT_EQ(read(*one, {unit("a")})[0].rows.size(), 2u);
  run(fmt::format("SET lock_wait_timeout=3; ALTER TABLE {} ADD COLUMN later INT, ALGORITHM=COPY", full("a")));
  EXPECT_EQ(sorted(read(*one, {unit("a")})[0].rows), (std::vector<std::string>{"1|a 1|-", "2|a 2|-"}));
  EXPECT_TRUE(good(shard_->check()).cautions.empty());
}

// Out of open files, MariaDB's listing lacks what it could not look into, and nothing says so.
TEST_P(MysqlSource, AListingThatTheServerCutShortIsNoListing) {
  make("a", 2);
  auto has_a = [&](const std::vector<ListedTable>& tables) {
    return std::ranges::any_of(
        tables, [&](const ListedTable& table) { return table.database == database_ && table.table == "a"; });
  };
  for (int files = 1; files < 6; ++files) {
    mysql().leave_files(files);
    Result<std::vector<ListedTable>> cut = shard_->list();
    mysql().give_files_back();
    if (cut.ok()) {
      EXPECT_TRUE(has_a(cut.value())) << files;
    } else {
      EXPECT_EQ(cut.error().kind, ErrorKind::unavailable) << cut.error().message;
    }
  }
  EXPECT_TRUE(has_a(good(shard_->list())));
}

// The server's own conversion to UTF-8 is the judge of every character it can store: what arrives is that, or
// the value is refused. Never something else.
TEST_P(MysqlSource, TextArrivesAsTheServerItselfWouldConvertIt) {
  // big5's A2CE, which the server cannot convert itself.
  const std::map<std::string, size_t> known = {{"big5", 1}};
  std::string digits = "(SELECT 0 d";
  for (int d = 1; d < 16; ++d) digits += fmt::format(" UNION ALL SELECT {}", d);
  digits += ")";
  // Every character of two bytes in UTF-16 but the surrogates.
  run(fmt::format(
      "CREATE TABLE {0} (n INT PRIMARY KEY, u VARCHAR(4) CHARACTER SET utf8mb4);"
      "INSERT INTO {0} SELECT n, CONVERT(CONVERT(UNHEX(LPAD(HEX(n), 4, '0')) USING utf16) USING utf8mb4) "
      "FROM (SELECT a.d * 4096 + b.d * 256 + c.d * 16 + e.d n FROM {1} a, {1} b, {1} c, {1} e) x "
      "WHERE n NOT BETWEEN 55296 AND 57343",
      full("characters"), digits));
  std::string names = mysql().ask(
      "SELECT CHARACTER_SET_NAME FROM information_schema.CHARACTER_SETS "
      "WHERE CHARACTER_SET_NAME <> 'binary' ORDER BY 1");
  for (const std::string& set : split(trim(names), '\n')) {
    // gb18030 is MySQL's alone; the other sets are the same in both servers, and once is enough.
    if (GetParam().name != "mariadb" && set != "gb18030") continue;
    std::string table = "in_" + set;
    bool unicode = starts_with(set, "utf") || set == "ucs2";  // holds them all: a sample will do
    run(
        fmt::format("CREATE TABLE {0} (n INT PRIMARY KEY, c VARCHAR(4) CHARACTER SET {1}, "
                    "u VARCHAR(4) CHARACTER SET utf8mb4);"
                    "INSERT IGNORE INTO {0} SELECT n, u, u FROM {2} WHERE n < 256 OR n % {3} = 0;"
                    "DELETE FROM {0} WHERE (n <> 63 AND HEX(c) = HEX(CONVERT('?' USING {1}))) OR c IS NULL;"
                    "UPDATE {0} SET u = CONVERT(c USING utf8mb4)",
                    full(table), set, full("characters"), unicode ? 16 : 1));
    UnitRead texts = read(*reader(), {unit(table)})[0];
    size_t other = 0, ascii = 0;
    std::string examples;
    for (const std::string& row : texts.rows) {
      size_t first = row.find('|');
      std::string_view pair = std::string_view(row).substr(first + 1);
      if (pair[0] == '-' && pair.size() > 1 && pair[1] == '|' && !row.starts_with("45|"))
        continue;  // refused
      bool same = pair.size() % 2 == 1 && pair.substr(0, pair.size() / 2) == pair.substr(pair.size() / 2 + 1);
      other += !same;
      ascii += same && row.size() < 8;
      if (!same && other < 8) examples += " " + row;
    }
    auto expected = known.find(set);
    EXPECT_EQ(other, expected == known.end() ? 0 : expected->second) << set << ":" << examples;
    EXPECT_GT(ascii, 60u) << set;
  }
}

std::string name_of_test(const ::testing::TestParamInfo<SourceUnderTest>& test) {
  return test.param.name;
}
const SourceUnderTest mariadb{"mariadb", [] { return MysqlServer::start(lab::ServerKind::mariadb); }};
const SourceUnderTest mysql8{"mysql8", [] { return MysqlServer::start(lab::ServerKind::mysql8); }};
INSTANTIATE_TEST_SUITE_P(Mysql, SourceConformance, ::testing::Values(mariadb, mysql8), name_of_test);
INSTANTIATE_TEST_SUITE_P(Mysql, MysqlSource, ::testing::Values(mariadb, mysql8), name_of_test);

}  // namespace
}  // namespace suikei::sources
