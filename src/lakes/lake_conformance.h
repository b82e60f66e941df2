// lake_conformance.h — what every lake must do, as tests. A lake's own test instantiates them with its
// options.
// Why:     the stages are written against lake.h alone; here is what they count on.
#pragma once

#include <gtest/gtest.h>

#include <unistd.h>

#include <cstdlib>
#include <set>

#include "base/text.h"
#include "engine/engine.h"
#include "io/files.h"
#include "io/process.h"
#include "lakes/lake.h"
#include "lakes/text_rows.h"

namespace suikei::lakes {

struct LakeUnderTest {
  std::string kind;
};
inline void PrintTo(const LakeUnderTest& lake, std::ostream* out) {
  *out << lake.kind;
}

class LakeConformance : public ::testing::TestWithParam<LakeUnderTest> {
 protected:
  void SetUp() override {
    const char* given = std::getenv("SUIKEI_TEST_LAKE");
    owned_ = given == nullptr;
    static int number = 0;
    folder_ =
        given ? std::filesystem::path(given)
              : std::filesystem::temp_directory_path() / fmt::format("suikei-lake-{}-{}", getpid(), ++number);
    if (owned_) MUST(io::remove_all(folder_));
  }
  void TearDown() override {
    lake_.reset();
    if (owned_) (void)io::remove_all(folder_);
  }

  LakeOptions options() const {
    return {GetParam().kind, folder_ / "lake.catalog", folder_ / "data", 1, "500MB"};
  }
  std::unique_ptr<Lake> open(LakeAccess access = LakeAccess::write) const {
    Result<std::unique_ptr<Lake>> lake = open_lake(options(), access);
    if (!lake.ok()) {
      ADD_FAILURE() << lake.error().message;
      std::abort();
    }
    return std::move(lake).value();
  }
  Lake& lake() {
    if (!lake_) lake_ = open();
    return *lake_;
  }

  /// System columns, then the given ones.
  static table::Schema schema(std::vector<table::Column> columns) {
    table::Schema all = table::lake_schema();
    all.columns.insert(all.columns.end(), columns.begin(), columns.end());
    return all;
  }
  static table::Schema orders_schema() {
    return schema({{"id", table::bigint_type, ""}, {"name", table::varchar_type, ""}});
  }
  /// Rows (shard, tenant, instant 0, id, name) with ids from `first`.
  static std::vector<Values> orders(const std::string& shard, int64_t first, int count,
                                    const std::string& tenant = "t1") {
    std::vector<Values> rows;
    for (int64_t id = first; id < first + count; ++id) {
      rows.push_back({shard, tenant, "0", std::to_string(id), "name " + std::to_string(id)});
    }
    return rows;
  }
  SliceContent staged(const SliceName& slice, const std::string& run, const table::Schema& columns,
                      const std::vector<Values>& rows, const std::string& checksum = "") {
    TextRows stream(columns, rows);
    static int number = 0;
    StagedFile file =
        MUST(lake().stage(slice, run, fmt::format("{}-{:06}.parquet", getpid(), ++number), stream));
    SliceContent content{slice, {}, checksum.empty() ? run : checksum, static_cast<int64_t>(rows.size())};
    // As workers do: what travels to the committer is the text of it.
    content.files.push_back(MUST(staged_file_from_json(to_json(file))));
    return content;
  }
  /// Stages and publishes rows of one shard; creates or widens the table.
  void put(const std::string& shard, const std::string& run, const table::Schema& columns,
           const std::vector<Values>& rows, const TableName& table = {"lake_mf", "orders"}) {
    MUST(lake().evolve({{table, columns}}));
    std::vector<SliceContent> slices = {staged({table, shard}, run, columns, rows)};
    MUST(lake().publish(run, slices));
  }
  void put_orders(const std::string& shard, const std::string& run, int64_t first, int count) {
    put(shard, run, orders_schema(), orders(shard, first, count));
  }
  /// The answer as "a|b / c|d"; NULL is a dash.
  static std::string answer(Lake& lake, const std::string& sql) {
    Result<table::Rows> rows = lake.query(sql);
    if (!rows.ok()) return "error: " + rows.error().message;
    std::vector<std::string> lines;
    for (const table::Row& row : rows.value().rows) {
      std::vector<std::string> cells;
      for (const auto& cell : row) cells.push_back(cell.value_or("-"));
      lines.push_back(join(cells, "|"));
    }
    return join(lines, " / ");
  }
  std::string answer(const std::string& sql) { return answer(lake(), sql); }
  /// Runs one test of this program in a process of its own on this test's lake.
  io::ProcessResult elsewhere(const std::string& test, const std::vector<std::string>& environment) {
    std::vector<std::string> all = environment;
    all.push_back("SUIKEI_TEST_LAKE=" + folder_.string());
    return MUST(io::run_process(
        {std::filesystem::read_symlink("/proc/self/exe").string(), "--gtest_filter=*" + test + "*"}, {},
        all));
  }

  const TableName orders_ = {"lake_mf", "orders"};
  std::filesystem::path folder_;
  bool owned_ = true;
  std::unique_ptr<Lake> lake_;
};

TEST_P(LakeConformance, ALakeThatIsNotThereCannotBeRead) {
  Result<std::unique_ptr<Lake>> lake = open_lake(options(), LakeAccess::read);
  ASSERT_FALSE(lake.ok());
  EXPECT_EQ(lake.error().kind, ErrorKind::not_found);
  EXPECT_FALSE(std::filesystem::exists(folder_));
}

TEST_P(LakeConformance, EvolveCreatesAddsAndWidens) {
  EXPECT_EQ(MUST(lake().find_table(orders_)), std::nullopt);
  table::Schema narrow =
      schema({{"id", table::integer_type, ""}, {"born", table::date_type, "zone Asia/Tokyo"}});
  MUST(lake().evolve({{orders_, narrow}}));
  EXPECT_EQ(MUST(lake().find_table(orders_)), narrow);
  table::Schema wide = schema({{"born", table::timestamp_type, "zone Asia/Tokyo"},
                               {"ID", table::bigint_type, ""},
                               {"price", table::decimal_type(10, 2), ""}});
  MUST(lake().evolve({{orders_, wide}}));
  table::Schema both = schema({{"id", table::bigint_type, ""},
                               {"born", table::timestamp_type, "zone Asia/Tokyo"},
                               {"price", table::decimal_type(10, 2), ""}});
  EXPECT_EQ(MUST(lake().find_table(orders_)), both);
  EXPECT_EQ(MUST(lake().find_table({"LAKE_MF", "Orders"})), both);
}

TEST_P(LakeConformance, AConflictChangesNothing) {
  MUST(lake().evolve({{orders_, orders_schema()}}));
  Result<> evolved = lake().evolve(
      {{{"lake_mf", "goods"}, orders_schema()}, {orders_, schema({{"id", table::varchar_type, ""}})}});
  ASSERT_FALSE(evolved.ok());
  EXPECT_EQ(evolved.error().kind, ErrorKind::rejected);
  EXPECT_EQ(MUST(lake().find_table(orders_)), orders_schema());
  EXPECT_EQ(MUST(lake().find_table({"lake_mf", "goods"})), std::nullopt);
}

TEST_P(LakeConformance, WhatIsPublishedCanBeQueried) {
  table::Schema all = schema({{"flag", table::boolean_type, ""},
                              {"small", table::integer_type, ""},
                              {"big", table::bigint_type, ""},
                              {"price", table::decimal_type(10, 2), ""},
                              {"huge", table::decimal_type(38, 0), ""},
                              {"ratio", table::real_type, ""},
                              {"born", table::date_type, ""},
                              {"wall", table::timestamp_type, ""},
                              {"instant", table::timestamptz_type, ""},
                              {"name", table::varchar_type, ""},
                              {"bytes", table::blob_type, ""}});
  put("s01", "r1", all,
      {{"s01", "t1", "0", "1", "-5", "9223372036854775807", "-12.50",
        "99999999999999999999999999999999999999", "-0.25", "19000", "1600000000000001", "1600000000000000",
        "川と水", std::string("a\0\xff", 3)},
       {"s01", "t1", "0", std::nullopt, std::nullopt, std::nullopt, std::nullopt, std::nullopt, std::nullopt,
        std::nullopt, std::nullopt, std::nullopt, std::nullopt, std::nullopt}});
  EXPECT_EQ(
      answer(
          "SELECT * EXCLUDE (_shard, _tenant, _collected_at) FROM lake_mf.orders ORDER BY small NULLS LAST"),
      "true|-5|9223372036854775807|-12.50|99999999999999999999999999999999999999|-0.25|2022-01-08|"
      "2020-09-13 12:26:40.000001|2020-09-13 12:26:40+00|川と水|a\\x00\\xFF / -|-|-|-|-|-|-|-|-|-|-");
  int64_t rows = 0;
  MUST(lake().scan("SELECT * FROM lake_mf.orders ORDER BY small NULLS LAST",
                   [&](const table::Batch& batch) -> Result<> {
                     EXPECT_EQ(batch.schema().columns[6].type, table::decimal_type(10, 2));
                     EXPECT_EQ(batch.column(12).bytes(0), "川と水");
                     rows += static_cast<int64_t>(batch.rows());
                     return ok();
                   }));
  EXPECT_EQ(rows, 2);
}

TEST_P(LakeConformance, ASliceIsReplacedAndOthersStay) {
  put_orders("s01", "r1", 1, 10);
  put_orders("s02", "r1", 101, 10);
  put_orders("s01", "r2", 1, 3);
  EXPECT_EQ(answer("SELECT _shard, count(*), min(id), max(id) FROM lake_mf.orders GROUP BY 1 ORDER BY 1"),
            "s01|3|1|3 / s02|10|101|110");
  EXPECT_EQ(answer("SELECT count(*) FROM lake_mf.orders"), "13");
}

TEST_P(LakeConformance, ASliceOfSeveralFilesIsOne) {
  MUST(lake().evolve({{orders_, orders_schema()}}));
  SliceContent content = staged({orders_, "s01"}, "r1", orders_schema(), orders("s01", 1, 5));
  SliceContent more = staged({orders_, "s01"}, "r1", orders_schema(), orders("s01", 6, 5, "t2"));
  content.files.push_back(more.files[0]);
  content.rows += more.rows;
  std::vector<SliceContent> slices = {content};
  MUST(lake().publish("r1", slices));
  EXPECT_EQ(answer("SELECT count(*), sum(id) FROM lake_mf.orders"), "10|55");
  EXPECT_EQ(MUST(lake().find_published({orders_, "s01"}))->paths.size(), 2u);
}

TEST_P(LakeConformance, FiltersAndOrdersAreRightAfterManyPublishes) {
  for (int day = 0; day < 5; ++day) {
    for (int shard = 0; shard < 3; ++shard) {
      put_orders(fmt::format("s{:02}", shard), fmt::format("r{}", day), 1000 * shard + 100 * day, 50);
    }
  }
  EXPECT_EQ(answer("SELECT min(id), max(id), count(*) FROM lake_mf.orders"), "400|2449|150");
  EXPECT_EQ(answer("SELECT count(*) FROM lake_mf.orders WHERE id >= 2000"), "50");
  EXPECT_EQ(answer("SELECT name FROM lake_mf.orders WHERE id = 1449"), "name 1449");
  EXPECT_EQ(answer("SELECT id FROM lake_mf.orders WHERE name = 'name 404'"), "404");
  EXPECT_EQ(answer("SELECT id FROM lake_mf.orders ORDER BY id DESC LIMIT 2"), "2449 / 2448");
  EXPECT_EQ(answer("SELECT id FROM lake_mf.orders ORDER BY id LIMIT 2"), "400 / 401");
  EXPECT_EQ(answer("SELECT min(name), max(name) FROM lake_mf.orders"), "name 1400|name 449");
  EXPECT_EQ(answer("SELECT count(*) FROM lake_mf.orders WHERE id < 400"), "0");
}

TEST_P(LakeConformance, LongTextsAreFound) {
  std::string river(30'000, 'r'), water;
  for (int i = 0; i < 10'000; ++i) water += "水";
  put("s01", "r1", orders_schema(), {{"s01", "t1", "0", "1", river}, {"s01", "t1", "0", "2", water}});
  EXPECT_EQ(answer("SELECT id FROM lake_mf.orders WHERE name = '" + water + "'"), "2");
  EXPECT_EQ(answer("SELECT id FROM lake_mf.orders WHERE name >= '" + water + "'"), "2");
  EXPECT_EQ(answer("SELECT min(name), max(name) FROM lake_mf.orders"), river + "|" + water);
  EXPECT_EQ(answer("SELECT id FROM lake_mf.orders WHERE name <> '" + water + "'"), "1");
}

TEST_P(LakeConformance, NullsAreCountedAndFound) {
  put("s01", "r1", orders_schema(), {{"s01", "t1", "0", std::nullopt, std::nullopt}});
  EXPECT_EQ(answer("SELECT count(*), count(id), max(id) FROM lake_mf.orders"), "1|0|-");
  put_orders("s02", "r1", 7, 2);
  EXPECT_EQ(answer("SELECT count(*), count(id), max(id), min(id) FROM lake_mf.orders"), "3|2|8|7");
  EXPECT_EQ(answer("SELECT count(*) FROM lake_mf.orders WHERE name IS NULL"), "1");
  EXPECT_EQ(answer("SELECT count(*) FROM lake_mf.orders WHERE id IS NOT NULL"), "2");
}

TEST_P(LakeConformance, AColumnAddedLaterIsNullInOlderRows) {
  put_orders("s01", "r1", 1, 3);
  table::Schema more = orders_schema();
  more.columns.push_back({"extra", table::integer_type, ""});
  put("s02", "r2", more, {{"s02", "t1", "0", "9", "nine", "90"}});
  EXPECT_EQ(answer("SELECT count(*), count(extra), sum(extra) FROM lake_mf.orders"), "4|1|90");
  EXPECT_EQ(answer("SELECT count(*) FROM lake_mf.orders WHERE extra IS NULL"), "3");
  EXPECT_EQ(answer("SELECT id FROM lake_mf.orders WHERE extra = 90"), "9");
  put_orders("s01", "r3", 1, 2);  // a file that still lacks the column
  EXPECT_EQ(answer("SELECT count(*), count(extra) FROM lake_mf.orders"), "3|1");
}

TEST_P(LakeConformance, AWidenedColumnReadsOlderFiles) {
  table::Schema narrow = schema({{"id", table::integer_type, ""},
                                 {"born", table::date_type, ""},
                                 {"price", table::decimal_type(5, 2), ""}});
  put("s01", "r1", narrow, {{"s01", "t1", "0", "5", "19000", "12.34"}});
  table::Schema wide = schema({{"id", table::bigint_type, ""},
                               {"born", table::timestamp_type, ""},
                               {"price", table::decimal_type(12, 4), ""}});
  put("s02", "r2", wide, {{"s02", "t1", "0", "5000000000", "1700000000000000", "1.0001"}});
  EXPECT_EQ(answer("SELECT id, born, price FROM lake_mf.orders ORDER BY id"),
            "5|2022-01-08 00:00:00|12.3400 / 5000000000|2023-11-14 22:13:20|1.0001");
  EXPECT_EQ(answer("SELECT id FROM lake_mf.orders WHERE born = TIMESTAMP '2022-01-08 00:00:00'"), "5");
  EXPECT_EQ(answer("SELECT id FROM lake_mf.orders WHERE price > 12"), "5");
  table::Schema unsigned_id = schema({{"id", table::decimal_type(20, 0), ""}});
  MUST(lake().evolve({{orders_, unsigned_id}}));
  put("s03", "r3", unsigned_id, {{"s03", "t1", "0", "18446744073709551615"}});
  EXPECT_EQ(answer("SELECT max(id), min(id) FROM lake_mf.orders"), "18446744073709551615|5");
  EXPECT_EQ(answer("SELECT _shard FROM lake_mf.orders WHERE id = 5000000000"), "s02");
  put("s01", "r4", narrow, {{"s01", "t1", "0", "6", "19001", "1.00"}});  // a worker that had not heard of it
  EXPECT_EQ(answer("SELECT id, price FROM lake_mf.orders WHERE _shard = 's01'"), "6|1.0000");
}

TEST_P(LakeConformance, PublishingTwiceIsPublishingOnce) {
  MUST(lake().evolve({{orders_, orders_schema()}}));
  std::vector<SliceContent> slices = {
      staged({orders_, "s01"}, "r1", orders_schema(), orders("s01", 1, 4), "abc")};
  EXPECT_EQ(MUST(lake().find_published({orders_, "s01"})), std::nullopt);
  MUST(lake().publish("r1", slices));
  MUST(lake().publish("r1", slices));
  EXPECT_EQ(answer("SELECT count(*) FROM lake_mf.orders"), "4");
  PublishedSlice published = *MUST(lake().find_published({orders_, "s01"}));
  EXPECT_EQ(published.run_id, "r1");
  EXPECT_EQ(published.checksum, "abc");
  EXPECT_EQ(published.rows, 4);
  EXPECT_EQ(published.paths, std::vector<std::string>{slices[0].files[0].path});
  lake_.reset();  // the memory is the lake's, not the process's
  EXPECT_EQ(MUST(lake().published("lake_mf")).at({orders_, "s01"}).checksum, "abc");
}

TEST_P(LakeConformance, ASliceMayBeEmpty) {
  MUST(lake().evolve({{orders_, orders_schema()}}));
  std::vector<SliceContent> empty = {{{orders_, "s01"}, {}, "none", 0}};
  MUST(lake().publish("r1", empty));
  EXPECT_EQ(MUST(lake().find_published({orders_, "s01"}))->checksum, "none");
  EXPECT_EQ(answer("SELECT count(*) FROM lake_mf.orders"), "0");
  put_orders("s01", "r2", 1, 4);
  EXPECT_EQ(answer("SELECT count(*) FROM lake_mf.orders"), "4");
  MUST(lake().publish("r3", empty));
  EXPECT_EQ(answer("SELECT count(*) FROM lake_mf.orders"), "0");
  EXPECT_EQ(MUST(lake().find_published({orders_, "s01"}))->rows, 0);
  put_orders("s01", "r4", 1, 2);
  EXPECT_EQ(answer("SELECT count(*), min(id) FROM lake_mf.orders"), "2|1");
}

TEST_P(LakeConformance, ManyTablesAreOneCommit) {
  std::vector<SliceContent> slices;
  std::map<TableName, table::Schema> tables;
  for (int i = 0; i < 20; ++i) tables[{"lake_mf", fmt::format("t{}", i)}] = orders_schema();
  MUST(lake().evolve(tables));
  for (const auto& [name, columns] : tables) {
    slices.push_back(staged({name, "s01"}, "r1", columns, orders("s01", 1, 2)));
  }
  slices[10].rows = 3;  // a lie: the files hold 2
  Result<> refused = lake().publish("r1", slices);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, ErrorKind::corrupt);
  for (const auto& [name, columns] : tables)
    EXPECT_EQ(answer("SELECT count(*) FROM lake_mf." + name.table), "0");
  slices[10].rows = 2;
  MUST(lake().publish("r1", slices));
  for (const auto& [name, columns] : tables)
    EXPECT_EQ(answer("SELECT count(*) FROM lake_mf." + name.table), "2");
  EXPECT_EQ(MUST(lake().published("lake_mf")).size(), 20u);
}

TEST_P(LakeConformance, OnlyKnownColumnsArePublished) {
  MUST(lake().evolve({{orders_, orders_schema()}}));
  table::Schema more = orders_schema();
  more.columns.push_back({"extra", table::integer_type, ""});
  std::vector<SliceContent> slices = {
      staged({orders_, "s01"}, "r1", more, {{"s01", "t1", "0", "9", "n", "90"}})};
  EXPECT_EQ(lake().publish("r1", slices).error().kind, ErrorKind::rejected);
  table::Schema wider = schema({{"id", table::decimal_type(20, 0), ""}});
  slices = {staged({orders_, "s01"}, "r1", wider, {{"s01", "t1", "0", "9"}})};
  EXPECT_EQ(lake().publish("r1", slices).error().kind, ErrorKind::rejected);
  slices = {{{{"lake_mf", "nothing"}, "s01"}, {}, "x", 0}};
  EXPECT_EQ(lake().publish("r1", slices).error().kind, ErrorKind::not_found);
}

TEST_P(LakeConformance, RowsAreCountedBackFromTheFile) {
  std::vector<Values> rows = orders("s01", 1, 3, "t1");
  for (Values& row : orders("s01", 4, 2, "t2")) rows.push_back(row);
  rows.push_back({"s01", std::nullopt, "0", "9", "nobody's"});
  SliceContent content = staged({orders_, "s01"}, "r1", orders_schema(), rows);
  EXPECT_EQ(MUST(lake().count_back(content.files[0])),
            (std::map<std::string, int64_t>{{"", 1}, {"t1", 3}, {"t2", 2}}));
}

TEST_P(LakeConformance, AWorkerStagesWithoutTheCatalog) {
  std::unique_ptr<Lake> worker = open(LakeAccess::stage);
  TextRows rows(orders_schema(), orders("s01", 1, 5), 2);
  StagedFile file = MUST(worker->stage({orders_, "s01"}, "r1", "a.parquet", rows));
  EXPECT_EQ(file.rows, 5);
  EXPECT_EQ(MUST(worker->count_back(file)).at("t1"), 5);
  EXPECT_FALSE(std::filesystem::exists(options().catalog));
  EXPECT_EQ(worker->publish("r1", std::vector<SliceContent>{{{orders_, "s01"}, {file}, "x", 5}}).error().kind,
            ErrorKind::denied);
  TextRows again(orders_schema(), orders("s01", 1, 5));
  EXPECT_EQ(worker->stage({orders_, "s01"}, "r1", "a.parquet", again).error().kind, ErrorKind::usage);
  MUST(lake().evolve({{orders_, orders_schema()}}));
  MUST(lake().publish("r1", std::vector<SliceContent>{{{orders_, "s01"}, {file}, "x", 5}}));
  EXPECT_EQ(answer("SELECT count(*) FROM lake_mf.orders"), "5");
}

TEST_P(LakeConformance, RowsCanBeStagedAgain) {
  std::vector<Values> rows = orders("s01", 1, 3, "t1");
  for (Values& row : orders("s01", 4, 2, "t2")) rows.push_back(row);
  rows.push_back({"s01", std::nullopt, "0", "9", "nobody's"});
  std::unique_ptr<Lake> worker = open(LakeAccess::stage);
  TextRows all(orders_schema(), rows);
  StagedFile file = MUST(worker->stage({orders_, "s01"}, "r1", "all.parquet", all));
  std::unique_ptr<BatchStream> rest = MUST(worker->rows_without(file, {"t1"}));
  EXPECT_EQ(rest->schema(), orders_schema());
  StagedFile smaller = MUST(worker->stage({orders_, "s01"}, "r1", "rest.parquet", *rest));
  EXPECT_EQ(MUST(worker->count_back(smaller)), (std::map<std::string, int64_t>{{"", 1}, {"t2", 2}}));
  std::unique_ptr<BatchStream> unchanged = MUST(worker->rows_without(file, {}));
  EXPECT_EQ(MUST(unchanged->next())->rows(), 6u);

  put("s01", "r1", orders_schema(), rows);
  std::unique_ptr<BatchStream> kept =
      MUST(lake().rows_of("SELECT * FROM lake_mf.orders WHERE _tenant = 't2'"));
  StagedFile again = MUST(lake().stage({orders_, "s01"}, "r2", "kept.parquet", *kept));
  EXPECT_EQ(again.rows, 2);
  EXPECT_EQ(again.schema, orders_schema());
}

TEST_P(LakeConformance, AFailedStageLeavesNoFile) {
  class Failing final : public BatchStream {
   public:
    const table::Schema& schema() const override { return schema_; }
    Result<const table::Batch*> next() override {
      return Error{ErrorKind::unavailable, "server has gone away", ""};
    }
    table::Schema schema_ = orders_schema();
  } failing;
  Result<StagedFile> file = lake().stage({orders_, "s01"}, "r1", "a.parquet", failing);
  ASSERT_FALSE(file.ok());
  EXPECT_EQ(file.error().kind, ErrorKind::unavailable);
  int files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(options().data)) {
    files += entry.is_regular_file();
  }
  EXPECT_EQ(files, 0);
}

TEST_P(LakeConformance, DiscardSparesWhatTablesHold) {
  put_orders("s01", "r1", 1, 3);
  std::string held = MUST(lake().find_published({orders_, "s01"}))->paths.at(0);
  SliceContent loose = staged({orders_, "s01"}, "r2", orders_schema(), orders("s01", 1, 1));
  MUST(lake().discard({held, loose.files[0].path, "lake_mf/orders/run=r9/_shard=s01/gone.parquet"}));
  EXPECT_FALSE(std::filesystem::exists(options().data / loose.files[0].path));
  EXPECT_FALSE(std::filesystem::exists(options().data / "lake_mf/orders/run=r2"));
  EXPECT_EQ(answer("SELECT count(*) FROM lake_mf.orders"), "3");
  EXPECT_EQ(lake().discard({"../elsewhere"}).error().kind, ErrorKind::usage);
}

TEST_P(LakeConformance, NamesMayBeAnything) {
  const std::vector<TableName> names = {{"lake_mf", "select"},
                                        {"lake_mf", "商品マスタ"},
                                        {"lake_注文", "a b/c.d"},
                                        {"lake_注文", "%\"'*?[x]=1"},
                                        {"order", "table"},
                                        {
                                            "lake-x",
                                            "..",
                                        }};
  std::map<TableName, table::Schema> tables;
  table::Schema columns =
      schema({{"group", table::bigint_type, ""}, {"備考 \"x\"", table::varchar_type, "メモ"}});
  for (const TableName& name : names) tables[name] = columns;
  MUST(lake().evolve(tables));
  for (const TableName& name : names) {
    for (std::string shard : {"s 01/東京", "s01"}) {
      put(shard, "2026-11-23/1", columns, {{shard, "t'1", "0", "7", "は"}}, name);
    }
    std::string table = engine::quote_name(name.dataset) + "." + engine::quote_name(name.table);
    EXPECT_EQ(answer("SELECT count(*), sum(\"group\"), min(\"備考 \"\"x\"\"\") FROM " + table), "2|14|は")
        << table;
    EXPECT_EQ(answer("SELECT _shard FROM " + table + " ORDER BY 1"), "s 01/東京 / s01") << table;
    put("s 01/東京", "2026-11-24/1", columns, {}, name);
    EXPECT_EQ(answer("SELECT _shard FROM " + table), "s01") << table;
    EXPECT_EQ(MUST(lake().find_table(name)), columns);
  }
}

TEST_P(LakeConformance, AMovedFolderStillReads) {
  put_orders("s01", "r1", 1, 3);
  put("s01", "r1", orders_schema(), orders("s01", 1, 2), {"lake_mf", "商品"});
  lake_.reset();
  std::filesystem::path old = folder_;
  folder_ += "-moved";
  std::filesystem::rename(old, folder_);
  EXPECT_EQ(answer(*open(LakeAccess::read), "SELECT count(*), sum(id) FROM lake_mf.orders"), "3|6");
  put_orders("s02", "r2", 10, 1);
  EXPECT_EQ(answer("SELECT count(*), sum(id) FROM lake_mf.orders"), "4|16");
  EXPECT_EQ(answer("SELECT count(*) FROM lake_mf.\"商品\""), "2");
  EXPECT_FALSE(std::filesystem::exists(old));
}

TEST_P(LakeConformance, ErasedRowsAreGone) {
  for (std::string shard : {"s01", "s02"}) {
    std::vector<Values> rows = orders(shard, 1, 5, "t1");
    for (Values& row : orders(shard, 6, 5, "t2")) rows.push_back(row);
    put(shard, "r1", orders_schema(), rows);
  }
  put("s01", "r1", orders_schema(), orders("s01", 1, 4, "t1"), {"lake_mf", "goods"});
  put("s01", "r1", orders_schema(), orders("s01", 1, 4, "t1"), {"lake_other", "goods"});
  std::set<std::string> old_paths;
  for (const auto& [name, slice] : MUST(lake().published("lake_mf"))) {
    old_paths.insert(slice.paths.begin(), slice.paths.end());
  }
  std::vector<ErasedRows> erased = MUST(lake().erase("lake_mf", "t1"));
  ASSERT_EQ(erased.size(), 2u);
  EXPECT_EQ(erased[0].rows + erased[1].rows, 14);
  EXPECT_EQ(answer("SELECT _tenant, count(*) FROM lake_mf.orders GROUP BY 1"), "t2|10");
  EXPECT_EQ(answer("SELECT count(*) FROM lake_mf.goods"), "0");
  EXPECT_EQ(answer("SELECT count(*) FROM lake_other.goods"), "4");
  // What was published is no longer what is there, so the same content is published again when it comes back.
  EXPECT_EQ(MUST(lake().find_published({orders_, "s01"}))->checksum, "");
  EXPECT_EQ(MUST(lake().find_published({orders_, "s01"}))->rows, 5);
  MUST(lake().expire(0));
  for (const std::string& path : old_paths)
    EXPECT_FALSE(std::filesystem::exists(options().data / path)) << path;
  EXPECT_EQ(answer("SELECT _tenant, count(*) FROM lake_mf.orders GROUP BY 1"), "t2|10");
  put("s01", "r2", orders_schema(), orders("s01", 6, 5, "t2"));
  EXPECT_EQ(answer("SELECT _shard, count(*) FROM lake_mf.orders GROUP BY 1 ORDER BY 1"), "s01|5 / s02|5");
  EXPECT_TRUE(MUST(lake().erase("lake_mf", "nobody")).empty());
}

TEST_P(LakeConformance, ExpireLeavesLiveData) {
  for (int day = 0; day < 4; ++day) {
    put_orders("s01", fmt::format("r{}", day), 10 * day, 5);
    put_orders("s02", fmt::format("r{}", day), 100 + 10 * day, 5);
  }
  std::string live = MUST(lake().find_published({orders_, "s01"}))->paths.at(0);
  MUST(lake().expire(1));  // nothing is that old
  EXPECT_TRUE(std::filesystem::exists(options().data / "lake_mf/orders/run=r0"));
  MUST(lake().expire(0));
  EXPECT_FALSE(std::filesystem::exists(options().data / "lake_mf/orders/run=r0"));
  EXPECT_TRUE(std::filesystem::exists(options().data / live));
  EXPECT_EQ(answer("SELECT count(*), min(id), max(id) FROM lake_mf.orders"), "10|30|134");
  EXPECT_EQ(MUST(lake().find_published({orders_, "s02"}))->checksum, "r3");
  put_orders("s01", "r5", 1, 1);
  MUST(lake().expire(0));
  EXPECT_EQ(answer("SELECT count(*), min(id), max(id) FROM lake_mf.orders"), "6|1|134");
}

/// Publishes run r2 of one shard; for the test below, in a process that is to die.
TEST_P(LakeConformance, ChildPublishesR2) {
  if (owned_) return;
  put_orders("s01", "r2", 1000, 7);
  put("s01", "r2", orders_schema(), orders("s01", 1, 7), {"lake_mf", "goods"});
}

TEST_P(LakeConformance, AKilledPublishLeavesTheOldState) {
  put_orders("s01", "r1", 1, 3);
  lake_.reset();
  for (std::string point : {"stage.write.before", "stage.commit.before", "stage.commit.after",
                            "evolve.before", "publish.begin", "publish.files", "publish.commit.before"}) {
    io::ProcessResult child = elsewhere("ChildPublishesR2", {"SUIKEI_FAULT=" + point + ":kill"});
    EXPECT_EQ(child.exit_code, 128 + 9) << point << child.out;
    EXPECT_EQ(answer("SELECT count(*), sum(id) FROM lake_mf.orders"), "3|6") << point;
    EXPECT_EQ(MUST(lake().find_published({orders_, "s01"}))->run_id, "r1") << point;
    lake_.reset();
  }
  io::ProcessResult child = elsewhere("ChildPublishesR2", {"SUIKEI_FAULT=publish.commit.after:kill"});
  EXPECT_EQ(child.exit_code, 128 + 9);
  EXPECT_EQ(MUST(lake().find_published({orders_, "s01"}))->run_id, "r2");
  EXPECT_EQ(answer("SELECT count(*) FROM lake_mf.orders"), "7");
}

TEST_P(LakeConformance, ALostRowIsSeenByCountingBack) {
  io::ProcessResult child = elsewhere("ChildStagesTenRows", {"SUIKEI_FAULT=stage.write:lose_row"});
  EXPECT_NE(child.exit_code, 0) << child.out;
  child = elsewhere("ChildStagesTenRows", {});
  EXPECT_EQ(child.exit_code, 0) << child.out;
}

TEST_P(LakeConformance, ChildStagesTenRows) {
  if (owned_) return;
  TextRows rows(orders_schema(), orders("s01", 1, 10), 4);
  StagedFile file = MUST(lake().stage({orders_, "s01"}, "r1", fmt::format("{}.parquet", getpid()), rows));
  EXPECT_EQ(MUST(lake().count_back(file)).at("t1"), 10);
}

}  // namespace suikei::lakes
