#include "engine/engine.h"

#include <gtest/gtest.h>

#include <filesystem>

namespace suikei::engine {
namespace {

table::Schema all_types() {
  return {{{"flag", table::boolean_type, ""},
           {"year", table::integer_type, ""},
           {"id", table::bigint_type, ""},
           {"price", table::decimal_type(10, 2), ""},
           {"big", table::decimal_type(38, 0), ""},
           {"ratio", table::real_type, ""},
           {"day", table::date_type, ""},
           {"at", table::timestamp_type, ""},
           {"instant", table::timestamptz_type, ""},
           {"name", table::varchar_type, ""},
           {"raw", table::blob_type, ""}}};
}

void append_row(table::Batch& batch, int64_t id) {
  batch.column(0).append<uint8_t>(1);
  batch.column(1).append<int32_t>(2026);
  batch.column(2).append<int64_t>(id);
  batch.column(3).append<table::Int128>(12345);
  batch.column(4).append<table::Int128>(-(static_cast<table::Int128>(1) << 100));
  batch.column(5).append<double>(0.5);
  batch.column(6).append<int32_t>(19'000);
  batch.column(7).append<int64_t>(1'700'000'000'123'456);
  batch.column(8).append<int64_t>(1'700'000'000'123'456);
  batch.column(9).append_bytes("水系 and a long tail of text");
  batch.column(10).append_bytes(std::string_view("\0\xff", 2));
  batch.row_done(0);
}

TEST(Engine, WhatIsWrittenAsParquetComesBackTheSame) {
  std::shared_ptr<Engine> engine = MUST(Engine::open({}));
  Connection connection = MUST(engine->connect());
  auto path = std::filesystem::temp_directory_path() / "suikei_engine_test.parquet";
  table::Batch batch(all_types());
  int given = 0;
  ParquetFile file = MUST(connection.write_parquet(path, all_types(), [&]() -> Result<const table::Batch*> {
    if (given == 3) return nullptr;
    batch.clear();
    for (int i = 0; i < 2000; ++i) append_row(batch, given * 2000 + i);
    for (size_t i = 0; i < batch.width(); ++i) batch.column(i).append_null();
    batch.row_done(0);
    ++given;
    return &batch;
  }));
  EXPECT_EQ(file.rows, 6003);
  EXPECT_EQ(file.bytes, static_cast<int64_t>(std::filesystem::file_size(path)));
  ASSERT_EQ(file.columns.size(), 11u);
  EXPECT_EQ(file.columns[2].column, "id");
  EXPECT_EQ(file.columns[2].min, "0");
  EXPECT_EQ(file.columns[2].max, "5999");
  EXPECT_EQ(file.columns[2].nulls, 3);

  int64_t rows = 0;
  MUST(connection.scan(
      "FROM read_parquet(" + quote_text(path.string()) + ")", [&](const table::Batch& read) -> Result<> {
        EXPECT_EQ(read.schema(), all_types());
        for (size_t row = 0; row < read.rows(); ++row) {
          if (read.column(2).is_null(row)) continue;
          EXPECT_EQ(read.column(3).value<table::Int128>(row), 12345);
          EXPECT_EQ(read.column(4).value<table::Int128>(row), -(static_cast<table::Int128>(1) << 100));
          EXPECT_EQ(read.column(9).bytes(row), "水系 and a long tail of text");
          EXPECT_EQ(read.column(10).bytes(row), std::string_view("\0\xff", 2));
          EXPECT_EQ(read.column(7).value<int64_t>(row), 1'700'000'000'123'456);
        }
        rows += static_cast<int64_t>(read.rows());
        return ok();
      }));
  EXPECT_EQ(rows, 6003);
  std::filesystem::remove(path);
}

TEST(Engine, AFailureOfTheFeedIsTheFailureOfTheWrite) {
  std::shared_ptr<Engine> engine = MUST(Engine::open({}));
  Connection connection = MUST(engine->connect());
  auto path = std::filesystem::temp_directory_path() / "suikei_engine_fail.parquet";
  table::Schema schema{{{"id", table::bigint_type, ""}}};
  Result<ParquetFile> file = connection.write_parquet(path, schema, []() -> Result<const table::Batch*> {
    return Error{ErrorKind::unavailable, "the link broke", ""};
  });
  ASSERT_FALSE(file.ok());
  EXPECT_EQ(file.error().kind, ErrorKind::unavailable);
  EXPECT_EQ(file.error().message, "the link broke");
}

TEST(Engine, QueryKeepsTextNullsAndTypes) {
  std::shared_ptr<Engine> engine = MUST(Engine::open({}));
  Connection connection = MUST(engine->connect());
  table::Rows rows =
      MUST(connection.query("SELECT 1.50::DECIMAL(10,2) AS price, NULL AS nothing, [1,2] AS list;"));
  EXPECT_EQ(rows.names, (std::vector<std::string>{"price", "nothing", "list"}));
  EXPECT_EQ(rows.types[0], "DECIMAL(10,2)");
  EXPECT_EQ(rows.rows[0][0], "1.50");
  EXPECT_EQ(rows.rows[0][1], std::nullopt);
  EXPECT_EQ(rows.rows[0][2], "[1, 2]");
  EXPECT_EQ(connection.query("SELEKT 1").error().kind, ErrorKind::usage);
}

}  // namespace
}  // namespace suikei::engine
