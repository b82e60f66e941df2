#include "lakes/ducklake/ducklake_catalog.h"
#include "lakes/lake_conformance.h"

namespace suikei::lakes {

INSTANTIATE_TEST_SUITE_P(DuckLake, LakeConformance, ::testing::Values(LakeUnderTest{"ducklake"}));

namespace {

/// What only this lake can show: its catalog, its own commands, time travel.
class DuckLakeTest : public LakeConformance {
 protected:
  /// A user of the lake who is not us: the engine with the lake attached, nothing of this module.
  struct Session {
    std::shared_ptr<engine::Engine> engine;
    engine::Connection connection;
    std::string answer(const std::string& sql) {
      Result<table::Rows> rows = connection.query(sql);
      if (!rows.ok()) return "error: " + rows.error().message;
      std::vector<std::string> lines;
      for (const table::Row& row : rows.value().rows) {
        std::vector<std::string> cells;
        for (const auto& cell : row) cells.push_back(cell.value_or("-"));
        lines.push_back(join(cells, "|"));
      }
      return join(lines, " / ");
    }
  };
  Session session() {
    std::shared_ptr<engine::Engine> engine = MUST(engine::Engine::open({}));
    MUST(engine->load_extension("sqlite_scanner"));
    MUST(engine->load_extension("ducklake"));
    engine::Connection connection = MUST(engine->connect());
    MUST(connection.run("ATTACH 'ducklake:sqlite:" + options().catalog.string() + "' AS lake"));
    MUST(connection.run("USE lake"));
    return {std::move(engine), std::move(connection)};
  }
  io::Database catalog() { return MUST(io::Database::open(options().catalog, io::OpenMode::read_write)); }
  /// A query of the catalog as text.
  std::string stored(const std::string& sql) {
    io::Database database = catalog();
    io::Statement rows = MUST(database.prepare(sql));
    std::string text;
    while (MUST(rows.step())) text += (text.empty() ? "" : " / ") + rows.text(0);
    return text;
  }
};

INSTANTIATE_TEST_SUITE_P(DuckLake, DuckLakeTest, ::testing::Values(LakeUnderTest{"ducklake"}));

TEST_P(DuckLakeTest, AnOpenReaderKeepsItsRows) {
  put_orders("s01", "r1", 1, 3);
  Session reader = session();
  MUST(reader.connection.run("BEGIN"));
  EXPECT_EQ(reader.answer("SELECT count(*), sum(id), max(id) FROM lake_mf.orders"), "3|6|3");
  put_orders("s01", "r2", 100, 5);
  EXPECT_EQ(reader.answer("SELECT count(*), sum(id), max(id) FROM lake_mf.orders"), "3|6|3");
  EXPECT_EQ(reader.answer("SELECT count(*) FROM lake_mf.orders WHERE id < 50"), "3");
  EXPECT_EQ(answer("SELECT count(*) FROM lake_mf.orders WHERE id < 50"), "0");
  MUST(reader.connection.run("COMMIT"));
  EXPECT_EQ(reader.answer("SELECT count(*), max(id) FROM lake_mf.orders"), "5|104");
}

TEST_P(DuckLakeTest, OlderVersionsStayReadable) {
  put_orders("s01", "r1", 1, 3);
  std::string version = stored("SELECT max(snapshot_id) FROM ducklake_snapshot");
  put_orders("s01", "r2", 100, 5);
  put_orders("s01", "r3", 200, 1);
  std::string at = " FROM lake_mf.orders AT (VERSION => " + version + ")";
  EXPECT_EQ(answer("SELECT count(*), min(id), max(id)" + at), "3|1|3");
  EXPECT_EQ(answer("SELECT id" + at + " WHERE id < 50 ORDER BY id LIMIT 1"), "1");
  EXPECT_EQ(answer("SELECT count(*), min(id) FROM lake_mf.orders"), "1|200");
}

TEST_P(DuckLakeTest, TheCommitSaysWhoAndWhy) {
  put_orders("s01", "r1", 1, 3);
  EXPECT_EQ(
      answer("SELECT author, commit_message, commit_extra_info, changes FROM ducklake_snapshots('lake') "
             "ORDER BY snapshot_id DESC LIMIT 1"),
      R"(suikei|run r1: 1 slice|{"run":"r1","slices":1}|{tables_inserted_into=[2]})");
}

TEST_P(DuckLakeTest, StatisticsAreThoseOfTheLakesOwnCommands) {
  table::Schema all = schema({{"flag", table::boolean_type, ""},
                              {"small", table::integer_type, ""},
                              {"big", table::bigint_type, ""},
                              {"price", table::decimal_type(10, 2), ""},
                              {"huge", table::decimal_type(38, 3), ""},
                              {"ratio", table::real_type, ""},
                              {"born", table::date_type, ""},
                              {"wall", table::timestamp_type, ""},
                              {"name", table::varchar_type, ""},
                              {"none", table::bigint_type, ""}});
  put("s01", "r1", all,
      {{"s01",
        "t1",
        "0",
        "1",
        "-5",
        "7",
        "-12.50",
        "123456789.125",
        "-0.25",
        "-800000",
        "-62135596800000001",
        "川",
        {}},
       {"s01",
        "t2",
        "1500000",
        "0",
        "5",
        "-7",
        "12.05",
        "-0.001",
        "1e300",
        "19000",
        "1600000000000001",
        "a'b",
        {}},
       {"s01", "t3", "2", {}, {}, {}, {}, {}, {}, {}, {}, {}, {}}});
  std::string path = MUST(lake().find_published({orders_, "s01"}))->paths.at(0);
  std::string copy = "lake_mf/added/run=r1/_shard=s01/copy.parquet";
  MUST(lake().evolve({{{"lake_mf", "added"}, all}, {{"lake_mf", "inserted"}, all}}));
  MUST(io::make_folders((options().data / copy).parent_path()));
  std::filesystem::copy_file(options().data / path, options().data / copy);
  Session other = session();
  MUST(other.connection.run("CALL ducklake_add_data_files('lake', 'added', '" +
                            (options().data / copy).string() +
                            "', schema => 'lake_mf', hive_partitioning => true)"));
  MUST(other.connection.run("INSERT INTO lake_mf.inserted SELECT * FROM lake_mf.orders"));

  auto file_statistics = [&](const std::string& table, bool bytes) {
    return stored(fmt::format(
        "SELECT c.column_name || ' ' || {} || ' ' || s.value_count || ' ' || s.null_count || ' ' || "
        "coalesce(CASE c.column_type WHEN 'boolean' THEN replace(replace(s.min_value, 'false', '0'), 'true', "
        "'1') "
        "ELSE s.min_value END, '-') || ' ' || coalesce(CASE c.column_type WHEN 'boolean' THEN "
        "replace(replace(s.max_value, 'false', '0'), 'true', '1') ELSE s.max_value END, '-') "
        "FROM ducklake_file_column_stats s JOIN ducklake_column c USING (table_id, column_id) "
        "JOIN ducklake_table t USING (table_id) WHERE t.table_name = '{}' AND c.column_name <> '_shard' "
        "ORDER BY s.column_id",
        bytes ? "s.column_size_bytes" : "''", table));
  };
  ASSERT_NE(file_statistics("orders", true), "");
  EXPECT_EQ(file_statistics("orders", true), file_statistics("added", true));
  EXPECT_EQ(file_statistics("orders", false), file_statistics("inserted", false));
  auto table_statistics = [&](const std::string& table) {
    return stored(
        "SELECT s.column_id || ' ' || s.contains_null || ' ' || coalesce(s.contains_nan, '-') || ' ' || "
        "coalesce(s.min_value, '-') || ' ' || coalesce(s.max_value, '-') FROM ducklake_table_column_stats s "
        "JOIN ducklake_table t USING (table_id) WHERE t.table_name = '" +
        table + "' ORDER BY s.column_id");
  };
  EXPECT_EQ(table_statistics("orders"), table_statistics("inserted"));
  EXPECT_EQ(
      stored(
          "SELECT f.record_count || ' ' || f.file_size_bytes || ' ' || f.footer_size || ' ' || f.file_format "
          "FROM ducklake_data_file f JOIN ducklake_table t USING (table_id) WHERE t.table_name = 'orders'"),
      stored(
          "SELECT f.record_count || ' ' || f.file_size_bytes || ' ' || f.footer_size || ' ' || f.file_format "
          "FROM ducklake_data_file f JOIN ducklake_table t USING (table_id) WHERE t.table_name = 'added'"));
}

TEST_P(DuckLakeTest, OthersMayWriteBetweenOurPublishes) {
  put_orders("s01", "r1", 1000, 5);
  put("s02", "r1", orders_schema(), {{"s02", "t1", "0", std::nullopt, std::nullopt}});
  Session user = session();
  MUST(user.connection.run("INSERT INTO lake_mf.orders VALUES ('s03', 't9', now(), 5, 'mine')"));
  MUST(user.connection.run("DELETE FROM lake_mf.orders WHERE id = 1002"));
  MUST(user.connection.run("CREATE TABLE lake_mf.notes AS SELECT 42 AS answer"));
  // Their files and deletes are theirs; our slice is known to be no longer what we published.
  EXPECT_EQ(MUST(lake().find_published({orders_, "s01"}))->checksum, "");
  EXPECT_EQ(MUST(lake().find_published({orders_, "s01"}))->rows, 4);
  EXPECT_EQ(MUST(lake().find_published({orders_, "s02"}))->checksum, "r1");
  EXPECT_EQ(answer("SELECT count(*), count(id), min(id), max(id) FROM lake_mf.orders"), "6|5|5|1004");
  put_orders("s01", "r2", 2000, 5);
  EXPECT_EQ(answer("SELECT id FROM lake_mf.orders WHERE id IS NOT NULL ORDER BY id LIMIT 2"), "5 / 2000");
  EXPECT_EQ(user.answer("SELECT count(*) FROM lake_mf.orders WHERE id >= 2000"), "5");
  EXPECT_EQ(user.answer("SELECT name FROM lake_mf.orders WHERE id = 5"), "mine");
  MUST(user.connection.run("INSERT INTO lake_mf.orders VALUES ('s03', 't9', now(), 3000, 'mine too')"));
  EXPECT_EQ(answer("SELECT count(*) FROM lake_mf.orders WHERE id >= 3000"), "1");
  MUST(lake().expire(0));
  EXPECT_EQ(user.answer("SELECT count(*), max(id) FROM lake_mf.orders"), "8|3000");
  EXPECT_EQ(user.answer("SELECT answer FROM lake_mf.notes"), "42");
}

TEST_P(DuckLakeTest, ValuesWithoutKnownBoundsAreNotLostByTheNextInsert) {
  put("s01", "r1", orders_schema(), {{"s01", "t1", "0", "1", std::string(30'000, 'z')}});
  Session user = session();
  MUST(user.connection.run("INSERT INTO lake_mf.orders VALUES ('s03', 't9', now(), 5, 'a')"));
  EXPECT_EQ(user.answer("SELECT id FROM lake_mf.orders WHERE name > 'y'"), "1");
  EXPECT_EQ(user.answer("SELECT id FROM lake_mf.orders ORDER BY name DESC"), "1 / 5");
}

TEST_P(DuckLakeTest, ALakeOfANewerFormatIsLeftAlone) {
  put_orders("s01", "r1", 1, 3);
  lake_.reset();
  MUST(catalog().run("UPDATE ducklake_metadata SET value = '1.1' WHERE key = 'version'"));
  std::string before = stored("SELECT count(*) FROM ducklake_snapshot");
  for (LakeAccess access : {LakeAccess::read, LakeAccess::write}) {
    Result<std::unique_ptr<Lake>> opened = open_lake(options(), access);
    ASSERT_FALSE(opened.ok());
    EXPECT_EQ(opened.error().kind, ErrorKind::config);
  }
  EXPECT_EQ(stored("SELECT count(*) FROM ducklake_snapshot"), before);
}

TEST_P(DuckLakeTest, ALakeThatSomebodyElseMadeIsAccepted) {
  MUST(io::make_folders(options().data));
  Session user = [&] {
    std::shared_ptr<engine::Engine> engine = MUST(engine::Engine::open({}));
    MUST(engine->load_extension("sqlite_scanner"));
    MUST(engine->load_extension("ducklake"));
    engine::Connection connection = MUST(engine->connect());
    MUST(connection.run("ATTACH 'ducklake:sqlite:" + options().catalog.string() + "' AS lake (DATA_PATH '" +
                        options().data.string() + "')"));
    MUST(connection.run("CREATE TABLE lake.main.small AS SELECT 1 AS one"));
    return Session{std::move(engine), std::move(connection)};
  }();
  put_orders("s01", "r1", 1, 3);
  EXPECT_EQ(answer("SELECT count(*) FROM lake_mf.orders"), "3");
  EXPECT_EQ(answer("SELECT one FROM main.small"), "1");
  EXPECT_EQ(stored("PRAGMA journal_mode"), "wal");
}

TEST_P(DuckLakeTest, TheCatalogHasOneSqliteInThisProcess) {
  put_orders("s01", "r1", 1, 3);
  ASSERT_TRUE(ducklake::check_one_sqlite().ok());
  Session reader = session();
  MUST(reader.connection.run("BEGIN"));
  EXPECT_EQ(reader.answer("SELECT count(*) FROM lake_mf.orders"), "3");
  // With two copies this one would believe to be the last to close the file, and take the log away.
  {
    io::Database closes = catalog();
    MUST(closes.run("DELETE FROM ducklake_metadata WHERE key = 'none'"));
  }
  EXPECT_TRUE(std::filesystem::exists(options().catalog.string() + "-wal"));
}

TEST_P(DuckLakeTest, MappingsAreSharedByFilesOfOneShape) {
  for (int run = 0; run < 3; ++run) {
    put_orders("s01", fmt::format("r{}", run), 1, 2);
    put_orders("s02", fmt::format("r{}", run), 5, 2);
  }
  EXPECT_EQ(stored("SELECT count(*) FROM ducklake_column_mapping"), "1");
  table::Schema other = schema({{"NAME", table::varchar_type, ""}});
  put("s02", "r9", other, {{"s02", "t1", "0", "x"}});
  EXPECT_EQ(stored("SELECT count(*) FROM ducklake_column_mapping"), "2");
  EXPECT_EQ(answer("SELECT name, id FROM lake_mf.orders WHERE _shard = 's02'"), "x|-");
}

TEST_P(DuckLakeTest, ExpiryTakesTheStatisticsOfReplacedFiles) {
  for (int run = 0; run < 3; ++run) put_orders("s01", fmt::format("r{}", run), 1, 2);
  MUST(lake().expire(1));
  EXPECT_EQ(stored("SELECT count(DISTINCT data_file_id) FROM ducklake_file_column_stats"), "1");
  EXPECT_EQ(stored("SELECT count(*) FROM ducklake_data_file"), "3");
  std::string version = stored("SELECT min(begin_snapshot) FROM ducklake_data_file");
  EXPECT_EQ(answer("SELECT id FROM lake_mf.orders AT (VERSION => " + version + ") WHERE id = 2"), "2");
}

TEST_P(DuckLakeTest, NoBoundRemembersWhatWasErased) {
  put("s01", "r1", orders_schema(), {{"s01", "t1", "0", "1", "zoe"}, {"s01", "t2", "0", "2", "bob"}});
  put("s02", "r1", orders_schema(), {{"s02", "t2", "0", "3", {}}});
  MUST(lake().erase("lake_mf", "t1"));
  EXPECT_EQ(stored("SELECT count(*) FROM ducklake_inlined_data_tables"), "0");
  MUST(lake().expire(0));
  EXPECT_EQ(stored("SELECT min_value || max_value || contains_null FROM ducklake_table_column_stats "
                   "WHERE column_id = 5"),
            "bobbob1");
  EXPECT_EQ(stored("SELECT min_value || max_value || contains_null FROM ducklake_table_column_stats "
                   "WHERE column_id = 4"),
            "230");
  EXPECT_EQ(stored("SELECT count(*) FROM ducklake_file_column_stats WHERE 'zoe' IN (min_value, max_value)"),
            "0");
  put_orders("s01", "r2", 100, 2);
  EXPECT_EQ(answer("SELECT count(*), max(id) FROM lake_mf.orders WHERE id > 2"), "3|101");
}

}  // namespace
}  // namespace suikei::lakes
